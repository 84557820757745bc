"""New server, first half: takes whatever a person pastes and reads it into a proposal."""

from time import monotonic
from typing import Any

import reflex as rx
from reflex.event import EventSpec, EventType

from core.clock import now_utc
from core.errors import Invalid
from core.permissions import Permission
from saas_app import resources
from saas_app.components.progress import Step
from saas_app.samples import sample_source
from saas_app.services import intakes, servers
from saas_app.services.intake.fetch import fetch_source, is_address
from saas_app.services.intake.recognise import recognise
from saas_app.state.addresses import asked, with_query
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.servers import forget_servers

# One message of the websocket holds 1 MB; this much fits in any script and with escapes.
BOX_CHARACTERS = 300_000
TOO_LONG = (
    f"The box holds {BOX_CHARACTERS:,} characters and this is longer. Save it as a file and drop "
    "the file here instead."
)
RECOGNISED = {
    "address": "An address: it will be fetched",
    "openapi": "An OpenAPI document",
    "curl": "cURL commands",
}


class NewServerState(AppState):
    """The box, what it was recognised as, and how the reading goes."""

    box_text: str = ""
    recognised: str = ""
    steps: list[Step] = []
    is_reading: bool = False
    may_not: bool = False
    into_server: str = ""
    is_naming: bool = False

    _text: str = ""
    _attempt: int = 0

    @rx.event
    @member
    def arrive(self) -> None:
        """Begin with what the box held, and note a server that is to get more tools."""
        self._clear_problems()
        self.may_not = Permission.SERVER_EDIT not in self.permissions
        self.into_server = asked(self.router.url, "server")
        self.box_text = self._text

    @rx.event
    @member
    def take_text(self, text: str) -> None:
        """Keep what is in the box, and say what it looks like."""
        self._text = str(text)
        self._clear_problems("source")
        kind = "address" if is_address(self._text) else recognise(self._text)
        self.recognised = RECOGNISED.get(kind or "", "")

    @rx.event
    @member
    def take_example(self, name: str) -> EventType[()]:
        """Put an example into the box and read it."""
        port = resources.get().settings.sample_api_port
        is_ours = name == "studio"
        self._text = (
            f"http://localhost:{port}/openapi.json" if is_ours else sample_source(str(name))
        )
        self.box_text = self._text
        self.take_text(self._text)
        return NewServerState.find

    @rx.event
    @member
    def take_upload(self, answer: dict[str, Any]) -> EventSpec:
        """Go on with a file that the API has read."""
        return rx.redirect(self._proposal_address(text_in(answer, "intake")))

    @rx.event
    @member
    def refuse_upload(self, reason: str) -> None:
        """Say on the box why a file was not taken."""
        self.problems = {**self.problems, "source": str(reason)}

    @rx.event
    @member
    def find(self) -> EventType[()]:
        """Begin to read the box, in turn: behind the last of what was typed into it."""
        self._clear_problems()
        if len(self._text) >= BOX_CHARACTERS:
            raise Invalid(TOO_LONG, field="source")
        self._attempt += 1
        self.is_reading, self.steps = True, []
        return NewServerState.read

    @rx.event(background=True)
    @member
    async def read(self) -> EventSpec | None:
        """Read the box, step by step, and go on to the proposed tools."""
        async with self:
            text, attempt = self._text, self._attempt
        try:
            intake_id = await self._take(text, attempt)
        finally:
            is_wanted = await self._end(attempt)
        return rx.redirect(self._proposal_address(intake_id)) if is_wanted else None

    @rx.event
    @member
    def stop(self) -> None:
        """Give up reading; what is in the box stays."""
        self._attempt += 1
        self.is_reading, self.steps = False, []

    @rx.event
    @member
    def open_naming(self) -> None:
        """Ask for the name of an empty server."""
        self._clear_problems()
        self.is_naming = True

    @rx.event
    @member
    def close_naming(self) -> None:
        """Make no server after all."""
        self.is_naming = False

    @rx.event
    @member
    async def create_empty(self, fields: dict[str, Any]) -> EventSpec:
        """Make a server with nothing in it and go there."""
        async with self._acting() as (session, actor):
            server_id = await servers.create_empty_server(
                session, actor, name=text_in(fields, "name"), now=now_utc()
            )
        self.is_naming = False
        await forget_servers(self)
        return rx.redirect(f"/o/{self._slug_in_address()}/servers/{server_id}/tools")

    async def _take(self, text: str, attempt: int) -> str:
        """Fetch, read and keep a source; the transaction is opened when all of that is done."""
        parts, source_url = resources.get(), ""
        async with self._looking() as (_session, actor):
            actor.require(Permission.SERVER_EDIT)  # others make us fetch and read nothing
        await parts.limiter.spend(
            intakes.READINGS, str(actor.user_id), now=now_utc(), field="source"
        )
        if is_address(text):
            await self._step("Fetch the document", text.strip()[:120], attempt)
            lookups = parts.lookups.share_of(actor.user_id)
            fetched = await fetch_source(
                text, allowed=parts.settings.allowed_upstreams, lookups=lookups
            )
            text, source_url = fetched.text, fetched.url
        await self._step("Read it", f"{len(text):,} characters", attempt)
        proposal = await intakes.read_pasted(text, source_url=source_url or None)
        await self._step("Propose tools", f"{len(proposal.tools):,} tools", attempt)
        async with self._acting() as (session, actor):
            return str(
                await intakes.take_source(
                    session, actor, proposal,
                    source_url=source_url, sealer=parts.sealer, now=now_utc(),
                )
            )  # fmt: skip

    async def _step(self, label: str, detail: str, attempt: int) -> None:
        """Show the next step, and how long the one before took."""
        async with self:
            if attempt != self._attempt:
                return
            now = monotonic()
            self.steps = [*map(_done, self.steps), _active(label, detail)]
            if len(self.steps) > 1:
                self.steps[-2]["took"] = f"{now - self._step_began:.1f} s"
            self._step_began = now

    _step_began: float = 0.0

    async def _end(self, attempt: int) -> bool:
        """Leave the steps; whether this reading was still wanted."""
        async with self:
            is_wanted = attempt == self._attempt
            if is_wanted:
                self.is_reading, self.steps = False, []
        return is_wanted

    def _proposal_address(self, intake_id: str) -> str:
        path = f"/o/{self._slug_in_address()}/new"
        return with_query(path, intake=intake_id, server=self.into_server)


async def forget_source(state: AppState) -> None:
    """Empty the box: what was in it has become a server."""
    box = await state.get_state(NewServerState)
    box._text = box.box_text = box.recognised = ""  # noqa: SLF001 - two halves of one screen


def _active(label: str, detail: str) -> Step:
    return Step(label=label, status="active", detail=detail, took="")


def _done(step: Step) -> Step:
    return Step(label=step["label"], status="done", detail=step["detail"], took=step["took"])
