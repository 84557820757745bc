"""The state that all pages share: who is signed in, where they are, and what they are told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import reflex as rx
from reflex.event import Event, EventSpec, EventType
from reflex_base.registry import RegistrationContext
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import actor_for, organizations_of
from core.clock import now_utc
from core.errors import DomainError, NotFound, NotFresh, SignedOut, UpstreamUnavailable
from core.logs import bind_ids
from core.permissions import ALLOWED, Actor, Origin
from core.sessions import SignedIn, holder_of, token_in
from saas_app import resources
from saas_app.state.markers import member, public

MOST_NOTICES = 4
SORRY = "Something went wrong on our side. It has been noted; nothing you typed is lost."
NOT_LOADED = "Something went wrong on our side, and it has been noted. Try again in a moment."


class AppState(rx.State):
    """Parent of every page's state. Its vars are for showing; they never decide who someone is."""

    user_name: str = ""
    user_email: str = ""
    user_picture: str = ""
    is_admin: bool = False
    acting_as: str = ""
    acting_until: str = ""
    account_delete_at: str = ""
    organization_slug: str = ""
    organization_name: str = ""
    organization_logo: str = ""
    organizations: list[dict[str, str]] = []
    organization_trouble: str = ""
    organization_delete_at: str = ""
    sandbox_mode: str = ""
    permissions: list[str] = []
    problems: dict[str, str] = {}
    notices: list[dict[str, str]] = []
    load_failure: str = ""
    load_reference: str = ""

    _failed_loaders: set[str] = set()
    _bound_to: str = ""
    _told_on_page: str = ""
    _notice_count: int = 0
    _undoable: dict[str, tuple[str, dict[str, Any]]] = {}

    @rx.event
    @member
    async def enter(self) -> None:
        """Show who is signed in and which organization the address names.

        If it is none of theirs, the page says so, and its links lead to one that is.
        """
        holder = await self._holder()
        self.sandbox_mode = str(resources.get().settings.sandbox)
        async with resources.get().database.read() as session:
            mine = await organizations_of(session, holder.user_id)
        self.organizations = [{"slug": one.slug, "name": one.name} for one in mine]
        slug = self._slug_in_address()
        # Whoever was taken out of their last organization has none, and can make one.
        here = next((one for one in mine if one.slug == slug), mine[0] if mine else None)
        self.organization_slug, self.organization_name = (
            (here.slug, here.name) if here else ("", "")
        )
        self._show_logo(here.logo_key if here else "")
        ends_at = here.delete_at if here else None
        self.organization_delete_at = ends_at.isoformat() if ends_at else ""
        try:
            async with self._looking() as (_session, actor):
                self.permissions = sorted(str(permission) for permission in ALLOWED[actor.role])
            self._tell_on_page("")
        except NotFound as refusal:
            self.permissions = []
            self._tell_on_page(refusal.message)
        self.organization_trouble = self._told_on_page

    @rx.event
    @public
    def reload(self) -> list[Event]:
        """Load the page again; each event that does has its own marker."""
        return self._load_events()

    @rx.event
    @public
    def dismiss(self, notice_id: str) -> None:
        """Take a notice away, and with it the way back."""
        self.notices = [notice for notice in self.notices if notice["id"] != str(notice_id)]
        self._undoable.pop(str(notice_id), None)

    @rx.event
    @public
    def undo(self, notice_id: str) -> list[Event]:
        """Run the event that takes the notice's act back; that event has its own marker."""
        undoable = self._undoable.pop(str(notice_id), None)
        self.notices = [notice for notice in self.notices if notice["id"] != str(notice_id)]
        return [] if undoable is None else [Event(name=undoable[0], payload=undoable[1])]

    @asynccontextmanager
    async def _acting(self) -> AsyncIterator[tuple[AsyncSession, Actor]]:
        """Open a write transaction for whoever holds the cookie, in the address's organization.

        Raises:
            SignedOut: the cookie holds no session any more.
            NotFound: the user is not in that organization.
        """
        async with resources.get().database.write() as session:
            yield session, await self._actor(session)

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[tuple[AsyncSession, Actor]]:
        """Open a read transaction; otherwise like `_acting`."""
        async with resources.get().database.read() as session:
            yield session, await self._actor(session)

    async def _actor(self, session: AsyncSession) -> Actor:
        holder = await holder_of(session, self._session_token(), now=now_utc())
        if holder is None:
            raise SignedOut("Your session has ended. Sign in again.")
        slug, origin = self._slug_in_address(), self._origin(holder)
        actor = await actor_for(session, holder.user_id, slug, origin=origin)
        bind_ids(organization_id=actor.organization_id)
        return actor

    def _origin(self, holder: SignedIn) -> Origin:
        """Return from where the holder acts, for the record."""
        return Origin(
            ip_address=self.router.session.client_ip,
            user_agent=self.router.headers.user_agent,
            impersonator_id=holder.impersonator_id,
            is_fresh=holder.is_fresh(now_utc()),
        )

    async def _holder(self) -> SignedIn:
        """Return who is signed in.

        Raises:
            SignedOut: nobody.
        """
        holder = await self._holder_or_none()
        if holder is None:
            raise SignedOut("Your session has ended. Sign in again.")
        return holder

    async def _holder_or_none(self) -> SignedIn | None:
        async with resources.get().database.read() as session:
            holder = await holder_of(session, self._session_token(), now=now_utc())
        self.user_name = holder.name if holder is not None else ""
        self.user_email = holder.email if holder is not None else ""
        ends_at = holder.delete_at if holder is not None else None
        self.account_delete_at = ends_at.isoformat() if ends_at else ""
        key = holder.avatar_key if holder is not None else ""
        self.user_picture = resources.get().storage.sign_get(key) if key else ""
        self._show_rights(holder)
        return holder

    def _show_rights(self, holder: SignedIn | None) -> None:
        """Show whether the admin area is theirs, or an admin is at work in their name."""
        self.is_admin = holder is not None and holder.is_admin
        is_acting = holder is not None and holder.impersonator_id is not None
        self.acting_as = f"{holder.name} ({holder.email})" if holder and is_acting else ""
        self.acting_until = holder.expires_at.isoformat() if holder and is_acting else ""

    def _show_logo(self, key: str) -> None:
        self.organization_logo = resources.get().storage.sign_get(key) if key else ""

    def _session_token(self) -> str | None:
        is_secure = resources.get().settings.is_secure
        return token_in(self.router.headers.cookie, is_secure=is_secure)

    def _slug_in_address(self) -> str:
        """Return the organization of `/o/<slug>/…`; membership is checked wherever it is used."""
        parts = str(self.router.url.path).replace("\0", "").split("/")
        return parts[2] if len(parts) > 2 and parts[1] == "o" else ""

    def _say(self, text: str, *, kind: str = "done", undo: EventType[()] | None = None) -> None:
        """Show a notice.

        Args:
            kind: done, info or error.
            undo: an event of ours that takes the act back; the notice then offers it.
        """
        self._notice_count += 1
        notice_id = str(self._notice_count)
        words = "" if undo is None else "Undo"
        notice = {"id": notice_id, "kind": kind, "text": text, "undo": words}
        self.notices = [*self.notices, notice][-MOST_NOTICES:]
        if undo is not None:
            event = Event.from_event_type(undo)[0]
            self._undoable[notice_id] = (event.name, dict(event.payload))

    def _refuse(self, error: Exception, *, handler: str, request_id: str) -> EventSpec | None:
        """Show an error where it belongs: on its field, as a notice, or at the sign-in page.

        Where it kept the page from loading, it stands in place of the page.
        """
        if isinstance(error, SignedOut):
            return rx.redirect(sign_in_address(self.router.url))
        if isinstance(error, NotFresh):
            return rx.redirect(address_with_way_back("/confirm", self.router.url))
        is_bug = not isinstance(error, DomainError)
        if (is_bug or isinstance(error, UpstreamUnavailable)) and handler in self._loaders():
            self._note_failed_load(handler, NOT_LOADED if is_bug else error.message, request_id)
        elif is_bug:
            self._say(SORRY, kind="error")
        elif error.field is not None:
            self.problems = {**self.problems, error.field: error.message}
        elif error.message != self._told_on_page:
            self._say(error.message, kind="error")
        return None

    def _note_failed_load(self, handler: str, words: str, request_id: str) -> None:
        """Let the page say that it could not be loaded; the first failure is the one to report."""
        if not self._failed_loaders & self._loaders():
            self.load_failure, self.load_reference = words, request_id
        self._failed_loaders = {*self._failed_loaders, handler}

    def _note_success(self, handler: str) -> None:
        """Show the page again when the last of what failed of it has loaded."""
        if self.load_failure == "":
            return
        self._failed_loaders = (self._failed_loaders & self._loaders()) - {handler}
        if not self._failed_loaders:
            self.load_failure = self.load_reference = ""

    def _load_events(self) -> list[Event]:
        """Return the events that load the page of the address."""
        here = RegistrationContext.get().app.get_load_events(str(self.router.url.path))
        return Event.from_event_type(here)

    def _loaders(self) -> set[str]:
        """Return the names of the handlers that load the page of the address."""
        known = RegistrationContext.get().event_handlers
        return {known[event.name].handler.fn.__qualname__ for event in self._load_events()}

    def _tell_on_page(self, words: str) -> None:
        """Note what the page itself says in place of its content; no notice repeats it."""
        self._told_on_page = words

    def _clear_problems(self, *fields: str) -> None:
        """Forget what was wrong with the named fields, or with all."""
        kept = {} if not fields else self.problems
        self.problems = {name: text for name, text in kept.items() if name not in fields}


def sign_in_address(here: Any) -> str:
    """Return the sign-in page's address that leads back to where the visitor is."""
    return address_with_way_back("/sign-in", here)


def address_with_way_back(page: str, here: Any) -> str:
    """Return a page's address that leads back to where the visitor is."""
    back = str(here.path) + (f"?{here.query}" if here.query else "")
    return f"{page}?next={quote(back or '/', safe='/')}"


def text_in(fields: dict[str, Any], name: str) -> str:
    """Return a form's text field; whatever else a caller sent there reads as empty."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
