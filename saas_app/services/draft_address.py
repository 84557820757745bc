"""Asks the runtime about a draft, at the addresses beside the one where its tools are tried."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
import orjson

from core.crypto import Sealer
from core.draft_tokens import DraftPass, issue_draft_token
from core.errors import UpstreamUnavailable
from core.logs import log
from core.settings import Settings

CONNECT_SECONDS = 5.0
SECONDS_TO_ANSWER = 15.0
UNREACHABLE = "The part of Toolkiln that runs tools does not answer. Try again in a moment."


@dataclass(frozen=True, slots=True)
class DraftLeave:
    """Leave to ask about one server's draft within the next minute."""

    server_id: UUID
    token: str = field(repr=False)


def leave_for(user_id: UUID, server_id: UUID, *, sealer: Sealer, now: datetime) -> DraftLeave:
    """Return a user's leave to ask; the caller has checked the permission."""
    token = issue_draft_token(sealer, DraftPass(server_id, user_id), now=now)
    return DraftLeave(server_id, token)


async def ask_runtime(
    settings: Settings, leave: DraftLeave, what: str, question: dict[str, Any]
) -> dict[str, Any]:
    """Return the runtime's answer to `check` or `workers`.

    Raises:
        UpstreamUnavailable: it does not answer, or cannot, with its words.
    """
    url = f"{settings.runtime_direct_url}/mcp/{leave.server_id}/draft/{what}"
    limit = httpx2.Timeout(SECONDS_TO_ANSWER, connect=CONNECT_SECONDS)
    headers = {"Authorization": f"Bearer {leave.token}"}
    try:
        async with httpx2.AsyncClient(headers=headers, timeout=limit, trust_env=False) as http:
            answer = await http.post(url, json=question)
            said = orjson.loads(answer.content)
    except (httpx2.HTTPError, orjson.JSONDecodeError) as error:
        log.warning("draft.runtime_unreachable", error=type(error).__name__)
        raise UpstreamUnavailable(UNREACHABLE, can_retry=True) from error
    if answer.is_error:
        message = said.get("error", {}).get("message", UNREACHABLE)
        raise UpstreamUnavailable(str(message), can_retry=True)
    return said
