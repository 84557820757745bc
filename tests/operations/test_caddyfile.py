"""A real Caddy, with the file that production uses, in front of two stand-ins, and its log."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.product import free_ports

ROOT = Path(__file__).parent.parent.parent
SECRET = "hunter2-in-an-address"
GONE = "/.well-known/openid-configuration/mcp/gone"  # nobody answers there
SERVER = "/mcp/5f0c7d9e-0000-4000-8000-000000000000"


@contextmanager
def stand_in(name: str) -> Iterator[str]:
    """Serve a program that tells its name and how many hops it sees, and yield host:port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hops = self.headers.get("X-Forwarded-For", "").split(",")
            body = json.dumps({"program": name, "hops": len(hops)}).encode()
            self.send_response(303 if "leads" in self.path else 200)
            if "leads" in self.path:
                self.send_header("Location", f"https://client.example/back?code={SECRET}")
                self.send_header("Set-Cookie", f"session={SECRET}")
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


@dataclass(frozen=True, slots=True)
class Caddy:
    """A running Caddy."""

    address: str
    log: Path

    def lines(self, *, after: int, about: str, at_least: int) -> list[dict[str, Any]]:
        """Wait for what Caddy logs about a path behind a place in its log, and return it."""
        deadline = time.monotonic() + 10
        while True:
            text = self.log.read_text()[after:]
            lines = [json.loads(line) for line in text.splitlines(True) if line.endswith("\n")]
            found = [line for line in lines if about in line.get("request", {}).get("uri", "")]
            if len(found) >= at_least:
                return found
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caddy]:
    """Caddy with two stand-ins behind it."""
    folder = tmp_path_factory.mktemp("caddy")
    (port, nobody) = free_ports(2)
    with stand_in("web") as web, stand_in("runtime") as runtime:
        text = (ROOT / "Caddyfile").read_text()
        text = text.replace("web:3000", web)
        text = text.replace("runtime:8800", runtime)
        text = text.replace("{\n\temail", "{\n\tadmin off\n\temail", 1)
        gone = f"\thandle {GONE} {{\n\t\treverse_proxy 127.0.0.1:{nobody}\n\t}}\n"
        text = text.replace("\thandle @mcp", f"{gone}\thandle @mcp", 1)
        (folder / "Caddyfile").write_text(text)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    Path(sys.executable).parent / "caddy",
                    *("run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"),
                ],
                env={
                    "DOMAIN": f"http://127.0.0.1:{port}",
                    "ACME_EMAIL": "ops@example.com",
                    "HOME": str(folder),
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Caddy(wait_for(f"http://127.0.0.1:{port}"), folder / "log")
        finally:
            process.terminate()
            process.wait(10)


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
def test_each_path_reaches_its_program(caddy, path, program):
    answer = httpx2.get(f"{caddy.address}{path}", headers={"X-Forwarded-For": "203.0.113.9"})
    assert json.loads(answer.text) == {"program": program, "hops": 1}


@pytest.mark.parametrize(
    "path",
    [
        f"{SERVER}/oauth/callback?consent={SECRET}",
        f"{SERVER}/oauth/authorize?client_id=a&state={SECRET}&login_hint={SECRET}",
        f"/connect?request={SECRET}",
        f"/sign-in?next=/connect%3Frequest%3D{SECRET}",
        f"/leads?code={SECRET}",
        f"/anything?{SECRET}",
        f"{GONE}?code={SECRET}",
    ],
)
def test_nothing_secret_is_logged(caddy, path):
    headers = {
        "Authorization": f"Bearer {SECRET}",
        "Cookie": f"session={SECRET}",
        "Referer": f"https://kiln.example/connect?request={SECRET}",
        "X-Api-Key": SECRET,
    }
    before, is_gone = len(caddy.log.read_text()), path.startswith(GONE)
    httpx2.get(f"{caddy.address}{path}", headers=headers)
    about = path.partition("?")[0]
    lines = caddy.lines(after=before, about=about, at_least=2 if is_gone else 1)
    assert SECRET not in caddy.log.read_text()
    (access,) = (line for line in lines if line["logger"].startswith("http.log.access"))
    assert access["request"]["uri"] == about
    assert access["request"]["method"] == "GET"
    assert access["status"] == (502 if is_gone else 303 if "leads" in path else 200)
