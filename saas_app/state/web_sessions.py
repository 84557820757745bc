"""Where one is signed in, and which browsers are trusted: listed and ended."""

from dataclasses import dataclass

import reflex as rx

from core.clock import now_utc
from core.ids import as_uuid
from saas_app import resources
from saas_app.services.browser_cookies import BrowserCookie, value_in
from saas_app.services.factors.trusted_devices import DeviceSummary, forget_device, list_devices
from saas_app.services.web_sessions import SessionSummary, end_one, end_others, list_sessions
from saas_app.state.account import AccountState
from saas_app.state.markers import member
from saas_app.state.security import ended_in_words
from saas_app.state.server import as_text


@dataclass(frozen=True)
class SessionRow:
    """A signed-in browser; moments are ISO texts."""

    id: str
    device: str
    place: str
    since: str
    last_used_at: str
    is_current: bool
    is_impersonation: bool


@dataclass(frozen=True)
class DeviceRow:
    """A trusted browser; moments are ISO texts."""

    id: str
    device: str
    since: str
    last_used_at: str
    expires_at: str
    is_this_one: bool


class WebSessionsState(AccountState):
    """Both lists, and what is about to end."""

    web_sessions: list[SessionRow] = []
    devices: list[DeviceRow] = []
    is_sessions_ready: bool = False
    ending_id: str = ""
    ending_device: str = ""
    is_ending_others: bool = False

    @rx.var
    def has_other_sessions(self) -> bool:
        """Whether one is signed in elsewhere, too."""
        return len(self.web_sessions) > 1

    @rx.event
    @member
    async def load_sessions(self) -> None:
        """Show the lists."""
        self.ending_id, self.is_ending_others = "", False
        await self._show_sessions()

    @rx.event
    @member
    async def ask_end(self, session_id: str, device: str) -> None:
        """Ask before a browser is signed out."""
        self.ending_id, self.ending_device = str(session_id), str(device)

    @rx.event
    @member
    async def ask_end_others(self) -> None:
        """Ask before all others are signed out."""
        self.is_ending_others = True

    @rx.event
    @member
    async def cancel_end(self) -> None:
        """Leave them signed in."""
        self.ending_id, self.is_ending_others = "", False

    @rx.event
    @member
    async def end(self) -> None:
        """Sign the browser out that was asked about; a second press finds nothing to do."""
        if not self.ending_id:
            return
        session_id, self.ending_id = as_uuid(self.ending_id), ""
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await end_one(session, holder, session_id, origin=self._origin(holder), now=now_utc())
        await self._show_sessions()
        self._say(f"{self.ending_device} is signed out.")

    @rx.event
    @member
    async def end_others(self) -> None:
        """Sign out everywhere else."""
        self.is_ending_others = False
        holder = await self._holder()
        async with resources.get().database.write() as session:
            ended = await end_others(session, holder, origin=self._origin(holder), now=now_utc())
        await self._show_sessions()
        self._say(ended_in_words(ended))

    @rx.event
    @member
    async def forget_device(self, device_id: str) -> None:
        """Ask a listed browser for the second factor again; a second press finds none."""
        if str(device_id) not in {one.id for one in self.devices}:
            return
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await forget_device(
                session,
                holder.user_id,
                as_uuid(device_id),
                origin=self._origin(holder),
                now=now_utc(),
            )
        await self._show_sessions()
        self._say("That device is asked for the second factor from now on.")

    async def _show_sessions(self) -> None:
        holder, parts, now = await self._holder(), resources.get(), now_utc()
        is_secure = parts.settings.is_secure
        token = value_in(self.router.headers.cookie, BrowserCookie.TRUSTED, is_secure=is_secure)
        async with parts.database.read() as session:
            sessions = await list_sessions(session, holder, now=now)
            devices = await list_devices(session, holder.user_id, token=token or None, now=now)
        self.web_sessions = [_session_row(one) for one in sessions]
        self.devices = [_device_row(one) for one in devices]
        self.is_sessions_ready = True


def _session_row(one: SessionSummary) -> SessionRow:
    return SessionRow(
        id=str(one.id),
        device=one.device,
        place=one.place,
        since=as_text(one.since),
        last_used_at=as_text(one.last_used_at),
        is_current=one.is_current,
        is_impersonation=one.is_impersonation,
    )


def _device_row(one: DeviceSummary) -> DeviceRow:
    return DeviceRow(
        id=str(one.id),
        device=one.device,
        since=as_text(one.since),
        last_used_at=as_text(one.last_used_at),
        expires_at=as_text(one.expires_at),
        is_this_one=one.is_this_one,
    )
