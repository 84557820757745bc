"""The request and answer of a tried draft, shown to the one who builds it, secrets hidden."""

from typing import Any

from mcp_runtime.tool_runner.answers import header_map
from mcp_runtime.tool_runner.http_request import OutgoingRequest
from mcp_runtime.tool_runner.masking import Mask
from mcp_runtime.tool_runner.upstream import Answer

META_KEY = "toolkiln/exchange"
PREVIEW_BYTES = 4_000


def exchange_of(
    request: OutgoingRequest, answer: Answer | None, mask: Mask, *, duration_ms: float
) -> dict[str, Any]:
    """Return what went over the wire, as plain data; `answer` is None when there was none."""
    shown: dict[str, Any] = {
        "request": {
            "method": request.method,
            "url": mask.in_text(request.url),
            "headers": [[name, mask.in_text(value)] for name, value in request.headers],
            "body": _preview(request.content, mask),
        },
        "response": None,
        "duration_ms": round(duration_ms, 1),
    }
    if answer is not None:
        shown["response"] = {
            "status": answer.status,
            "headers": [[name, mask.in_text(v)] for name, v in header_map(answer.headers).items()],
            "bytes": len(answer.body),
            "is_truncated": answer.is_cut,
            "url": mask.in_text(answer.request.url),
        }
    return shown


def _preview(content: bytes | None, mask: Mask) -> str | None:
    if content is None:
        return None
    try:
        text = mask.in_text(content.decode())
    except UnicodeDecodeError:
        return f"({len(content):,} bytes that are not text)"
    if len(text) <= PREVIEW_BYTES:
        return text
    return f"{text[:PREVIEW_BYTES]}… ({len(content):,} bytes in all)"
