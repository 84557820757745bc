"""What a tool does while it runs, as log messages of MCP to the client that asked for them.

Since the revision 2026-07-28 a client asks with each request, by a level in its `_meta`. What is
printed has the level info (standard output) or warning (standard error), a connection debug.
"""

from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.connection import allowed_log_levels

from mcp_runtime.tool_runner.calls import Tell

LEVELS: Mapping[str, types.LoggingLevel] = {
    "stdout": "info",
    "stderr": "warning",
    "connection": "debug",
}


def asks_to_be_told(message: Any) -> bool:
    """Whether a request is one whose client wants to hear of it before its answer."""
    params = message.get("params") if isinstance(message, Mapping) else None
    meta = params.get("_meta") if isinstance(params, Mapping) else None
    return isinstance(meta, Mapping) and types.LOG_LEVEL_META_KEY in meta


def teller(context: Any) -> Tell | None:
    """Return what tells the client of a request, or None when it did not ask.

    Args:
        context: the SDK's context of the request.
    """
    if not asks_to_be_told({"params": {"_meta": context.meta}}):
        return None
    levels = allowed_log_levels(context.protocol_version, context.meta)

    async def tell(source: str, said: Any) -> None:
        level = LEVELS[source]
        if level in levels:
            told = types.LoggingMessageNotificationParams(level=level, logger=source, data=said)
            await context.session.send_notification(
                types.LoggingMessageNotification(params=told), context.request_id
            )

    return tell
