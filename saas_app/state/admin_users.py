"""The list of people in the admin area: everything about it stands in its address."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from saas_app.services.admin.questions import USER_SORTS, Standing, UserQuestion
from saas_app.services.admin.users import UserLine, list_users
from saas_app.state.addresses import number_asked
from saas_app.state.admin import AdminState
from saas_app.state.admin_list import AdminList, ListView
from saas_app.state.markers import admin
from saas_app.state.server import as_text

USERS = AdminList("users", filters=("role", "standing"), sorts=USER_SORTS)
STANDINGS = {
    Standing.ACTIVE: "Active",
    Standing.BANNED: "Banned",
    Standing.UNVERIFIED: "Not verified",
    Standing.DELETION: "Deletion scheduled",
}


@dataclass(frozen=True)
class UserRow:
    """A person in the list."""

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
    user_list: ListView = USERS.begin()
    is_users_ready: bool = False

    @rx.event
    @admin
    async def load_users(self) -> None:
        """Show the people that the address asks for."""
        url = self.router.url
        question = UserQuestion.parse(**USERS.asked(url))
        async with self._overseeing() as (session, admin_here):
            found = await list_users(
                session, admin_here, question, page=number_asked(url, "page"), now=now_utc()
            )
        self.user_rows = [_row(one) for one in found.users]
        self.user_list = USERS.view(
            question, page=found.page, shown=len(found.users), total=found.total
        )
        self.is_users_ready = True

    @rx.event
    @admin
    async def search_users(self, text: str) -> EventSpec:
        """Put the search into the address; the list follows it."""
        return rx.redirect(USERS.at(self.router.url, "q", str(text)), replace=True)

    @rx.event
    @admin
    async def narrow_users(self, name: str, value: str) -> EventSpec:
        """Narrow to admins or all others, or to how people stand."""
        return rx.redirect(USERS.at(self.router.url, str(name), str(value)))


def _row(line: UserLine) -> UserRow:
    user = line.user
    return UserRow(
        href=f"{USERS.path}/{user.id}",
        name=user.name,
        email=user.email,
        is_admin=user.is_admin,
        standing=line.standing.value,
        standing_words=STANDINGS[line.standing],
        organizations=line.organizations,
        created=as_text(user.created_at),
        last_used=as_text(line.last_used_at),
    )
