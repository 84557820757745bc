"""The programs that benchmarks put against each other, each a process of its own on loopback."""

import asyncio
import base64
import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import uvicorn
from fastmcp import FastMCP
from httpx2 import AsyncClient
from pydantic import SecretStr

from core import schema
from core.database import Database
from core.generation import announce_change
from core.models import AccessPolicy, Organization, Server, ServerKey, Version
from core.plans import PlanName
from core.settings import Settings
from core.tokens import KEY_PREFIX, digest_of, new_token, shown_part
from core.tool_spec import PythonTool, ServerSpec, Tool
from saas_app.services.intake.openapi import from_parsed
from sandbox.tools_environment import cache_folder, install
from tests.cast import make_cast, make_server
from tests.product import ROOT, clean_environment
from tests.sandbox.conftest import start_supervisor, stop_supervisor

START_SECONDS = 60.0
PYTHON_SOURCE = """
async def add(a: int, b: int) -> int:
    return a + b
"""
CITY = b'{"id":"oslo","name":"Oslo","country":"NO","population":717710,"tags":["capital","port"]}'


def document(upstream: str) -> dict[str, Any]:
    """Return the OpenAPI document that both sides are made from."""
    city = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "population": {"type": "integer"}},
        "required": ["id", "population"],
    }
    parameters = [
        {"name": "city_id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "fields", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}},
    ]
    answer = {"description": "A city", "content": {"application/json": {"schema": city}}}
    operation = {
        "operationId": "get_city",
        "summary": "Get a city",
        "parameters": parameters,
        "responses": {"200": answer},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Cities", "version": "1"},
        "servers": [{"url": upstream}],
        "paths": {"/cities/{city_id}": {"get": operation}},
    }


async def upstream_app(scope: Any, _receive: Any, send: Any) -> None:
    """Answer every request with the same city, as cheaply as can be."""
    if scope["type"] != "http":
        raise RuntimeError("HTTP only")
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(CITY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": CITY})


def fastmcp_app(upstream: str) -> Any:
    """Return FastMCP's server of the document, in its quickest mode: stateless, plain JSON."""
    client = AsyncClient(base_url=upstream)
    server = FastMCP.from_openapi(document(upstream), client=client)
    return server.http_app(stateless_http=True, json_response=True)


def fastmcp_python_app() -> Any:
    """Return FastMCP's server of the function that is our Python tool, in the same mode."""
    server, names = FastMCP("Cities"), dict[str, Any]()
    exec(PYTHON_SOURCE, names)  # noqa: S102 - our own few lines
    server.tool(names["add"])
    return server.http_app(stateless_http=True, json_response=True)


def serve(kind: str, port: int, upstream: str) -> None:
    """Serve the upstream or FastMCP until told to stop, with the settings that our runtime has."""
    match kind:
        case "upstream":
            app = upstream_app
        case "python":
            app = fastmcp_python_app()
        case _:
            app = fastmcp_app(upstream)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="off" if kind == "upstream" else "on",
        log_level="error",
        access_log=False,
    )


@contextmanager
def uvicorn_process(kind: str, *, upstream: str = "") -> Iterator[str]:
    """Run `serve` as a process; give its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.programs", kind, str(port), upstream]
    with _process(command, port, {}):
        yield f"http://127.0.0.1:{port}"


def imported_tools(upstream: str) -> tuple[Tool, ...]:
    """Return the tools of the document."""
    return tuple(from_parsed(document(upstream)).tools)


def python_tools() -> tuple[Tool, ...]:
    """Return the tool that is a function."""
    number = {"type": "integer"}
    schema = {"type": "object", "properties": {"a": number, "b": number}, "required": ["a", "b"]}
    return (PythonTool(name="add", input_schema=schema, source=PYTHON_SOURCE, function="add"),)


@contextmanager
def supervisor_process(folder: Path) -> Iterator[None]:
    """Run the sandbox supervisor beside a runtime that has its data in the same folder."""
    install(cache_folder(), "full")  # which the plan of the server that is called has
    running = start_supervisor(folder)
    try:
        yield
    finally:
        stop_supervisor(running)


@contextmanager
def runtime_process(
    folder: Path, tools: tuple[Tool, ...], *, upstream: str = ""
) -> Iterator[tuple[str, str]]:
    """Run our runtime as it is run in earnest; give its server's MCP address and a key for it."""
    port = free_port()
    key, allowed = (
        base64.b64encode(secrets.token_bytes(32)).decode(),
        upstream.removeprefix("http://"),
    )
    settings = Settings(
        _env_file=None,  # pyright: ignore[reportCallIssue]
        data_dir=folder,
        runtime_port=port,
        master_key=SecretStr(key),
        egress_allowed_hosts=allowed,
    )
    schema.migrate(settings)
    server_id, token = asyncio.run(_published(settings, tools))
    environment = {
        "DATA_DIR": str(folder),
        "RUNTIME_PORT": str(port),
        "MASTER_KEY": key,
        "EGRESS_ALLOWED_HOSTS": allowed,
    }
    command = [sys.executable, "-m", "mcp_runtime"]
    with _process(command, port, environment, folder=folder):
        yield f"http://127.0.0.1:{port}/mcp/{server_id}/mcp", token


async def _published(settings: Settings, tools: tuple[Tool, ...]) -> tuple[str, str]:
    """Publish tools on a private server of the largest plan; return its id and a key."""
    spec = ServerSpec(name="Cities", tools=tools)
    token, now = new_token(KEY_PREFIX), datetime.now(UTC)
    database = Database(settings)
    async with database.write() as session:
        server: Server = await make_server(session, (await make_cast(session)).alice)
        version = Version(
            server_id=server.id,
            number=1,
            spec=spec.model_dump(mode="json"),
            content_hash=spec.content_hash(),
            contract_hash=spec.contract_hash(),
            created_at=now,
        )
        key = ServerKey(
            server_id=server.id,
            name="Benchmark",
            shown_part=shown_part(token),
            token_digest=digest_of(token),
            created_at=now,
        )
        session.add_all([version, key])
        await session.flush()
        server.live_version_id, server.access_policy = version.id, AccessPolicy.PRIVATE
        (await session.get_one(Organization, server.organization_id)).plan = PlanName.PRO
        await announce_change(session, server)
    await database.close()
    return str(server.id), token


@contextmanager
def _process(
    command: list[str], port: int, environment: Mapping[str, str], *, folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a folder, without the settings of whoever measures."""
    inherited = clean_environment(PYTHONPATH=str(ROOT), **environment)
    with subprocess.Popen(command, cwd=folder, env=inherited) as process:  # noqa: S603
        try:
            _wait_for(port, process)
            yield process
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up_at = monotonic() + START_SECONDS
    while process.poll() is None and monotonic() < give_up_at:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.05)
        else:
            return
    raise RuntimeError(f"{json.dumps(process.args)} did not start")


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
