"""Once-only requests: reserved before the work, answered alike when they are sent again."""

import hashlib
from typing import Any

from starlette.requests import Request as HttpRequest

from core.clock import now_utc
from saas_app import resources
from saas_app.api.v1.contract import Operation
from saas_app.api.v1.reading import idempotency_key_of
from saas_app.services.idempotency import Reservation, SentRequest, give_back, reserve_request
from saas_app.services.key_actors import Program


async def reserve(
    request: HttpRequest, operation: Operation, program: Program, raw: bytes
) -> Reservation | None:
    """Reserve a request that came with an idempotency key; None where there is nothing to do.

    Raises:
        Invalid: the idempotency key is none, or came with another request.
        RequestInProgress: the same request is being worked on.
    """
    if operation.is_repeatable:
        return None
    name = idempotency_key_of(request)
    if name is None:
        return None
    address = f"{request.method}\n{request.scope['path']}\n{request.scope['query_string']!r}\n"
    digest = hashlib.sha256(address.encode() + raw).hexdigest()
    async with resources.get().database.write() as session:
        sent = SentRequest(program.key_id, name, digest)
        return await reserve_request(session, sent, now=now_utc())


async def release(reservation: Reservation | None) -> None:
    """Give a request back that came to nothing."""
    if reservation is not None:
        async with resources.get().database.write() as session:
            await give_back(session, reservation)


def kept(operation: Operation, body: Any) -> dict[str, Any]:
    """Return what is kept of an answer: all of it but the secret that is shown once."""
    if operation.secret and isinstance(body, dict):
        body = body | {operation.secret: None}
    return {"status": operation.status, "body": body}
