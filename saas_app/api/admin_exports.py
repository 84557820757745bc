"""People and organizations as files: streamed, with the filters of the page, for admins alone."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from core.admin_access import NOWHERE, Admin, admin_of
from core.clock import now_utc
from core.errors import NotFound, NotFresh
from core.sessions import holder_of
from saas_app import resources
from saas_app.api.cookies import session_token
from saas_app.api.holders import origin_of
from saas_app.services.admin.exports import (
    EXPORTS,
    Sheet,
    batches_of,
    organizations_sheet,
    record_export,
    users_sheet,
)
from saas_app.services.admin.organizations import PLAN_NAMES
from saas_app.services.admin.questions import OrganizationQuestion, UserQuestion
from saas_app.services.spreadsheets import DELIMITERS, as_csv, as_workbook

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILTERS = ("q", "role", "kind", "plan", "standing")


async def export_users(request: Request) -> Response:
    """Send the people that the query asks for."""
    asked = dict(request.query_params)
    return await _send(request, users_sheet(UserQuestion.parse(**asked), now=now_utc()))


async def export_organizations(request: Request) -> Response:
    """Send the organizations that the query asks for."""
    asked = {name: value for name, value in request.query_params.items() if name != "plans"}
    question = OrganizationQuestion.parse(plans=PLAN_NAMES, **asked)
    return await _send(request, organizations_sheet(question, now=now_utc()))


admin_export_routes = [
    Route(f"/api/admin/{name}.{form}", endpoint, methods=["GET"])
    for name, endpoint in (("users", export_users), ("organizations", export_organizations))
    for form in TYPES
]


async def _send(request: Request, sheet: Sheet) -> Response:
    """Stream a sheet in the form that the path names; that it was taken is on the record."""
    parts, now = resources.get(), now_utc()
    form = request.url.path.rpartition(".")[2]

    async def enter(session: AsyncSession) -> Admin:
        return await _admin(request, session)

    async with parts.database.read() as session:
        admin = await enter(session)
    try:
        admin.require_fresh()
    except NotFresh:
        return RedirectResponse(f"/confirm?next={_page(request, sheet)}", status_code=303)
    await parts.limiter.spend(EXPORTS, str(admin.user_id), now=now)
    async with parts.database.write() as session:
        admin = await enter(session)
        admin.require_fresh()
        record_export(session, admin, sheet, form=form, only=_filters(request), now=now)
    return StreamingResponse(
        _file(request, sheet, form, batches_of(sheet, parts.database.read, enter)),
        media_type=TYPES[form],
        headers={
            "content-disposition": f'attachment; filename="{sheet.name}-{now:%Y-%m-%d}.{form}"',
            "cache-control": "no-store",
        },
    )


def _file(
    request: Request, sheet: Sheet, form: str, batches: AsyncIterator[object]
) -> AsyncIterator[bytes]:
    if form == "xlsx":
        return as_workbook(sheet.columns, batches, name=sheet.name)  # pyright: ignore[reportArgumentType]
    delimiter = DELIMITERS.get(request.query_params.get("delimiter", ""), ",")
    return as_csv(sheet.columns, batches, delimiter=delimiter)  # pyright: ignore[reportArgumentType]


async def _admin(request: Request, session: AsyncSession) -> Admin:
    """Return the admin who asks, as they are right now.

    Raises:
        NotFound: it is none; the answer is that of an address where nothing is.
    """
    token = session_token(request, resources.get().settings)
    holder = await holder_of(session, token, now=now_utc())
    if holder is None:
        raise NotFound(NOWHERE)
    return admin_of(holder, origin_of(request, holder))


def _filters(request: Request) -> str:
    """Return the filters in force, for the record."""
    asked = {name: request.query_params.get(name, "")[:200] for name in FILTERS}
    return ", ".join(f"{name}: {value}" for name, value in asked.items() if value)


def _page(request: Request, sheet: Sheet) -> str:
    """Return the page that the file belongs to, to come back to, escaped for a query."""
    asked = {name: request.query_params.get(name, "") for name in FILTERS}
    query = urlencode({name: value for name, value in asked.items() if value})
    address = f"/admin/{sheet.name}" + (f"?{query}" if query else "")
    return urlencode({"": address}, safe="/")[1:]
