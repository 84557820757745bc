"""Versions of a server: publishing, history, comparing, rolling back."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.errors import NotFound
from saas_app import resources
from saas_app.services.tools.python.before_publishing import look_at_all, note_looks, start_looks
from saas_app.services.versions import (
    History,
    Preview,
    compare_versions,
    preview_publish,
    publish_version,
    roll_back,
    version_history,
)
from saas_app.state.addresses import asked, server_base, server_in
from saas_app.state.base import AppState, text_in
from saas_app.state.diff_rows import DiffGroup, groups_of, summary_of
from saas_app.state.markers import member
from saas_app.state.server import as_text, refresh_server

MOST_DIGITS = 9  # more, and no database has such a number


@dataclass(frozen=True)
class VersionRow:
    """A version in the history; `compare` leads to what changed since the one before it."""

    number: int
    note: str
    author: str
    at: str
    is_live: bool
    compare: str


class VersionsState(AppState):
    """What would be published, what was, and how any two differ."""

    is_versions_ready: bool = False
    problem: str = ""
    warnings: list[str] = []
    below_bar: list[str] = []
    can_override: bool = False
    is_unseen: bool = False
    coming_number: int = 1
    published_number: int = 0
    coming_summary: str = ""
    coming_breaks: int = 0
    coming: list[DiffGroup] = []
    history: list[VersionRow] = []
    numbers: list[list[str]] = []
    compare_before: str = ""
    compare_after: str = ""
    compare_summary: str = ""
    compared: list[DiffGroup] = []
    back_to: int = 0
    back_summary: str = ""
    back_breaks: int = 0
    back_changes: list[DiffGroup] = []

    @rx.event
    @member
    async def load_versions(self) -> None:
        """Show what would be published, the history, and the comparison the address asks for."""
        server_id = server_in(self.router.url)
        async with self._looking() as (session, actor):
            self._show_preview(await preview_publish(session, actor, server_id))
            self._show_history(await version_history(session, actor, server_id))
        self.is_versions_ready = True
        await self._compare()

    @rx.event
    @member
    async def publish(self, typed: dict[str, Any]) -> None:
        """Make the draft the next version."""
        self._clear_problems()
        server_id, parts = server_in(self.router.url), resources.get()
        async with self._looking() as (session, actor):
            looks = await start_looks(session, actor, server_id, sealer=parts.sealer, now=now_utc())
        looked = await look_at_all(parts.settings, looks)
        async with self._acting() as (session, actor):
            await note_looks(session, actor, looked)
            published = await publish_version(
                session,
                actor,
                server_id,
                note=text_in(typed, "note"),
                now=now_utc(),
                override_bar=bool(typed.get("override")),
            )
        await self._reload(f"Version {published.number} is live.")

    @rx.event
    @member
    async def ask_roll_back(self, number: str) -> None:
        """Show what going back to a version changes, before it is done."""
        wanted = as_number(number)
        async with self._looking() as (session, actor):
            diff = await compare_versions(
                session,
                actor,
                server_in(self.router.url),
                before=self.published_number,
                after=wanted,
            )
        self.back_changes, self.back_summary = groups_of(diff), summary_of(diff)
        self.back_breaks, self.back_to = diff.breaking_count, wanted

    @rx.event
    @member
    async def cancel_roll_back(self) -> None:
        """Leave the live version as it is."""
        self.back_to = 0

    @rx.event
    @member
    async def roll_back(self) -> None:
        """Show clients the version that was asked about."""
        number, self.back_to = self.back_to, 0
        async with self._acting() as (session, actor):
            await roll_back(
                session, actor, server_in(self.router.url), number=number, now=now_utc()
            )
        await self._reload(f"Version {number} is live again.")

    @rx.event
    @member
    async def compare(self, typed: dict[str, Any]) -> EventSpec:
        """Go to the comparison of the two chosen versions."""
        before, after = text_in(typed, "before"), text_in(typed, "after")
        here = f"{server_base(self.router.url)}/versions"
        return rx.redirect(f"{here}?before={as_number(before)}&after={as_number(after)}#compare")

    async def _compare(self) -> None:
        before, after = (asked(self.router.url, name) for name in ("before", "after"))
        self.compare_before, self.compare_after, self.compared = before, after, []
        self.compare_summary = ""
        if not (before and after):
            self._offer_last_two()
            return
        async with self._looking() as (session, actor):
            diff = await compare_versions(
                session,
                actor,
                server_in(self.router.url),
                before=as_number(before),
                after=as_number(after),
            )
        self.compared, self.compare_summary = groups_of(diff), summary_of(diff)

    def _offer_last_two(self) -> None:
        """Begin with what is most often asked: the newest version and the one before it."""
        newest = [number for number, _ in self.numbers[:2]]
        self.compare_before, self.compare_after = (newest[-1], newest[0]) if newest else ("", "")

    async def _reload(self, words: str) -> None:
        server_id = server_in(self.router.url)
        async with self._looking() as (session, actor):
            self._show_preview(await preview_publish(session, actor, server_id))
            self._show_history(await version_history(session, actor, server_id))
        await refresh_server(self)
        self._say(words)

    def _show_preview(self, preview: Preview) -> None:
        self.problem, self.warnings = preview.problem, list(preview.warnings)
        self.below_bar, self.can_override = list(preview.below_bar), preview.can_override
        self.is_unseen = preview.is_unseen
        self.coming_number, self.published_number = preview.next_number, preview.live_number or 0
        self.coming, self.coming_summary = groups_of(preview.diff), summary_of(preview.diff)
        self.coming_breaks = preview.diff.breaking_count

    def _show_history(self, history: History) -> None:
        base = f"{server_base(self.router.url)}/versions"
        self.numbers = [[str(v.number), f"Version {v.number}"] for v in history.versions]
        self.history = [
            VersionRow(
                number=version.number,
                note=version.note,
                author=version.author,
                at=as_text(version.created_at),
                is_live=version.id == history.live_id,
                compare=f"{base}?before={version.number - 1}&after={version.number}#compare"
                if version.number > 1
                else "",
            )
            for version in history.versions
        ]


def as_number(text: object) -> int:
    """Read a version's number from a caller.

    Raises:
        NotFound: it is no number that a version can have.
    """
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise NotFound("There is no such version of this server.")
    return int(digits)
