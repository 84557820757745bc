"""The list of people in the admin area: everything about it stands in its address."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from saas_app.services.admin.questions import NEWEST, PAGE, USER_SORTS, Standing, UserQuestion
from saas_app.services.admin.users import UserLine, list_users
from saas_app.state.addresses import asked, number_asked, with_query
from saas_app.state.admin import AdminState, in_all, sort_address
from saas_app.state.markers import admin
from saas_app.state.server import as_text

HERE = "/admin/users"
EXPORT = "/api/admin/users"
STANDINGS = {
    Standing.ACTIVE: "Active",
    Standing.BANNED: "Banned",
    Standing.UNVERIFIED: "Not verified",
    Standing.DELETION: "Deletion scheduled",
}


@dataclass(frozen=True)
class UserRow:
    """A person in the list."""

    id: str
    href: str
    name: str
    email: str
    is_admin: bool
    standing: str
    standing_words: str
    organizations: int
    created: str
    last_used: str


class AdminUsersState(AdminState):
    """One page of people, and the ways to others."""

    user_rows: list[UserRow] = []
    is_users_ready: bool = False
    users_query: str = ""
    users_role: str = ""
    users_standing: str = ""
    users_sort: str = ""
    is_users_filtered: bool = False
    users_summary: str = ""
    previous_users: str = ""
    next_users: str = ""
    users_sorts: dict[str, list[str]] = {name: ["", "none"] for name in USER_SORTS}
    users_files: dict[str, str] = {}

    @rx.event
    @admin
    async def load_users(self) -> None:
        """Show the people that the address asks for."""
        url = self.router.url
        question = UserQuestion.parse(
            **{name: asked(url, name) for name in ("q", "role", "standing", "sort")}
        )
        async with self._overseeing() as (session, admin_here):
            found = await list_users(
                session, admin_here, question, page=number_asked(url, "page"), now=now_utc()
            )
        self.users_query, self.users_role = question.search, question.role
        self.users_standing, self.users_sort = question.standing, question.sort
        self.is_users_filtered = any((question.search, question.role, question.standing))
        self.user_rows = [_row(one) for one in found.users]
        self.users_summary = in_all(found.page, PAGE, len(found.users), found.total)
        more = found.page * PAGE < found.total
        self.previous_users = self._users_at(page=found.page - 1) if found.page > 1 else ""
        self.next_users = self._users_at(page=found.page + 1) if more else ""
        self._show_ways()
        self.is_users_ready = True

    @rx.event
    @admin
    async def search_users(self, text: str) -> EventSpec:
        """Put the search into the address; the list follows it."""
        self._read_users_address()
        return rx.redirect(self._users_at(q=str(text)), replace=True)

    @rx.event
    @admin
    async def choose_users_role(self, role: str) -> EventSpec:
        """Narrow to admins, or to all others."""
        self._read_users_address()
        return rx.redirect(self._users_at(role=str(role)))

    @rx.event
    @admin
    async def choose_users_standing(self, standing: str) -> EventSpec:
        """Narrow to how people stand."""
        self._read_users_address()
        return rx.redirect(self._users_at(standing=str(standing)))

    def _read_users_address(self) -> None:
        url = self.router.url
        self.users_query, self.users_role = asked(url, "q"), asked(url, "role")
        self.users_standing, self.users_sort = asked(url, "standing"), asked(url, "sort")

    def _users_filters(self) -> dict[str, str]:
        return {"q": self.users_query, "role": self.users_role, "standing": self.users_standing}

    def _users_at(self, **changed: object) -> str:
        return with_query(HERE, **{**self._users_filters(), "sort": self.users_sort, **changed})

    def _show_ways(self) -> None:
        filters, sort = self._users_filters(), self.users_sort or NEWEST
        self.users_sorts = {
            column: list(sort_address(HERE, column, sort, **filters)) for column in USER_SORTS
        }
        self.users_files = {
            "comma": with_query(f"{EXPORT}.csv", **filters),
            "semicolon": with_query(f"{EXPORT}.csv", **filters, delimiter="semicolon"),
            "tab": with_query(f"{EXPORT}.csv", **filters, delimiter="tab"),
            "excel": with_query(f"{EXPORT}.xlsx", **filters),
        }


def _row(line: UserLine) -> UserRow:
    user = line.user
    return UserRow(
        id=str(user.id),
        href=f"{HERE}/{user.id}",
        name=user.name,
        email=user.email,
        is_admin=user.is_admin,
        standing=line.standing.value,
        standing_words=STANDINGS[line.standing],
        organizations=line.organizations,
        created=as_text(user.created_at),
        last_used=as_text(line.last_used_at),
    )
