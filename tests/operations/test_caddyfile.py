"""A real Caddy, with the file that production uses, in front of two stand-ins."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from tests.product import free_ports

ROOT = Path(__file__).parent.parent.parent
SERVER = "/mcp/5f0c7d9e-0000-4000-8000-000000000000"


@contextmanager
def stand_in(name: str) -> Iterator[str]:
    """Serve a program that tells its name and how many hops it sees, and yield host:port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hops = self.headers.get("X-Forwarded-For", "").split(",")
            body = json.dumps({"program": name, "hops": len(hops)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Caddy's address."""
    folder = tmp_path_factory.mktemp("caddy")
    (port,) = free_ports(1)
    with stand_in("web") as web, stand_in("runtime") as runtime:
        text = (ROOT / "Caddyfile").read_text()
        text = text.replace("web:3000", web)
        text = text.replace("runtime:8800", runtime)
        text = text.replace("{\n\temail", "{\n\tadmin off\n\temail", 1)
        (folder / "Caddyfile").write_text(text)
        caddy = Path(sys.executable).parent / "caddy"
        process = subprocess.Popen(
            [caddy, "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"],
            env={
                "DOMAIN": f"http://127.0.0.1:{port}",
                "ACME_EMAIL": "ops@example.com",
                "HOME": str(folder),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            yield wait_for(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            output, _ = process.communicate(timeout=10)
            (folder / "log").write_bytes(output)


def wait_for(url: str) -> str:
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx2.get(url)
        except httpx2.TransportError:
            assert time.monotonic() < deadline, "Caddy did not start."
            time.sleep(0.1)
        else:
            return url


@pytest.mark.parametrize(
    ("path", "program"),
    [
        (f"{SERVER}/mcp", "runtime"),
        (f"{SERVER}/oauth/token", "runtime"),
        (f"/.well-known/oauth-protected-resource{SERVER}/mcp", "runtime"),
        (f"/.well-known/oauth-authorization-server{SERVER}", "runtime"),
        (f"/.well-known/openid-configuration{SERVER}", "runtime"),
        ("/", "web"),
        ("/connect?request=abc", "web"),
        ("/api/auth/sign-in", "web"),
        ("/.well-known/security.txt", "web"),
        ("/mcpx", "web"),
    ],
)
def test_each_path_reaches_its_program(address, path, program):
    answer = httpx2.get(f"{address}{path}", headers={"X-Forwarded-For": "203.0.113.9"})
    assert json.loads(answer.text) == {"program": program, "hops": 1}
