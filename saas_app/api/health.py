"""Health (the process answers) and readiness (what it needs answers too)."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from time import monotonic

import httpx2
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.schema import is_current
from saas_app import resources

SECONDS = 3
FRESH_SECONDS = 1.0


class Health:
    """The two questions of whoever runs the process.

    Anybody may ask, so what is looked up is kept for a moment, however many do.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._checks: dict[str, bool] = {}
        self._looked_at = float("-inf")
        self._schema_fits = False
        self._tls: ssl.SSLContext | None = None

    def routes(self) -> list[Route]:
        """Return `/api/health` and `/api/ready`."""
        return [
            Route("/api/health", self._health, methods=["GET"]),
            Route("/api/ready", self._ready, methods=["GET"]),
        ]

    async def _health(self, _request: Request) -> Response:
        """Say that this process answers."""
        return JSONResponse({"status": "ok"})

    async def _ready(self, _request: Request) -> Response:
        """Say whether database, schema and runtime are there; 503 when one is not."""
        async with self._lock:
            if self._clock() - self._looked_at >= FRESH_SECONDS:
                self._checks = await self._look()
                self._looked_at = self._clock()
            checks = self._checks
        is_ready = all(checks.values())
        return JSONResponse(
            {"status": "ready" if is_ready else "not_ready", "checks": checks},
            status_code=200 if is_ready else 503,
        )

    async def _look(self) -> dict[str, bool]:
        """Look whether all is there.

        The schema counts once it was at this code's revision. Later it may be ahead: a newer
        release migrates while this one still serves.
        """
        schema, runtime = await asyncio.gather(
            _in_time(is_current(resources.get().database)), _in_time(self._runtime_answers())
        )
        self._schema_fits = self._schema_fits or schema is True
        return {
            "database": schema is not None,
            "schema": self._schema_fits,
            "runtime": runtime is True,
        }

    async def _runtime_answers(self) -> bool:
        self._tls = self._tls or ssl.create_default_context()  # reading certificates takes long
        async with httpx2.AsyncClient(timeout=SECONDS, verify=self._tls) as client:
            answer = await client.get(f"{resources.get().settings.runtime_direct_url}/health")
        return answer.status_code == 200


async def _in_time(check: Awaitable[bool]) -> bool | None:
    """Return what a check finds, or None when it fails or takes too long."""
    try:
        return await asyncio.wait_for(check, SECONDS)
    except (TimeoutError, OSError, SQLAlchemyError, httpx2.HTTPError):
        return None
