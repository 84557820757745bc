"""The way in: from pasted text to a proposal."""

import re

from pydantic import ValidationError

from core.errors import Invalid
from core.tool_spec import HttpTool, Variable
from saas_app.services.intake.curl.arguments import NotConvertible, read_arguments
from saas_app.services.intake.curl.bases import common_base
from saas_app.services.intake.curl.commands import Command, Script, read_script
from saas_app.services.intake.curl.convert import Converted, convert
from saas_app.services.intake.curl.expansion import unknown_array
from saas_app.services.intake.curl.hiding import KnownSecrets
from saas_app.services.intake.curl.merge import can_merge, endpoint_of, merged
from saas_app.services.intake.curl.naming import name_of_service
from saas_app.services.intake.curl.sent import sent_requests
from saas_app.services.intake.curl.variables import VariableBook
from saas_app.services.intake.deadline import Deadline
from saas_app.services.intake.names import tool_name
from saas_app.services.intake.proposal import Proposal, Skipped

MAX_CHARACTERS = 1_000_000
MAX_WORDS = 20_000
MAX_COMMANDS = 2_000
MAX_LISTED = 100
_BEFORE = r"(?:^|^[ \t]*(?:\d{1,3}[.)]|[-*+\u2022])[ \t]|[;&|($%#>`\u276f\u279c])[ \t]*"
_WRAPPED = (
    r"(?:[A-Za-z_]\w*=\S*[ \t]+"
    r"|(?:env|sudo|time|command|exec|then|do|if|elif|while|until|!)[ \t]+){0,9}"
)
_STARTED = (
    r"(?:(?:watch|timeout|nice|kubectl|docker|podman|ssh|bash|sh|zsh)[ \t]"
    r"(?:[^\n;|&]{0,300}?[ \t'\"])?)?"
)
_CURL_LINE = re.compile(
    _BEFORE + _WRAPPED + _STARTED + r"(?:[\w.:-]*[/\\][\w./\\:-]*)?curl(?:\.exe)?"
    r"[ \t\u00a0]*(?:[\\^`]$|(?<=[ \t\u00a0])(?:[-'\"^$<{\[\w\u2013\u2014\u2018\u201c]|$))",
    re.M | re.I,
)


def looks_like_curl(text: str) -> bool:
    """Whether a text holds a curl command, judged cheaply."""
    return _CURL_LINE.search(text.replace("\r\n", "\n")) is not None


def read_curl(text: str, *, deadline: Deadline | None = None) -> Proposal:
    """Return the tools that the curl commands of a text make; nothing is run.

    Raises:
        Invalid: the text holds no curl command, cannot be read (the message names the line), or
            takes too long.
    """
    deadline = deadline or Deadline()
    if len(text) > MAX_CHARACTERS:
        raise Invalid(
            f"The text is longer than {MAX_CHARACTERS:,} characters. Paste fewer commands at once.",
            field="source",
        )
    script = read_script(text, deadline)
    if not script.commands:
        raise Invalid(
            "There is no curl command here. Paste one that starts with curl, for example "
            "curl https://api.example.com/users.",
            field="source",
        )
    if (
        len(script.commands) > MAX_COMMANDS
        or sum(len(command.words) for command in script.commands) > MAX_WORDS
    ):
        raise Invalid(
            f"There are more than {MAX_COMMANDS:,} commands or {MAX_WORDS:,} words in this text. "
            "Paste fewer commands at once.",
            field="source",
        )
    return _Reading(script, deadline).proposal()


class _Reading:
    """One source on its way to a proposal."""

    def __init__(self, script: Script, deadline: Deadline) -> None:
        self._script = script
        self._deadline = deadline
        self._book = VariableBook(script.marks)
        self._found: list[tuple[Converted, str]] = []
        self._skipped: list[Skipped] = []
        self._notes: list[str] = list(script.notes)

    def proposal(self) -> Proposal:
        for number, command in enumerate(self._script.commands, start=1):
            self._read_command(command, f"command {number} (line {command.line})")
        found = self._named(self._merged())
        known = KnownSecrets(self._book.secrets)
        tools: list[HttpTool] = []
        for tool in found:
            self._deadline.check()
            tools.append(known.in_tool(tool))
        hosts = [_host(tool) for tool in tools]
        return Proposal(
            kind="curl",
            name=name_of_service(max(hosts, key=hosts.count)) if hosts else "API",
            tools=tuple(tools),
            variables=tuple(_described(one, known) for one in self._book.variables),
            values=self._book.values,
            skipped=self._listed(known),
            notes=tuple(dict.fromkeys(self._shown(note, known) for note in self._notes)),
        )

    def _read_command(self, command: Command, what: str) -> None:
        if (array := unknown_array(command.words, self._script.marks)) is not None:
            reason = f"The words of {array} are not in the text. Write them into the command."
            self._skipped.append(Skipped(what=what, reason=reason))
            return
        try:
            calls = read_arguments(command.words)
        except NotConvertible as reason:
            self._skipped.append(Skipped(what=what, reason=str(reason)))
            return
        for call in calls:
            try:
                for sent in sent_requests(call, command.stdin, self._script.marks):
                    self._deadline.check()
                    found = convert(sent, command.comment, self._book, self._script.marks)
                    self._found.append((found, what))
                    self._notes += [f"{what.capitalize()}: {note}" for note in found.notes]
            except NotConvertible as reason:
                self._skipped.append(Skipped(what=what, reason=str(reason)))
            except ValidationError as refusal:
                self._skipped.append(Skipped(what=what, reason=_first_message(refusal)))

    def _shown(self, note: str, known: KnownSecrets) -> str:
        return known.in_text(self._script.marks.as_written(note))

    def _listed(self, known: KnownSecrets) -> tuple[Skipped, ...]:
        """What was left out, as much of it as anybody reads."""
        every = [*self._skipped, *self._script.skipped]
        listed = [
            Skipped(what=self._shown(one.what, known), reason=self._shown(one.reason, known))
            for one in every[:MAX_LISTED]
        ]
        if (more := len(every) - MAX_LISTED) > 0:
            listed.append(Skipped(what=f"{more:,} more", reason="They are left out of this list."))
        return tuple(listed)

    def _merged(self) -> list[tuple[HttpTool, str]]:
        """Tools in the order of their first command, one per endpoint."""
        groups: dict[bytes, list[int]] = {}
        kept: list[tuple[HttpTool, str]] = []
        sources: list[list[str]] = []
        for found, what in self._found:
            self._deadline.check()
            same = groups.setdefault(endpoint_of(found.tool), [])
            fitting = next((i for i in same if can_merge(kept[i][0], found.tool)), None)
            if fitting is None:
                same.append(len(kept))
                kept.append((found.tool, found.wanted_name))
                sources.append([what])
            else:
                kept[fitting] = (merged(kept[fitting][0], found.tool), kept[fitting][1])
                sources[fitting].append(what)
        self._notes += [
            f"{', '.join(whats).capitalize()} call the same address and became one tool: {name}."
            for whats, (_, name) in zip(sources, kept, strict=True)
            if len(whats) > 1
        ]
        return kept

    def _named(self, found: list[tuple[HttpTool, str]]) -> list[HttpTool]:
        taken: set[str] = set()
        marks = self._script.marks
        named = [
            tool.model_copy(update={"name": tool_name(marks.as_written(wanted), taken)})
            for tool, wanted in found
        ]
        return common_base(named)


def _described(variable: Variable, known: KnownSecrets) -> Variable:
    return variable.model_copy(update={"description": known.in_text(variable.description)})


def _host(tool: HttpTool) -> str:
    return tool.request.base.url.partition("://")[2].partition("/")[0]


def _first_message(refusal: ValidationError) -> str:
    return str(refusal.errors()[0]["msg"]).removeprefix("Value error, ")
