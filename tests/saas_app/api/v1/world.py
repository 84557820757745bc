"""An organization worth asking about, keys of every kind to it, and one request per operation."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import jsonschema_rs
import orjson
from sqlmodel import select

from core.clock import now_utc
from core.models import Call, CallerKind, CallStatus, OrganizationKey
from core.permissions import Actor, Origin
from core.tokens import digest_of
from saas_app.api.v1.contract import Operation
from saas_app.api.v1.openapi import document_of
from saas_app.api.v1.table import OPERATIONS
from saas_app.services.key_scopes import SCOPES
from saas_app.services.keys import create_key
from saas_app.services.letters import Letters
from saas_app.services.organization_keys import WantedKey, create_organization_key
from saas_app.services.server_state import pause_server
from saas_app.services.variables import add_variable, set_value
from saas_app.services.versions import publish_version
from tests.cast import NOW, Cast, a_tool, add_tool, make_server

BASE = "/api/v1"
SECRET_VALUE = "hunter2-is-the-value"
NAME = "Weather"
CURL = "curl 'https://api.example.com/cities/5?units=metric'"
DOCUMENT = document_of(OPERATIONS, address="http://localhost:3000/api/v1")
BY_NAME = {operation.name: operation for operation in OPERATIONS}


@dataclass(frozen=True, slots=True)
class Example:
    """What to send so that an operation succeeds; `{…}` is filled from the world."""

    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    server: str = "server_id"


EXAMPLES: dict[str, Example] = {
    "read_this_key": Example(),
    "list_server_keys": Example(),
    "create_server_key": Example(body={"name": "CI", "lifetime_days": 30}),
    "revoke_server_key": Example(),
    "list_servers": Example(),
    "create_server": Example(body={"name": "Kilns", "description": "They are hot."}),
    "read_server": Example(),
    "change_server": Example(body={"name": "Climate"}),
    "delete_server": Example(query={"confirm": NAME}),
    "pause_server": Example(body={}),
    "resume_server": Example(server="paused_id"),
    "import_source": Example(body={"source": CURL, "name": "Imported"}),
    "list_tools": Example(),
    "read_tool": Example(),
    "write_tool": Example(body=a_tool("get_city").model_dump(mode="json")),
    "switch_tool": Example(body={"is_enabled": False}),
    "delete_tool": Example(),
    "list_variables": Example(),
    "add_variable": Example(body={"name": "REGION", "is_secret": False, "value": "eu"}),
    "set_value": Example(body={"value": "another"}),
    "clear_value": Example(),
    "delete_variable": Example(),
    "list_versions": Example(),
    "read_version": Example(),
    "publish_version": Example(body={"note": "From a pipeline"}),
    "roll_back": Example(),
    "list_calls": Example(query={"status": "ok"}),
    "list_members": Example(),
    "read_member": Example(),
    "change_role": Example(body={"role": "viewer"}),
    "remove_member": Example(),
}


@dataclass(frozen=True, slots=True)
class World:
    """What there is to ask about, and somebody to ask."""

    parts: Any
    cast: Cast
    client: httpx2.AsyncClient
    fills: dict[str, str]

    async def key(
        self, *scopes: str, maker: Actor | None = None, lifetime: str = "30"
    ) -> tuple[str, UUID]:
        """Make a key of the maker's organization; return the token and the id."""
        actor = replace(maker or self.cast.alice, origin=Origin(is_fresh=True))
        letters = Letters(self.parts.sealer, "http://localhost:3000")
        wanted = WantedKey(f"Key {uuid4().hex[:6]}", scopes or tuple(SCOPES), lifetime)
        async with self.parts.database.write() as session:
            made = await create_organization_key(
                session, actor, wanted, letters=letters, now=now_utc()
            )
        return made.token, made.summary.id

    async def ask(
        self, operation: Operation | str, token: str = "", **changes: Any
    ) -> httpx2.Response:
        """Send an operation's example; `headers`, `body`, `query` and `fills` change it."""
        operation = BY_NAME[operation] if isinstance(operation, str) else operation
        example = EXAMPLES[operation.name]
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = changes.get("body", example.body)
        if body is not None:
            headers["content-type"] = "application/json"
        return await self.client.request(
            operation.method,
            self.address(operation, **changes.get("fills", {})),
            params=changes.get("query", example.query),
            content=orjson.dumps(body) if body is not None else None,
            headers=headers | changes.get("headers", {}),
        )

    def address(self, operation: Operation, **fills: str) -> str:
        """Return the address of an operation's example."""
        server = self.fills[EXAMPLES[operation.name].server]
        return BASE + operation.path.format(**{**self.fills, "server_id": server, **fills})


async def make_world(parts: Any, cast: Cast, client: httpx2.AsyncClient) -> World:
    """Write a server with two versions and a changed draft, and another one that is paused."""
    alice = cast.alice
    async with parts.database.write() as session:
        server = await make_server(session, alice, name=NAME)
        await add_tool(session, server.id, a_tool("get_city"))
        await publish_version(session, alice, server.id, note="First", now=NOW)
        await add_tool(session, server.id, a_tool("get_town"))
        await publish_version(session, alice, server.id, note="Second", now=NOW)
        await add_tool(session, server.id, a_tool("get_village"))
        variable = await add_variable(
            session, alice, server.id, definition={"name": "API_KEY"}, now=NOW
        )
        await session.flush()
        place = (server.id, variable.id)
        await set_value(session, alice, place, value=SECRET_VALUE, sealer=parts.sealer, now=NOW)
        key = await create_key(
            session,
            replace(alice, origin=Origin(is_fresh=True)),
            server.id,
            name="Old",
            lifetime="never",
            now=NOW,
        )
        paused = await make_server(session, alice, name="Paused")
        await pause_server(session, alice, paused.id, now=NOW)
        session.add_all(a_call(server.id, minutes=minutes) for minutes in range(3))
    fills = {
        "server_id": str(server.id),
        "paused_id": str(paused.id),
        "tool_name": "get_city",
        "variable_name": "API_KEY",
        "number": "1",
        "key_id": str(key.summary.id),
        "user_id": str(cast.bob.user_id),
    }
    return World(parts, cast, client, fills)


def a_call(server_id: UUID, *, minutes: int = 0) -> Call:
    """Return a call of some minutes ago."""
    return Call(
        id=uuid4(),
        server_id=server_id,
        version_number=1,
        tool_name="get_city",
        caller_kind=CallerKind.KEY,
        caller="CI",
        status=CallStatus.OK,
        duration_ms=12.5,
        started_at=NOW - timedelta(minutes=minutes),
    )


async def change_key(world: World, token: str, **values: Any) -> None:
    """Change what the row of a key says."""
    async with world.parts.database.write() as session:
        mine = select(OrganizationKey).where(OrganizationKey.token_digest == digest_of(token))
        row = (await session.exec(mine)).one()
        for name, value in values.items():
            setattr(row, name, value)


def problem_in(answer: httpx2.Response) -> dict[str, Any]:
    """Return a refusal, which has the one shape."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    _validator("Problem").validate(problem)
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def require_documented(operation: Operation, answer: httpx2.Response) -> None:
    """Hold an answer against what the document says of it."""
    assert answer.status_code == operation.status, answer.text
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    content = described[str(operation.status)].get("content")
    if content is None:
        assert answer.content == b""
        return
    reference = content["application/json"]["schema"]["$ref"]
    _validator(reference.rpartition("/")[2]).validate(answer.json())


def _validator(name: str) -> Any:
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return jsonschema_rs.validator_for(schema)
