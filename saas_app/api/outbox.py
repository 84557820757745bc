"""Messages and templates as documents for the frames of the development pages."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import NotFound
from core.ids import as_uuid
from core.sessions import SignedIn, holder_of
from saas_app import resources
from saas_app.api.cookies import session_token
from saas_app.api.requests import client_address
from saas_app.services.mail import open_mail
from saas_app.services.mail.catalog import TEMPLATES
from saas_app.services.mail.outbox import mail_of
from saas_app.services.mail.readers import Visitor, mail_readable_by
from saas_app.services.mail.rendering import render
from saas_app.services.mail.viewing import FRAME_POLICY, as_theme, in_frame

HEADERS = {
    "content-security-policy": FRAME_POLICY,
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


async def show_mail(request: Request) -> Response:
    """Answer with a message of the outbox, as its receiver would see it."""
    parts = resources.get()
    readable = await _readable(request)
    async with parts.database.read() as session:
        mail = await mail_of(session, as_uuid(request.path_params["mail_id"]), to=readable)
    written = open_mail(mail, parts.sealer, web_url=parts.settings.web_url)
    return _framed(request, written.html)


async def show_template(request: Request) -> Response:
    """Answer with a template, filled with made-up values."""
    await _readable(request)
    template = TEMPLATES.get(request.path_params["template"])
    if template is None:
        raise NotFound("There is no such template.")
    web_url = resources.get().settings.web_url
    return _framed(request, render(template.name, template.sample, web_url=web_url).html)


outbox_routes = [
    Route("/api/dev/mail/{mail_id}", show_mail),
    Route("/api/dev/mail-templates/{template}", show_template),
]


def visitor_of(request: Request, holder: SignedIn | None = None) -> Visitor:
    """Return who asks a development page for something, and how the request came."""
    settings = resources.get().settings
    return Visitor(
        ip_address=client_address(request, settings),
        host=request.headers.get("host", ""),
        is_forwarded=not settings.trusted_proxy_hops
        and ("x-forwarded-for" in request.headers or "forwarded" in request.headers),
        holder=holder,
    )


async def _readable(request: Request) -> str | None:
    parts = resources.get()
    async with parts.database.read() as session:
        holder = await holder_of(session, session_token(request, parts.settings), now=now_utc())
    return mail_readable_by(visitor_of(request, holder), parts.settings)


def _framed(request: Request, html: str) -> Response:
    theme = as_theme(request.query_params.get("theme", ""))
    return HTMLResponse(in_frame(html, theme=theme), headers=HEADERS)
