"""What the lists of the admin area share: all about a list stands in its address."""

from dataclasses import dataclass, field
from typing import Any

from saas_app.services.admin.questions import NEWEST, PAGE
from saas_app.state.addresses import asked, with_query


@dataclass(frozen=True)
class ListView:
    """What narrows a list, what of it is shown, and where its headings, files and pages are.

    `sorts` holds the address and the direction of each column that can be sorted by.
    """

    query: str = ""
    filters: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    previous_href: str = ""
    next_href: str = ""
    sorts: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AdminList:
    """A list by the name in its address, with the filters and the sorts that it has."""

    name: str
    filters: tuple[str, ...]
    sorts: tuple[str, ...]

    @property
    def path(self) -> str:
        """Return the address of the whole list."""
        return f"/admin/{self.name}"

    def begin(self) -> ListView:
        """Return the view of before anything is known."""
        return ListView(
            filters=dict.fromkeys(self.filters, ""),
            sorts={column: ["", "none"] for column in self.sorts},
        )

    def asked(self, url: Any) -> dict[str, str]:
        """Return what an address asks for, but the page."""
        return {name: asked(url, name) for name in ("q", *self.filters, "sort")}

    def at(self, url: Any, name: str, value: str) -> str:
        """Return the address of what is asked for with another search (`q`) or filter."""
        changed = {name: value} if name in ("q", *self.filters) else {}
        return with_query(self.path, **{**self.asked(url), **changed})

    def view(self, question: Any, *, page: int, shown: int, total: int) -> ListView:
        """Return the view of one page of what a question found."""
        filters = {name: getattr(question, name) for name in self.filters}
        narrowed = {"q": question.search, **filters}
        here = {**narrowed, "sort": question.sort}
        files = f"/api{self.path}"
        return ListView(
            query=question.search,
            filters=filters,
            summary=_in_all(page, shown, total),
            previous_href=with_query(self.path, **here, page=page - 1) if page > 1 else "",
            next_href=with_query(self.path, **here, page=page + 1) if page * PAGE < total else "",
            sorts={column: self._sorted(column, question.sort, narrowed) for column in self.sorts},
            files={
                "comma": with_query(f"{files}.csv", **narrowed),
                "semicolon": with_query(f"{files}.csv", **narrowed, delimiter="semicolon"),
                "tab": with_query(f"{files}.csv", **narrowed, delimiter="tab"),
                "excel": with_query(f"{files}.xlsx", **narrowed),
            },
        )

    def _sorted(self, column: str, sort: str, narrowed: dict[str, str]) -> list[str]:
        """Return where a column's heading leads, and how the list is sorted by it now."""
        by, is_descending = (sort or NEWEST).removeprefix("-"), (sort or NEWEST).startswith("-")
        if by != column:
            return [with_query(self.path, **narrowed, sort=column), "none"]
        other = column if is_descending else f"-{column}"
        direction = "descending" if is_descending else "ascending"
        return [with_query(self.path, **narrowed, sort=other), direction]


def _in_all(page: int, shown: int, total: int) -> str:
    """Return what a page shows of all: "26 to 50 of 132"."""
    first = (page - 1) * PAGE
    if shown == total:
        return f"{total:,} in all" if total else ""
    return f"{first + 1:,} to {first + shown:,} of {total:,}"
