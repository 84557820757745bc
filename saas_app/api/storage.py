"""Serves the signed addresses of the embedded store, with headers that make nothing run."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import DomainError, Invalid, LimitReached, NotFound
from saas_app import resources
from saas_app.services.storage import Allowed, Storage

MOST_BYTES = 200 * 1024 * 1024
# Whatever is stored is looked at as a picture or downloaded; it is never a page of ours.
SAFE = {
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "private, max-age=3600",
}
SHOWN = frozenset({"image/png", "image/webp", "image/jpeg"})


class WrongUpload(DomainError):
    """What was sent is not what the address was signed for."""

    code = "wrong_upload"
    status = 400


async def read(request: Request) -> Response:
    """Send a file to whoever holds its address."""
    storage, allowed = _allowed(request)
    found = await storage.get(allowed.key, most_bytes=MOST_BYTES)
    if found is None:
        raise NotFound("There is no such file.")
    headers = dict(SAFE)
    if allowed.file_name or found.content_type not in SHOWN:
        name = quote(allowed.file_name or allowed.key.rsplit("/", 1)[-1])
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{name}"
    return Response(found.content, media_type=found.content_type, headers=headers)


async def write(request: Request) -> Response:
    """Take a file of exactly the type and size that its address was signed for."""
    storage, allowed = _allowed(request)
    if request.headers.get("content-type", "") != allowed.content_type:
        raise WrongUpload("The file is of another type than was announced.")
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > allowed.size_bytes:
            raise LimitReached("The file is larger than was announced.")
    if len(content) != allowed.size_bytes:
        raise Invalid("The file is shorter than was announced.")
    await storage.put(allowed.key, content, content_type=allowed.content_type)
    return Response(status_code=200)


storage_routes = [
    Route("/storage/{key:path}", read, methods=["GET"]),
    Route("/storage/{key:path}", write, methods=["PUT"]),
]


def _allowed(request: Request) -> tuple[Storage, Allowed]:
    storage = resources.get().storage
    key = request.path_params["key"]
    method = "GET" if request.method == "HEAD" else request.method
    return storage, storage.allowed(method, key, dict(request.query_params))
