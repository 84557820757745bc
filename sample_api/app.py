"""The studio over HTTP. Reading is free; booking wants the key of the document's example."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sample_api.document import document
from sample_api.studio import GLAZES, KILNS, Studio, what_is_wrong

KEY = "studio-key"
Endpoint = Callable[[Request], Awaitable[Response]]


def make_app(address: str) -> Starlette:
    """Return a studio that says it lives at `address`."""
    app = Starlette(
        routes=[
            Route("/openapi.json", _document),
            Route("/v1/kilns", _kilns),
            Route("/v1/kilns/{kiln_id}", _kiln),
            Route("/v1/glazes", _glazes),
            Route("/v1/firings", _firings),
            Route("/v1/firings", _with_key(_book), methods=["POST"]),
            Route("/v1/firings/{number:int}", _firing),
            Route("/v1/firings/{number:int}", _with_key(_change), methods=["PATCH"]),
            Route("/v1/firings/{number:int}", _with_key(_cancel), methods=["DELETE"]),
        ]
    )
    app.state.studio, app.state.address = Studio(), address
    return app


async def _document(request: Request) -> Response:
    return JSONResponse(document(request.app.state.address))


async def _kilns(request: Request) -> Response:
    fuel = request.query_params.get("fuel", "")
    return JSONResponse({"kilns": [kiln for kiln in KILNS if fuel in ("", kiln["fuel"])]})


async def _kiln(request: Request) -> Response:
    found = [kiln for kiln in KILNS if kiln["id"] == request.path_params["kiln_id"]]
    return JSONResponse(found[0]) if found else _problem(404, "There is no such kiln.")


async def _glazes(request: Request) -> Response:
    wanted = set(request.query_params.getlist("tag"))
    only_safe = request.query_params.get("food_safe") == "true"
    found = [
        glaze
        for glaze in GLAZES
        if wanted <= set(_tags(glaze)) and (glaze["is_food_safe"] or not only_safe)
    ]
    return JSONResponse({"glazes": found})


async def _firings(request: Request) -> Response:
    asked = request.query_params
    limit = asked.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        return _problem(422, "limit is a number from 1 to 100.")
    statuses = [status for status in asked.get("status", "").split(",") if status]
    studio: Studio = request.app.state.studio
    found = studio.find(kiln_id=asked.get("kiln_id", ""), statuses=statuses, limit=int(limit))
    return JSONResponse({"firings": found, "total": len(found)})


async def _firing(request: Request) -> Response:
    firing = request.app.state.studio.firings.get(request.path_params["number"])
    return JSONResponse(firing) if firing else _problem(404, "There is no such firing.")


async def _book(request: Request) -> Response:
    asked = await _asked(request)
    if problems := what_is_wrong(asked):
        return _problem(422, "That firing cannot be booked.", problems)
    return JSONResponse(request.app.state.studio.book(asked), status_code=201)


async def _change(request: Request) -> Response:
    firing = request.app.state.studio.firings.get(request.path_params["number"])
    if firing is None:
        return _problem(404, "There is no such firing.")
    changed = {**firing, **(await _asked(request)), "id": firing["id"]}
    if problems := what_is_wrong(changed):
        return _problem(422, "That firing cannot be changed so.", problems)
    request.app.state.studio.firings[firing["id"]] = changed
    return JSONResponse(changed)


async def _cancel(request: Request) -> Response:
    gone = request.app.state.studio.firings.pop(request.path_params["number"], None)
    return Response(status_code=204) if gone else _problem(404, "There is no such firing.")


def _with_key(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        if request.headers.get("x-studio-key") != KEY:
            return _problem(401, "Send the studio's key in X-Studio-Key.")
        return await endpoint(request)

    return guarded


async def _asked(request: Request) -> dict[str, Any]:
    try:
        asked = await request.json()
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _tags(glaze: dict[str, Any]) -> list[str]:
    return glaze["tags"]


def _problem(status: int, title: str, fields: dict[str, str] | None = None) -> Response:
    body = {"title": title, "status": status, **({"fields": fields} if fields else {})}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")
