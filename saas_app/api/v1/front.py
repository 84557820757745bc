"""The front of the API: one pipeline for every request, one shape for every refusal.

Method and path, key, limit, scope, query and body are checked in this order; then the operation
runs in a transaction of its own, in which the key is looked up again: what was taken away
meanwhile counts. No cookie is read, and no other site may read an answer (no CORS).
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from sqlalchemy.exc import IntegrityError
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from core.clock import now_utc
from core.errors import Conflict, DomainError, NotFound
from core.logs import log, log_context
from core.organization_key_access import note_key_use
from core.permissions import Origin
from saas_app import resources
from saas_app.api.problems import failure, problem, request_id_of
from saas_app.api.requests import client_address
from saas_app.api.v1 import once, rates
from saas_app.api.v1.contract import Operation, Preparation, Request
from saas_app.api.v1.reading import InvalidFields, bearer_of, body_of, query_of
from saas_app.services.idempotency import Reservation, keep_answer
from saas_app.services.key_actors import KeyRefused, Program, program_of

BASE = "/api/v1"
ALWAYS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
CHALLENGE = 'Bearer realm="Toolkiln"'


class MethodUnknown(DomainError):
    """The path exists, and this cannot be done with it."""

    code = "method_not_allowed"
    status = 405


class RestApi:
    """Serves the operations.

    Args:
        operations: all there are.
        document: writes the API's description as JSON; it needs no key.
    """

    def __init__(self, operations: tuple[Operation, ...], document: Callable[[], bytes]) -> None:
        paths: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            paths.setdefault(operation.path, {})[operation.method] = operation
        self._paths = [(compile_path(path)[0], methods) for path, methods in paths.items()]
        self._document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request, request_id = HttpRequest(scope, receive), request_id_of(scope)
        began = time.perf_counter()
        with log_context(request_id=request_id):
            response = await self._answer(request, request_id)
            log.info(
                "rest.answered", status=response.status_code,
                operation=getattr(request.state, "operation", ""),
                duration_ms=round((time.perf_counter() - began) * 1000, 1),
            )  # fmt: skip
        response.headers.update(ALWAYS | {"x-request-id": request_id})
        if scope["method"] == "HEAD":
            response.body = b""  # the length that a GET would have stays in its header
        await response(scope, receive, send)

    async def _answer(self, request: HttpRequest, request_id: str) -> Response:
        headers: dict[str, str] = {}
        try:
            response = await self._serve(request, headers)
        except DomainError as error:
            errors = error.errors if isinstance(error, InvalidFields) else ()
            response = problem(error, request_id=request_id, errors=errors)
        except IntegrityError:
            conflict = Conflict("Somebody changed the same thing at the same moment. Try again.")
            response = problem(conflict, request_id=request_id)
        except ClientDisconnect:
            response = Response(status_code=400)  # nobody hears it
        except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
            log.opt(exception=error).error("rest.failed")
            response = failure(request_id=request_id)
        response.headers.update(headers)
        return response

    async def _serve(self, request: HttpRequest, headers: dict[str, str]) -> Response:
        path = request.scope["path"].removeprefix(BASE)
        method = "GET" if request.method == "HEAD" else request.method
        if path == "/openapi.json":
            return _plain(method, {"GET"}, headers) or _json(200, self._document())
        methods, parameters = self._match(path)
        response = _plain(method, set(methods), headers)
        if response is not None:
            return response
        request.state.operation = methods[method].name
        return await _run(request, methods[method], parameters, headers)

    def _match(self, path: str) -> tuple[Mapping[str, Operation], dict[str, str]]:
        for pattern, methods in self._paths:
            if found := pattern.match(path):
                return methods, found.groupdict()
        raise NotFound("There is nothing at this address. The API is described at openapi.json.")


def _plain(method: str, methods: set[str], headers: dict[str, str]) -> Response | None:
    """Answer what needs no operation: which methods there are, and that this is none of them.

    Raises:
        MethodUnknown: this is none of them.
    """
    if method in methods:
        return None
    allowed = {*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    headers["allow"] = ", ".join(sorted(allowed))
    if method == "OPTIONS":
        return Response(status_code=204)
    raise MethodUnknown(f"This address takes {headers['allow']}.")


async def _run(
    request: HttpRequest,
    operation: Operation,
    parameters: dict[str, str],
    headers: dict[str, str],
) -> Response:
    program = await _authenticated(request, headers)
    origin = _origin(request, program)
    actor = program.acting(operation.scope, origin=origin)
    await rates.spend_on(operation, program)
    query = query_of(request, operation)
    raw, body = await body_of(request, operation)
    reservation = await once.reserve(request, operation, program, raw)
    if reservation is not None and reservation.answer is not None:
        headers["idempotent-replayed"] = "true"
        answer = reservation.answer
        return _json(answer["status"], _bytes(answer["body"]))
    try:
        prepared = None
        if operation.prepare is not None:
            prepared = await operation.prepare(Preparation(actor, parameters, body))
        asked = {"path": parameters, "query": query, "body": body, "prepared": prepared}
        return await _act(bearer_of(request), operation, asked, origin, reservation)
    except BaseException:
        await once.release(reservation)
        raise


async def _act(
    token: str,
    operation: Operation,
    asked: dict[str, Any],
    origin: Origin,
    reservation: Reservation | None,
) -> Response:
    """Do it, in one transaction with the look at the key and with what is kept of the answer."""
    database = resources.get().database
    opened = database.read() if operation.method == "GET" else database.write()
    async with opened as session:
        now = now_utc()
        program = await program_of(session, token, now=now)
        actor = program.acting(operation.scope, origin=origin)
        result = await operation.handle(Request(session, actor, program, now=now, **asked))
        body = None if result is None else result.model_dump(mode="json")
        if reservation is not None:
            await keep_answer(session, reservation, once.kept(operation, body))
    return _json(operation.status, _bytes(body))


async def _authenticated(request: HttpRequest, headers: dict[str, str]) -> Program:
    """Return who sends a request, and count it.

    Raises:
        KeyRefused: they hold no good key.
        TooOften: they, or whoever tries keys from their address, have asked too often.
    """
    parts, now = resources.get(), now_utc()
    try:
        token = bearer_of(request)
        async with parts.database.read() as session:
            program = await program_of(session, token, now=now)
    except KeyRefused:
        await rates.spend_on_failure(client_address(request, parts.settings))
        headers["www-authenticate"] = CHALLENGE
        raise
    await rates.spend_on_key(program, headers)
    if program.is_due:
        async with parts.database.write() as session:
            await note_key_use(session, program.key_id, now=now)
    return program


def _origin(request: HttpRequest, program: Program) -> Origin:
    return Origin(
        ip_address=client_address(request, resources.get().settings),
        user_agent=request.headers.get("user-agent", ""),
        key_id=program.key_id,
    )


def _bytes(body: Any) -> bytes:
    return b"" if body is None else orjson.dumps(body)


def _json(status: int, body: bytes) -> Response:
    if not body:
        return Response(status_code=status)
    return Response(body, status_code=status, media_type="application/json")
