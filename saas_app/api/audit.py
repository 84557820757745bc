"""The audit log as a file: streamed, with the filters of the page."""

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from core.audit import record_act
from core.clock import now_utc
from core.permissions import Actor, Permission
from saas_app import resources
from saas_app.api.holders import actor_in
from saas_app.services.audit_log import AUDIT_EXPORTS, AuditQuestion, export_acts


async def export_audit(request: Request) -> Response:
    """Send the acts that the query asks for as CSV; that they were taken is an act as well."""
    parts, now = resources.get(), now_utc()
    question = AuditQuestion(
        **{name: request.query_params.get(name, "") for name in AuditQuestion.__slots__}
    )

    async def enter(session: AsyncSession) -> Actor:
        actor = await actor_in(request, session)
        actor.require(Permission.AUDIT_VIEW)
        return actor

    async with parts.database.read() as session:
        actor = await enter(session)
    await parts.limiter.spend(AUDIT_EXPORTS, str(actor.user_id), now=now)
    async with parts.database.write() as session:
        actor = await enter(session)
        record_act(session, actor, "audit.exported", subject=actor.organization_id, now=now)
    return StreamingResponse(
        export_acts(parts.database.read, enter, question),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="audit-{now:%Y-%m-%d}.csv"',
            "cache-control": "no-store",
        },
    )


audit_routes = [Route("/api/o/{slug}/audit.csv", export_audit, methods=["GET"])]
