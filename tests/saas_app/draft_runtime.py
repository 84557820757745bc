"""A runtime on loopback that answers draft calls as a test tells it to, and notes what came."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def answer(structured: Any, *, status: int = 200, is_error: bool = False) -> dict[str, Any]:
    """Return a tool result as the runtime's draft address writes it."""
    return {
        "resultType": "complete",
        "content": [{"type": "text", "text": "see the structured content"}],
        "structuredContent": structured,
        "isError": is_error,
        "_meta": {
            "toolkiln/exchange": {
                "request": {
                    "method": "GET",
                    "url": "https://api.example.com/cities/7",
                    "headers": [["Authorization", "Bearer ••••"]],
                    "body": None,
                },
                "response": {
                    "status": status,
                    "headers": [["content-type", "application/json; charset=utf-8"]],
                    "bytes": 20,
                    "is_truncated": False,
                    "url": "https://api.example.com/cities/7",
                },
                "duration_ms": 12.5,
            }
        },
    }


@dataclass
class DraftRuntime:
    """What the runtime answers next, and the calls it got."""

    url: str = ""
    reply: Callable[[dict[str, Any]], Any] = lambda _arguments: answer({"id": 7})
    refusal: Response | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)
    hangs: bool = False
    calls: list[dict[str, Any]] = field(default_factory=list)
    called: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    async def handle(self, request: Request) -> Response:
        """Answer one call."""
        message = await request.json()
        self.calls.append(
            {
                "server": request.path_params["server_id"],
                "authorization": request.headers["authorization"],
                "method": message["method"],
                **message["params"],
            }
        )
        self.called.set()
        if self.hangs:
            await self._until_gone(request)
        if self.refusal is not None:
            return self.refusal
        result = self.reply(message["params"].get("arguments") or {})
        return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": result})

    async def check(self, _request: Request) -> Response:
        """Answer what is found in code."""
        return JSONResponse({"problems": self.problems, "schema": None})

    async def _until_gone(self, request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            continue
        self.ended.set()


def refusal(message: str, *, code: str, status: int) -> Response:
    """Return a refusal as the runtime writes it."""
    error = {"code": -32600, "message": message, "data": {"code": code}}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=status)


@contextmanager
def running_runtime() -> Iterator[DraftRuntime]:
    """Serve on a free port of this machine until the block ends."""
    runtime = DraftRuntime()
    draft = "/mcp/{server_id}/draft"
    app = Starlette(
        routes=[
            Route(f"{draft}/mcp", runtime.handle, methods=["POST"]),
            Route(f"{draft}/check", runtime.check, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    started = threading.Event()

    class Announced(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            started.set()

    server.__class__ = Announced
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert started.wait(10)
    port = server.servers[0].sockets[0].getsockname()[1]
    runtime.url = f"http://localhost:{port}"
    try:
        yield runtime
    finally:
        server.should_exit = True
        thread.join(10)
