"""Texts of the document made fit for a tool: trimmed, cut at a word, names made readable."""

import re
from typing import Any

from saas_app.services.intake.openapi.document import as_text

MAX_TOOL_DESCRIPTION = 1_000
MAX_ARGUMENT_DESCRIPTION = 800
MAX_TITLE = 120


def shortened(text: str, limit: int) -> str:
    """Cut a text to a length at the end of a sentence, or else of a word."""
    text = re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n").strip())
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    sentence = max(head.rfind(". "), head.rfind(".\n"), head.rfind("\n\n"))
    if sentence >= limit // 2:
        return head[: sentence + 1].rstrip()
    word = head.rfind(" ")
    return f"{head[: word if word > 0 else len(head)].rstrip(' ,;:')}…"


def as_sentence(text: str) -> str:
    """A text with a full stop, unless it ends like a sentence already."""
    return text if text.endswith((".", "!", "?", ":", "…")) else f"{text}."


def title_of(operation: dict[str, Any]) -> str:
    """One line from the operation's summary."""
    return shortened(" ".join(as_text(operation.get("summary")).split()), MAX_TITLE)


def description_of(operation: dict[str, Any], what: str) -> str:
    """Summary and description together, without saying the same twice."""
    summary, description = as_text(operation.get("summary")), as_text(operation.get("description"))
    if description.startswith(summary):
        parts = [description]
    else:
        parts = [as_sentence(summary), description]
    if not summary and not description:
        parts = [f"{what}."]
    if operation.get("deprecated") is True:
        parts.insert(0, "Deprecated.")
    return shortened("\n\n".join(part for part in parts if part), MAX_TOOL_DESCRIPTION)


def name_of(operation: dict[str, Any], method: str, path: str) -> str:
    """The operation's id, or one of method and path: get_pets_by_pet_id for GET /pets/{petId}."""
    if operation_id := as_text(operation.get("operationId")):
        return operation_id
    words = [method.lower()]
    for part in re.findall(r"\{[^{}]*\}|[^/{}]+", path):
        words += ["by", _snake(part[1:-1])] if part.startswith("{") else [_snake(part)]
    return "_".join(word for word in words if word)


def _snake(text: str) -> str:
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text).lower().strip(" ._-")
