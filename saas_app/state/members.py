"""The members of an organization: listed, searched, given other roles, taken out."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.ids import as_uuid
from core.organization_access import Member
from core.permissions import Actor, Role
from saas_app.services import members
from saas_app.services.roles import ABOUT, role_matrix
from saas_app.state.addresses import asked, number_asked, with_query
from saas_app.state.base import AppState
from saas_app.state.markers import member
from saas_app.state.pictures import address_of
from saas_app.state.server import as_text

ROLE_NAMES = {role: role.value.capitalize() for role in Role}
ROLE_CHOICES = tuple((role.value, ROLE_NAMES[role], ABOUT[role]) for role in Role)
ROLE_ROWS = tuple((row.words, row.allowed) for row in role_matrix())
# The usual one first: a list that arrives late is shown with its first choice.
INVITED_AS = (Role.MEMBER, Role.VIEWER, Role.ADMIN, Role.OWNER)
TABS = ("members", "invitations", "roles")


@dataclass(frozen=True)
class MemberRow:
    """A member in the list; `can_change` is whether the one who looks may."""

    id: str
    name: str
    email: str
    picture: str
    role: str
    role_name: str
    since: str
    is_me: bool
    can_change: bool


class MembersState(AppState):
    """One page of members, and who is about to be removed."""

    members_tab: str = "members"
    member_rows: list[MemberRow] = []
    is_members_ready: bool = False
    member_query: str = ""
    members_summary: str = ""
    previous_members: str = ""
    next_members: str = ""
    role_options: list[list[str]] = []
    invite_options: list[list[str]] = []
    link_options: list[list[str]] = []
    leaving_id: str = ""
    leaving_name: str = ""

    @rx.event
    @member
    async def load_members(self) -> None:
        """Show the members that the address asks for."""
        url = self.router.url
        wanted = asked(url, "tab")
        self.members_tab = wanted if wanted in TABS else "members"
        self.member_query, self.leaving_id = asked(url, "q"), ""
        await self._load_again()
        self.is_members_ready = True

    @rx.event
    @member
    async def search_members(self, text: str) -> EventSpec:
        """Put the search into the address; the list follows it."""
        return rx.redirect(self._address(q=str(text)), replace=True)

    @rx.event
    @member
    async def change_role(self, user_id: str, role: str) -> None:
        """Give a member another role; the notice offers to take it back."""
        async with self._acting() as (session, actor):
            before = await members.change_role(
                session, actor, as_uuid(user_id), role=str(role), now=now_utc()
            )
        await self._load_again()
        undo = MembersState.change_role(str(user_id), before.value)  # pyright: ignore[reportCallIssue]
        self._say(f"The role is {role} now.", undo=undo if str(role) != before else None)

    @rx.event
    @member
    async def ask_remove(self, user_id: str, name: str) -> None:
        """Ask before somebody is taken out."""
        self.leaving_id, self.leaving_name = str(user_id), str(name)

    @rx.event
    @member
    async def cancel_remove(self) -> None:
        """Leave them in."""
        self.leaving_id = ""

    @rx.event
    @member
    async def remove(self) -> None:
        """Take out whom it was asked about."""
        user_id, self.leaving_id = as_uuid(self.leaving_id), ""
        async with self._acting() as (session, actor):
            await members.remove_member(session, actor, user_id, now=now_utc())
        await self._load_again()
        self._say(f"{self.leaving_name} is out. Clients they had let in are disconnected.")

    async def _load_again(self) -> None:
        is_shown = self.members_tab == "members"
        page = number_asked(self.router.url, "page") if is_shown else 1
        async with self._looking() as (session, actor):
            found = await members.list_members(session, actor, search=self.member_query, page=page)
        self.role_options = [
            [role.value, ROLE_NAMES[role]] for role in Role if actor.may_grant(role)
        ]
        self.invite_options = [
            [role.value, ROLE_NAMES[role]] for role in INVITED_AS if actor.may_grant(role)
        ]
        self.link_options = [pair for pair in self.invite_options if pair[0] != Role.OWNER]
        self.member_rows = [_row(one, actor) for one in found.members]
        self._show_pages(found)

    def _show_pages(self, found: members.MemberPage) -> None:
        first = (found.page - 1) * members.PAGE
        last = first + len(found.members)
        self.members_summary = f"{first + 1:,} to {last:,} of {found.total:,}"
        self.previous_members = self._page(found.page - 1) if found.page > 1 else ""
        self.next_members = self._page(found.page + 1) if last < found.total else ""

    def _page(self, page: int) -> str:
        return self._address(q=self.member_query, page=page)

    def _address(self, **wanted: object) -> str:
        return with_query(f"/o/{self._slug_in_address()}/members", **wanted)


def _row(one: Member, actor: Actor) -> MemberRow:
    is_me = one.user_id == actor.user_id
    return MemberRow(
        id=str(one.user_id),
        name=one.name,
        email=one.email,
        picture=address_of(one.avatar_key),
        role=one.role.value,
        role_name=ROLE_NAMES[one.role],
        since=as_text(one.since),
        is_me=is_me,
        can_change=not is_me and actor.may_grant(one.role),
    )
