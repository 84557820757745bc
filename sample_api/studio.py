"""What the studio knows, and what can be done with it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

Row = dict[str, object]

KILNS: tuple[Row, ...] = (
    {"id": "k1", "name": "Bessie", "volume_liters": 180, "max_celsius": 1300, "fuel": "electric"},
    {"id": "k2", "name": "Vulcan", "volume_liters": 420, "max_celsius": 1320, "fuel": "gas"},
    {"id": "k3", "name": "Ember", "volume_liters": 60, "max_celsius": 1100, "fuel": "electric"},
)
GLAZES: tuple[Row, ...] = (
    {"name": "Celadon", "cone": 10, "is_food_safe": True, "tags": ["green", "classic"]},
    {"name": "Tenmoku", "cone": 10, "is_food_safe": True, "tags": ["brown", "classic"]},
    {"name": "Copper red", "cone": 9, "is_food_safe": False, "tags": ["red", "reduction"]},
    {"name": "Matte white", "cone": 6, "is_food_safe": True, "tags": ["white"]},
)
PROGRAMS = ("bisque", "glaze", "luster")
FIRST_DAY = date(2026, 11, 23)


@dataclass
class Studio:
    """The studio's book; a new one starts with three firings."""

    firings: dict[int, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, (kiln, program) in enumerate(
            (("k1", "bisque"), ("k2", "glaze"), ("k1", "glaze"))
        ):
            self.book({"kiln_id": kiln, "program": program, "date": _day(number)})

    def book(self, asked: Row) -> Row:
        """Add a firing; the caller has checked it."""
        number = max(self.firings, default=100) + 1
        firing = {"id": number, "status": "booked", "potter": "the studio", **asked}
        self.firings[number] = firing
        return firing

    def find(self, *, kiln_id: str, statuses: list[str], limit: int) -> list[Row]:
        """Return firings by date."""
        found = [
            firing
            for firing in self.firings.values()
            if kiln_id in ("", firing["kiln_id"]) and (not statuses or firing["status"] in statuses)
        ]
        return sorted(found, key=lambda firing: str(firing["date"]))[:limit]


def what_is_wrong(asked: Row) -> dict[str, str]:
    """Return the problems of a booking by field; empty when there are none."""
    problems = {}
    if asked.get("kiln_id") not in [kiln["id"] for kiln in KILNS]:
        problems["kiln_id"] = "There is no such kiln: k1, k2 or k3."
    if asked.get("program") not in PROGRAMS:
        problems["program"] = f"One of {', '.join(PROGRAMS)}."
    try:
        date.fromisoformat(str(asked.get("date")))
    except ValueError:
        problems["date"] = "A day as YYYY-MM-DD."
    return problems


def _day(days: int) -> str:
    return (FIRST_DAY + timedelta(days=days)).isoformat()
