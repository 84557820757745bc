"""Trying a draft tool: a real call through the runtime's draft address, as an MCP client.

What is tried is what will be served, by the same runner. No transaction is open during the call:
`start_trial` checks and signs, `try_tool` calls.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    LoggingMessageNotificationParams,
)
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import row_for, server_for
from core.crypto import Sealer
from core.draft_tokens import DraftPass, issue_draft_token
from core.errors import DomainError, UpstreamUnavailable
from core.logs import log
from core.models import DraftTool
from core.permissions import Actor, Permission
from core.settings import Settings
from core.tool_spec import MAX_TIMEOUT_SECONDS

PROTOCOL = "2026-07-28"  # named, so that no request is spent on finding out
EXCHANGE = "toolkiln/exchange"
RUN = "toolkiln/run"
CONNECT_SECONDS = 5.0
GRACE_SECONDS = 5.0  # on top of the tool's own limit, for the runtime to say that it was reached

Hear = Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """Leave to call one draft tool within the next minute."""

    server_id: UUID
    tool_id: UUID
    tool_name: str
    token: str = field(repr=False)
    started_at: datetime
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a call.

    Args:
        content: MCP content blocks as they came.
        exchange: `request` as sent with secrets masked, `response` (status, headers, bytes) or
            None, and `duration_ms`; None when no request was sent.
        run: what the sandbox tells of the run of a Python tool; None for a request.
        started_at: when; a tool that was edited later is not proven by this.
    """

    content: tuple[dict[str, Any], ...]
    structured: Any
    is_error: bool
    exchange: dict[str, Any] | None
    duration_ms: float
    started_at: datetime
    run: dict[str, Any] | None = None

    @property
    def is_comparable(self) -> bool:
        """Whether there is an answer that a later one can be held to."""
        return self.response is not None or (self.run is not None and not self.is_error)

    @property
    def response(self) -> dict[str, Any] | None:
        """How the service answered, or None when it did not."""
        response = (self.exchange or {}).get("response")
        return response if isinstance(response, dict) else None

    @property
    def status(self) -> int | None:
        """The HTTP status of the service's answer."""
        status = (self.response or {}).get("status")
        return status if isinstance(status, int) else None

    @property
    def media_type(self) -> str:
        """The media type of the service's answer, without its parameters."""
        for name, value in (self.response or {}).get("headers", ()):
            if str(name).lower() == "content-type":
                return str(value).partition(";")[0].strip().lower()
        return ""


@dataclass(frozen=True, slots=True)
class ToolToTry:
    """What a form for trying a tool is made of."""

    name: str
    input_schema: dict[str, Any]
    is_python: bool


async def tool_to_try(
    session: AsyncSession, actor: Actor, server_id: UUID, tool_id: UUID
) -> ToolToTry:
    """Return the draft tool as it is now, also to those who may only look."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    tool = await row_for(session, server, DraftTool, tool_id)
    schema = tool.spec.get("input_schema")
    return ToolToTry(
        tool.name,
        schema if isinstance(schema, dict) else {},
        is_python=tool.spec.get("kind") == "python",
    )


async def start_trial(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_id: UUID,
    *,
    sealer: Sealer,
    now: datetime,
) -> Trial:
    """Give the actor leave to call one draft tool, also one that is switched off.

    Raises:
        NotFound: no such server or tool.
        Forbidden: the actor may not try tools.
    """
    server = await server_for(session, actor, server_id, to=Permission.SERVER_TRY)
    tool = await row_for(session, server, DraftTool, tool_id)
    token = issue_draft_token(sealer, DraftPass(server.id, actor.user_id), now=now)
    limit = tool.spec.get("timeout_seconds", MAX_TIMEOUT_SECONDS)
    return Trial(server.id, tool.id, tool.name, token, now, min(float(limit), MAX_TIMEOUT_SECONDS))


async def try_tool(
    settings: Settings, trial: Trial, arguments: dict[str, Any], *, hear: Hear | None = None
) -> Tried:
    """Call the tool at the runtime's draft address; cancelling the task ends the call.

    Args:
        settings: where the runtime is.
        trial: leave to call the tool.
        arguments: what it is called with.
        hear: is told what Python code does meanwhile: `stdout` or `stderr` and a piece of text, or
            `connection` and what `Tried.run` lists of one.

    Raises:
        UpstreamUnavailable: the runtime does not answer, not in time, or not as it should.
        DomainError: the runtime refused, with its words.
    """
    started = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(trial.timeout_seconds + GRACE_SECONDS):
            result = await _call(settings, trial, arguments, hear)
    except TimeoutError:
        raise UpstreamUnavailable(
            f"No answer within {trial.timeout_seconds:.0f} seconds. "
            "Try again, or raise the tool's time limit.",
            can_retry=True,
        ) from None
    except MCPError as error:
        raise _refusal(error) from error
    except (httpx2.HTTPError, ValidationError) as error:
        raise _unreachable(error) from error
    except BaseExceptionGroup as group:
        raise _from_group(group) from group
    duration_ms = (asyncio.get_running_loop().time() - started) * 1000
    return _tried(trial, result, duration_ms)


async def _call(
    settings: Settings, trial: Trial, arguments: dict[str, Any], hear: Hear | None
) -> CallToolResult:
    async def listen(params: LoggingMessageNotificationParams) -> None:
        if hear is not None:
            hear(str(params.logger), params.data)

    url = f"{settings.runtime_direct_url}/mcp/{trial.server_id}/draft/mcp"
    limit = httpx2.Timeout(trial.timeout_seconds + GRACE_SECONDS, connect=CONNECT_SECONDS)
    headers = {"Authorization": f"Bearer {trial.token}"}
    request = CallToolRequest(
        params=CallToolRequestParams(name=trial.tool_name, arguments=arguments)
    )
    async with httpx2.AsyncClient(headers=headers, timeout=limit, trust_env=False) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(
            transport,
            mode=PROTOCOL,
            log_level="debug" if hear is not None else None,
            logging_callback=listen,
        ) as client:
            # Not `call_tool`: it lists all tools first, to hold the answer against its schema.
            return await client.session.send_request(request, CallToolResult)


def _tried(trial: Trial, result: CallToolResult, duration_ms: float) -> Tried:
    meta = result.meta or {}
    exchange, run = meta.get(EXCHANGE), meta.get(RUN)
    return Tried(
        content=tuple(
            block.model_dump(mode="json", by_alias=True, exclude_none=True)
            for block in result.content
        ),
        structured=result.structured_content,
        is_error=bool(result.is_error),
        exchange=exchange if isinstance(exchange, dict) else None,
        duration_ms=duration_ms,
        started_at=trial.started_at,
        run=run if isinstance(run, dict) else None,
    )


def _refusal(error: MCPError) -> DomainError:
    """Translate the runtime's refusal; its own faults are a neighbour's, the rest is told."""
    code = error.data.get("code") if isinstance(error.data, dict) else None
    log.info("trial.refused", code=str(code or error.code))
    if code is None:
        return _unreachable(error)
    can_retry = code in ("too_busy", "internal", "signed_out", "unauthorized")
    return UpstreamUnavailable(error.message, can_retry=can_retry)


def _unreachable(error: Exception) -> UpstreamUnavailable:
    log.warning("trial.runtime_unreachable", error=type(error).__name__)
    return UpstreamUnavailable(
        "The part of Toolkiln that runs tools does not answer. Try again in a moment.",
        can_retry=True,
    )


def _from_group(group: BaseExceptionGroup) -> BaseException:
    """Return the refusal inside a task group's errors, or the group itself when it is a bug."""
    known, rest = group.split((MCPError, httpx2.HTTPError, ValidationError))
    if known is None or rest is not None:
        return group
    first = known.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return _refusal(first) if isinstance(first, MCPError) else _unreachable(first)
