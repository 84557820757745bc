"""Health (the process answers) and readiness (what it needs answers too)."""

import asyncio
from collections.abc import Awaitable

import httpx2
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.schema import is_current
from saas_app import resources

SECONDS = 3


async def health(_request: Request) -> Response:
    """Say that this process answers."""
    return JSONResponse({"status": "ok"})


async def ready(_request: Request) -> Response:
    """Say whether database, schema and runtime are there; 503 when one is not."""
    schema, runtime = await asyncio.gather(
        _in_time(_schema_is_current()), _in_time(_runtime_answers())
    )
    checks = {"database": schema is not None, "schema": schema is True, "runtime": runtime is True}
    is_ready = all(checks.values())
    return JSONResponse(
        {"status": "ready" if is_ready else "not_ready", "checks": checks},
        status_code=200 if is_ready else 503,
    )


health_routes = [
    Route("/api/health", health, methods=["GET"]),
    Route("/api/ready", ready, methods=["GET"]),
]


async def _in_time(check: Awaitable[bool]) -> bool | None:
    """Return what a check finds, or None when it fails or takes too long."""
    try:
        return await asyncio.wait_for(check, SECONDS)
    except (TimeoutError, OSError, SQLAlchemyError, httpx2.HTTPError):
        return None


async def _schema_is_current() -> bool:
    return await is_current(resources.get().database)


async def _runtime_answers() -> bool:
    async with httpx2.AsyncClient(timeout=SECONDS) as client:
        answer = await client.get(f"{resources.get().settings.runtime_direct_url}/health")
    return answer.status_code == 200
