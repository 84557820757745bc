"""The composition root of the web app."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx

from core.logs import log, set_up_logs
from core.observability import set_up_observability
from core.settings import load_settings
from saas_app import resources
from saas_app.api.routes import make_api
from saas_app.components.head import head
from saas_app.components.wraps import app_wraps
from saas_app.page_routes.account import add_account_pages
from saas_app.page_routes.admin import add_admin_pages
from saas_app.page_routes.development import add_development_pages
from saas_app.page_routes.doors import add_door_pages
from saas_app.page_routes.front import add_public_pages
from saas_app.page_routes.organization import add_organization_pages
from saas_app.state.guard import SessionGuard
from saas_app.state.sockets import SocketWatch


def _log_failure(exception: Exception) -> None:
    """Keep the trace of what no marker caught: a failure between handlers."""
    log.opt(exception=exception).error("event.failed")


def _log_page_failure(exception: Exception) -> None:
    """Note that a page failed in a browser; only the kind, since anybody can send the words."""
    kind = re.match(r"[A-Za-z]{3,30}Error\b", str(exception))
    log.error("page.failed", kind=kind.group() if kind else "unknown")


@asynccontextmanager
async def _with_resources() -> AsyncIterator[None]:
    """Let go of what the process has opened when it ends."""
    yield
    await resources.get().close()


def make_app() -> rx.App:
    """Put the web app together."""
    settings = load_settings()
    set_up_logs(settings, program="web")
    set_up_observability(settings, program="web")
    app = rx.App(
        stylesheets=["theme.css"],
        head_components=head(),
        html_lang="en",
        toaster=None,
        app_wraps=app_wraps(),
        api_transformer=make_api(),
        backend_exception_handler=_log_failure,
        frontend_exception_handler=_log_page_failure,
    )
    watch = SocketWatch()
    app.add_middleware(SessionGuard(watch))
    app.register_lifespan_task(watch.run, app=app)
    app.register_lifespan_task(_with_resources)
    add_public_pages(app, settings.web_url)
    add_door_pages(app)
    add_account_pages(app)
    add_admin_pages(app)
    add_organization_pages(app, has_sample_api=not settings.is_production)
    if not settings.is_production:
        add_development_pages(app)
    return app


app = make_app()
