"""Which of the mail that may be muted the person gets; each switch is saved when it is moved."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from saas_app import resources
from saas_app.services.profile import MUTABLE_MAIL, mail_choices, want_mail
from saas_app.state.base import AppState
from saas_app.state.markers import member


@dataclass(frozen=True)
class MailChoice:
    """One kind of mail: what it is about, and whether the person gets it."""

    name: str
    title: str
    about: str
    is_wanted: bool


class NotificationsState(AppState):
    """The switches."""

    mail_switches: list[MailChoice] = []
    is_notifications_ready: bool = False

    @rx.event
    @member
    async def load_notifications(self) -> None:
        """Show the switches as they stand."""
        await self._show_choices()
        self.is_notifications_ready = True

    @rx.event
    @member
    async def set_mail(self, name: str, is_wanted: Any) -> None:
        """Move a switch; the notice offers to move it back."""
        name, is_wanted = str(name), is_wanted is True
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await want_mail(session, holder, name, is_wanted=is_wanted)
        await self._show_choices()
        title = MUTABLE_MAIL[name].title
        words = f"On: {title}." if is_wanted else f"Off: {title}."
        undo: Any = NotificationsState.set_mail(name, not is_wanted)  # pyright: ignore[reportCallIssue]
        self._say(words, undo=undo)

    async def _show_choices(self) -> None:
        holder = await self._holder()
        async with resources.get().database.read() as session:
            choices = await mail_choices(session, holder)
        self.mail_switches = [
            MailChoice(name, MUTABLE_MAIL[name].title, MUTABLE_MAIL[name].about, is_wanted)
            for name, is_wanted in choices.items()
        ]
