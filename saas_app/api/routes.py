"""All routes of the API, and how it answers refusals."""

from starlette.applications import Starlette

from core.errors import DomainError
from saas_app.api.audit import audit_routes
from saas_app.api.auth import auth_routes
from saas_app.api.consent import consent_routes
from saas_app.api.errors import admit_failure, refuse
from saas_app.api.health import health_routes
from saas_app.api.sources import source_routes
from saas_app.api.v1.routes import rest_routes


def make_api() -> Starlette:
    """Return a new app: Reflex mounts itself under it, so one can be used only once."""
    return Starlette(
        routes=[
            *audit_routes,
            *auth_routes,
            *consent_routes,
            *health_routes,
            *rest_routes(),
            *source_routes,
        ],
        exception_handlers={DomainError: refuse, Exception: admit_failure},
    )
