"""Whether the process is alive, and whether it should be given work."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.schema import is_current
from mcp_runtime.resources import Resources
from mcp_runtime.tool_runner.sandbox.client import SandboxClient, SandboxUnavailable

FRESH_SECONDS = 5.0
SANDBOX_FACTS = ("state", "tier", "limits", "probe", "reason", "remedy", "tested")


class Health:
    """The two questions of whoever runs the process."""

    def __init__(
        self, resources: Resources, sandbox: SandboxClient, *, is_draining: Callable[[], bool]
    ) -> None:
        self._resources = resources
        self._sandbox = sandbox
        self._is_draining = is_draining
        self._schema_fits = False
        self._lock = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Return `/health` and `/ready`."""
        return [Route("/health", self._health), Route("/ready", self._ready)]

    async def _health(self, _request: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})

    async def _ready(self, _request: Request) -> JSONResponse:
        checks = {
            "database": self._resources.catalog.seconds_since_poll < FRESH_SECONDS,
            "schema": await self._has_fitting_schema(),
            "serving": not self._is_draining(),
        }
        is_ready = all(checks.values())
        body = {
            "status": "ready" if is_ready else "not ready",
            "checks": checks,
            "python_tools": await self._python_tools(),
        }
        headers = {"Cache-Control": "no-store"}
        return JSONResponse(body, status_code=200 if is_ready else 503, headers=headers)

    async def _python_tools(self) -> Mapping[str, Any]:
        """Say how the sandbox is. Without one the process is ready all the same: HTTP tools run."""
        try:
            status = await self._sandbox.status()
        except SandboxUnavailable:
            return {"state": "not running"}
        return {name: status[name] for name in SANDBOX_FACTS if status.get(name)}

    async def _has_fitting_schema(self) -> bool:
        """Whether the schema was at this code's revision once.

        Later it may be ahead: a newer release migrates while this one still serves.
        """
        async with self._lock:
            if not self._schema_fits:
                try:
                    self._schema_fits = await is_current(self._resources.database)
                except (SQLAlchemyError, OSError):
                    return False
            return self._schema_fits
