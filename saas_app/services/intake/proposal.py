"""What an importer answers: proposed tools, their variables, and what had to be left out."""

from typing import Literal

from core.frozen import Frozen
from core.tool_spec import HttpTool, Variable

SourceKind = Literal["openapi", "curl"]


class Skipped(Frozen):
    """A part of the source that became no tool, or lost something, with the reason in plain words.

    `what` is as the source names it, for example `POST /files` or `command 3`.
    """

    what: str
    reason: str


class Proposal(Frozen):
    """The outcome of reading one source.

    Args:
        values: values found in the source for `variables` (cURL commands carry them); never shown.
        notes: things the person should know that concern the whole source.
    """

    kind: SourceKind
    name: str
    description: str = ""
    tools: tuple[HttpTool, ...] = ()
    variables: tuple[Variable, ...] = ()
    values: dict[str, str] = {}
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
