"""The copy of one's own data as a download."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import DomainError, NotFresh, SignedOut
from saas_app import resources
from saas_app.api.holders import back_to, holder_in, origin_of
from saas_app.services.account_export import fetch_export

PAGE = "/account/data"


async def download_export(request: Request) -> Response:
    """Lead the browser to the file, whose address is good for an hour; or back to the page."""
    parts = resources.get()
    try:
        holder = await holder_in(request)
        async with parts.database.write() as session:
            address = await fetch_export(
                session,
                parts.storage,
                holder.user_id,
                origin=origin_of(request, holder),
                now=now_utc(),
            )
    except SignedOut:
        return _to(f"/sign-in?next={PAGE}")
    except NotFresh:
        return _to(f"/confirm?next={PAGE}")
    except DomainError as error:
        return back_to(PAGE, error)
    return _to(address)


account_routes = [Route("/api/account/export", download_export, methods=["GET"])]


def _to(address: str) -> Response:
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return RedirectResponse(address, status_code=303, headers=headers)
