"""What a tool call comes to, in the words of MCP."""

from dataclasses import dataclass, field
from typing import Any

from core.errors import DomainError


@dataclass(slots=True)
class Outcome:
    """The result of a call: content blocks as they go on the wire, and what the log keeps of it."""

    content: list[dict[str, Any]]
    structured: dict[str, Any] | None = None
    is_error: bool = False
    error_code: str = ""
    upstream_status: int | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        """Return the `CallToolResult`, as the newest protocol revision writes it."""
        result: dict[str, Any] = {"content": self.content, "isError": self.is_error}
        if self.structured is not None:
            result["structuredContent"] = self.structured
        if self.meta:
            result["_meta"] = self.meta
        return result


def text_block(text: str) -> dict[str, Any]:
    """Return a text content block."""
    return {"type": "text", "text": text}


def failed(message: str, *, code: str, upstream_status: int | None = None) -> Outcome:
    """Return an error that the model can read and act on."""
    return Outcome(
        [text_block(message)], is_error=True, error_code=code, upstream_status=upstream_status
    )


def refused(error: DomainError) -> Outcome:
    """Return a refusal as a tool error."""
    return failed(error.message, code=error.code)
