"""What a list of the admin area can be asked, as its address spells it."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_SEARCH = 200
PAGE = 25


class Standing(StrEnum):
    """How somebody stands; the first of these that is so, in the order of a list's badge."""

    ACTIVE = "active"
    BANNED = "banned"
    UNVERIFIED = "unverified"
    DELETION = "deletion"


USER_SORTS = ("name", "email", "created")
ORGANIZATION_SORTS = ("name", "members", "created")
NEWEST = "-created"


@dataclass(frozen=True, slots=True)
class UserQuestion:
    """Which people; what makes no sense does not narrow.

    `role` is "admin" or "person", `standing` one of `Standing`, `sort` a name of `USER_SORTS`, with
    a minus in front for the other way round.
    """

    search: str = ""
    role: str = ""
    standing: str = ""
    sort: str = ""

    @classmethod
    def parse(cls, **asked: str) -> "UserQuestion":
        """Read an address."""
        return cls(
            search=_words(asked.get("q", "")),
            role=_one_of(asked.get("role", ""), ("admin", "person")),
            standing=_one_of(asked.get("standing", ""), tuple(Standing)),
            sort=_sort(asked.get("sort", ""), USER_SORTS),
        )


@dataclass(frozen=True, slots=True)
class OrganizationQuestion:
    """Which organizations; `kind` is "personal" or "shared", `standing` "active" or "deletion"."""

    search: str = ""
    kind: str = ""
    plan: str = ""
    standing: str = ""
    sort: str = ""

    @classmethod
    def parse(cls, *, plans: tuple[str, ...], **asked: str) -> "OrganizationQuestion":
        """Read an address."""
        return cls(
            search=_words(asked.get("q", "")),
            kind=_one_of(asked.get("kind", ""), ("personal", "shared")),
            plan=_one_of(asked.get("plan", ""), plans),
            standing=_one_of(asked.get("standing", ""), ("active", "deletion")),
            sort=_sort(asked.get("sort", ""), ORGANIZATION_SORTS),
        )


def _words(text: str) -> str:
    return " ".join(text.replace("\0", "")[:LONGEST_SEARCH].split())


def _one_of(text: str, known: tuple[str, ...]) -> str:
    return text if text in known else ""


def _sort(text: str, known: tuple[str, ...]) -> str:
    return text if text.removeprefix("-") in known else ""
