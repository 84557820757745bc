"""The outbox of a development copy: which messages there are, and the one that is read."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec
from sqlmodel.ext.asyncio.session import AsyncSession

from core.clock import now_utc
from core.errors import Conflict, DomainError, NotFound, SignedOut
from core.ids import as_uuid
from core.models import Mail, MailStatus
from saas_app import resources
from saas_app.services.mail import open_mail
from saas_app.services.mail.outbox import OUTBOX, list_outbox, mail_of, send_again
from saas_app.services.mail.readers import Visitor, mail_readable_by
from saas_app.state.addresses import asked, number_asked, with_query
from saas_app.state.base import AppState, text_in
from saas_app.state.mail_views import TextPart, View, parts_of, view_asked
from saas_app.state.markers import public
from saas_app.state.server import as_text

HERE = "/dev/outbox"
LABELS = {
    "outbox": "Embedded outbox: nothing leaves this machine.",
    "resend": "Mail leaves this machine through Resend; what it has taken is not kept here.",
    "smtp": "Mail leaves this machine over SMTP; what the server has taken is not kept here.",
    "off": "Mail is switched off (MAIL=off): nothing is sent.",
}


@dataclass(frozen=True)
class MailRow:
    """A message in the list."""

    id: str
    href: str
    receiver: str
    subject: str
    status: str
    status_words: str
    problem: str
    at: str
    is_open: bool


class OutboxState(AppState):
    """A page of messages, and the message that the address names."""

    mails: list[MailRow] = []
    is_outbox_ready: bool = False
    outbox_trouble: str = ""
    outbox_label: str = LABELS["outbox"]
    only_to: str = ""
    outbox_page: int = 1
    newer_href: str = ""
    older_href: str = ""
    opened_id: str = ""
    opened: dict[str, str] = {}
    opened_text: list[TextPart] = []
    content_trouble: str = ""
    view: View = View()

    @rx.event
    @public
    async def load_outbox(self) -> None:
        """Show what the address asks for, to whoever may read it."""
        parts, url = resources.get(), self.router.url
        self.only_to, self.outbox_trouble = asked(url, "to"), ""
        self.outbox_label = LABELS[parts.settings.mail_driver]
        try:
            readable = await readable_by(self)
            async with parts.database.read() as session:
                await self._show_list(session, readable)
                await self._show_opened(session, readable)
        except SignedOut:
            raise
        except DomainError as refusal:
            self.mails, self.outbox_trouble = [], refusal.message
        self.is_outbox_ready = True

    @rx.event
    @public
    async def find(self, fields: dict[str, Any]) -> EventSpec:
        """Show the messages to one address."""
        return rx.redirect(with_query(HERE, to=text_in(fields, "to").strip()))

    @rx.event
    @public
    async def send_again(self, mail_id: str) -> EventSpec:
        """Post a copy of a message, and show it."""
        parts = resources.get()
        readable = await readable_by(self)
        async with parts.database.write() as session:
            copy = await send_again(
                session, parts.sealer, as_uuid(mail_id), to=readable, now=now_utc()
            )
        self._say("It is on its way again.")
        return rx.redirect(with_query(HERE, to=self.only_to, mail=str(copy.id)))

    async def _show_list(self, session: AsyncSession, readable: str | None) -> None:
        url = self.router.url
        found = await list_outbox(
            session, to=readable or self.only_to or None, page=number_asked(url, "page")
        )
        opened, page = asked(url, "mail"), found.page
        self.mails = [self._row(mail, page, is_open=str(mail.id) == opened) for mail in found.mails]
        self.outbox_page = page
        self.newer_href = with_query(HERE, to=self.only_to, page=page - 1) if page > 1 else ""
        self.older_href = with_query(HERE, to=self.only_to, page=page + 1) if found.has_more else ""

    async def _show_opened(self, session: AsyncSession, readable: str | None) -> None:
        parts, url = resources.get(), self.router.url
        self.opened_id, self.content_trouble, self.opened_text = "", "", []
        if not (wanted := asked(url, "mail")):
            return
        try:
            mail = await mail_of(session, as_uuid(wanted), to=readable)
        except NotFound as refusal:
            self.content_trouble = refusal.message
            return
        self.opened_id, self.opened = str(mail.id), _details(mail)
        address = with_query(HERE, to=self.only_to, page=self.outbox_page, mail=self.opened_id)
        self.view = view_asked(url, address, frame=f"/api/dev/mail/{mail.id}")
        try:
            written = open_mail(mail, parts.sealer, web_url=parts.settings.web_url)
            self.opened_text = parts_of(written.text)
        except Conflict as refusal:
            self.content_trouble = refusal.message

    def _row(self, mail: Mail, page: int, *, is_open: bool) -> MailRow:
        return MailRow(
            id=str(mail.id),
            href=with_query(HERE, to=self.only_to, page=page, mail=str(mail.id)),
            receiver=mail.to_address,
            subject=mail.subject or mail.template,
            status=str(mail.status),
            status_words=_status_words(mail),
            problem=mail.problem,
            at=as_text(mail.created_at),
            is_open=is_open,
        )


class OutboxHintState(AppState):
    """Whether other pages may point at the outbox."""

    is_mail_kept: bool = False

    @rx.event
    @public
    async def look(self) -> None:
        """Find out whether there is an outbox, and whether this visitor may read it."""
        self.is_mail_kept = False
        if resources.get().settings.mail_driver != OUTBOX:
            return
        try:
            await readable_by(self)
        except DomainError:
            return
        self.is_mail_kept = True


async def readable_by(state: AppState) -> str | None:
    """Return whose mail the visitor of a tab may read; see `mail_readable_by`."""
    settings = resources.get().settings
    headers = state.router.headers.raw_headers
    visitor = Visitor(
        ip_address=state.router.session.client_ip,
        host=str(headers.get("host", "")),
        is_forwarded=not settings.trusted_proxy_hops
        and ("x-forwarded-for" in headers or "forwarded" in headers),
        holder=await state._holder_or_none(),  # noqa: SLF001 - both are states of this visitor
    )
    return mail_readable_by(visitor, settings)


def _details(mail: Mail) -> dict[str, str]:
    return {
        "subject": mail.subject,
        "to": mail.to_address,
        "reply_to": mail.reply_to,
        "template": mail.template,
        "status": str(mail.status),
        "status_words": _status_words(mail),
        "problem": mail.problem,
        "at": as_text(mail.created_at),
    }


def _status_words(mail: Mail) -> str:
    if mail.status is MailStatus.SENT:
        return "Kept here" if mail.provider == OUTBOX else "Sent"
    if mail.status is MailStatus.FAILED:
        return "Failed"
    return f"Waiting, tried {mail.attempts}×" if mail.attempts else "Waiting"
