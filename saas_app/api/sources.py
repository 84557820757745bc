"""Takes a source as a file: it may be longer than a message of the websocket."""

from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import Invalid, LimitReached
from core.logs import bind_ids
from core.permissions import Permission
from saas_app import resources
from saas_app.api.holders import actor_in
from saas_app.api.requests import announced_bytes, require_same_origin
from saas_app.services.intake.fetch import MAX_BYTES, as_text
from saas_app.services.intake.proposal import Proposal
from saas_app.services.intakes import READINGS, read_pasted, take_source

ENVELOPE_BYTES = 10_000  # what multipart adds around a file


async def take_file(request: Request) -> Response:
    """Read the file into a proposal, keep it, and answer with its id."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    await _may_make_servers(request)
    text = await _file_of(request)
    return JSONResponse({"intake": str(await _keep(request, await read_pasted(text)))})


async def _may_make_servers(request: Request) -> None:
    """Refuse before a large body is read."""
    parts = resources.get()
    async with parts.database.read() as session:
        actor = await actor_in(request, session)
    bind_ids(organization_id=actor.organization_id)
    actor.require(Permission.SERVER_EDIT)
    await parts.limiter.spend(READINGS, str(actor.user_id), now=now_utc(), field="source")


async def _file_of(request: Request) -> str:
    size = announced_bytes(request.headers)
    if size is None or size > MAX_BYTES + ENVELOPE_BYTES:
        raise LimitReached("A source has at most 20 MB.", field="source")
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("Choose a file.", field="source")
        return as_text(await file.read())


async def _keep(request: Request, proposal: Proposal) -> UUID:
    parts = resources.get()
    async with parts.database.write() as session:
        actor = await actor_in(request, session)
        return await take_source(
            session, actor, proposal, source_url="", sealer=parts.sealer, now=now_utc()
        )


source_routes = [Route("/api/o/{slug}/sources", take_file, methods=["POST"])]
