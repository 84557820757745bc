"""Invitations as members see them: sent, made into links, sent again, taken back."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import Forbidden
from core.ids import as_uuid
from core.permissions import Actor
from saas_app import resources
from saas_app.services import invitations
from saas_app.services.invitations import INVITATION_MAIL, InvitationView
from saas_app.state.addresses import asked, number_asked, with_query
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.members import ROLE_NAMES
from saas_app.state.server import as_text


@dataclass(frozen=True)
class InvitationRow:
    """An unanswered invitation in the list; one without an address is a link."""

    id: str
    email: str
    role_name: str
    inviter: str
    sent_at: str
    expires_at: str
    is_expired: bool
    can_change: bool


class InvitationsState(AppState):
    """One page of invitations, the dialog for new ones, and a link while it can be read."""

    invitation_rows: list[InvitationRow] = []
    is_invitations_ready: bool = False
    invitation_total: int = 0
    invitations_summary: str = ""
    previous_invitations: str = ""
    next_invitations: str = ""
    is_inviting: bool = False
    is_linking: bool = False
    link: str = ""
    revoking_id: str = ""
    revoking_name: str = ""

    @rx.event
    @member
    async def load_invitations(self) -> None:
        """Show the invitations that the address asks for, to those who may see them."""
        self.is_inviting = self.is_linking = False
        self.link = self.revoking_id = ""
        await self._load_again()
        self.is_invitations_ready = True

    @rx.event
    @member
    async def ask_invite(self) -> None:
        """Open the form for addresses."""
        self._clear_problems()
        self.is_inviting = True

    @rx.event
    @member
    async def ask_link(self) -> None:
        """Open the form for a link."""
        self._clear_problems()
        self.is_linking, self.link = True, ""

    @rx.event
    @member
    async def close_forms(self) -> None:
        """Close what is open, and with it the last sight of a link."""
        self.is_inviting = self.is_linking = False
        self.link = ""

    @rx.event
    @member
    async def invite(self, typed: dict[str, Any]) -> None:
        """Send each address a letter."""
        self._clear_problems()
        emails = invitations.parse_addresses(text_in(typed, "emails"))
        role, now = text_in(typed, "role"), now_utc()
        async with self._looking() as (session, actor):
            await invitations.require_invitable(session, actor, emails, role=role, now=now)
        await _spend(actor, letters=len(emails), field="emails")
        async with self._acting() as (session, actor):
            await invitations.invite_by_mail(
                session, actor, emails, role=role, letters=resources.get().letters, now=now
            )
        self.is_inviting = False
        await self._load_again()
        whom = emails[0] if len(emails) == 1 else f"{len(emails)} people"
        self._say(f"An invitation is on its way to {whom}.")

    @rx.event
    @member
    async def make_link(self, typed: dict[str, Any]) -> None:
        """Make a link and show it once; a second click while it is shown makes no other."""
        if self.link:
            return
        self._clear_problems()
        async with self._acting() as (session, actor):
            token = await invitations.invite_by_link(
                session, actor, role=text_in(typed, "role"), now=now_utc()
            )
        self._show_link(token)
        await self._load_again()

    @rx.event
    @member
    async def send_again(self, invitation_id: str) -> None:
        """Send an invitation again, or make its link anew and show it."""
        found, now = as_uuid(invitation_id), now_utc()
        async with self._looking() as (session, actor):
            is_letter = await invitations.require_renewable(session, actor, found, now=now)
        if is_letter:
            await _spend(actor, letters=1)
        async with self._acting() as (session, actor):
            token = await invitations.renew_invitation(
                session, actor, found, letters=resources.get().letters, now=now
            )
        await self._load_again()
        if token:
            self._show_link(token)
            self.is_linking = True
        else:
            self._say("Sent again. The link in the letter before opens nothing any more.")

    @rx.event
    @member
    async def ask_revoke(self, invitation_id: str, name: str) -> None:
        """Ask before an invitation is taken back."""
        self.revoking_id, self.revoking_name = str(invitation_id), str(name)

    @rx.event
    @member
    async def cancel_revoke(self) -> None:
        """Leave the invitation as it is."""
        self.revoking_id = ""

    @rx.event
    @member
    async def revoke(self) -> None:
        """Take back what it was asked about."""
        invitation_id, self.revoking_id = as_uuid(self.revoking_id), ""
        async with self._acting() as (session, actor):
            await invitations.revoke_invitation(
                session, actor, invitation_id, letters=resources.get().letters, now=now_utc()
            )
        await self._load_again()
        self._say("The invitation is taken back. Its link opens nothing any more.")

    def _show_link(self, token: str) -> None:
        self.link = invitations.invitation_link(resources.get().letters, token)

    async def _load_again(self) -> None:
        is_shown = asked(self.router.url, "tab") == "invitations"
        page = number_asked(self.router.url, "page") if is_shown else 1
        async with self._looking() as (session, actor):
            try:
                found = await invitations.list_invitations(session, actor, page=page, now=now_utc())
            except Forbidden:
                self.invitation_rows, self.invitation_total = [], 0
                return
        self.invitation_rows = [_row(one) for one in found.invitations]
        first = (found.page - 1) * invitations.PAGE
        last = first + len(found.invitations)
        self.invitation_total = found.total
        self.invitations_summary = f"{first + 1:,} to {last:,} of {found.total:,}"
        self.previous_invitations = self._page(found.page - 1) if found.page > 1 else ""
        self.next_invitations = self._page(found.page + 1) if last < found.total else ""

    def _page(self, page: int) -> str:
        path = f"/o/{self._slug_in_address()}/members"
        return with_query(path, tab="invitations", page=page)


async def _spend(actor: Actor, *, letters: int, field: str | None = None) -> None:
    """Count letters against the organization's day, before a transaction is held."""
    await resources.get().limiter.spend(
        INVITATION_MAIL, str(actor.organization_id), now=now_utc(), field=field, amount=letters
    )


def _row(one: InvitationView) -> InvitationRow:
    return InvitationRow(
        id=str(one.id),
        email=one.email,
        role_name=ROLE_NAMES[one.role],
        inviter=one.inviter,
        sent_at=as_text(one.sent_at),
        expires_at=as_text(one.expires_at),
        is_expired=one.is_expired,
        can_change=one.can_change,
    )
