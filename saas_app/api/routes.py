"""All routes of the API, and how it answers refusals."""

from starlette.applications import Starlette

from core.errors import DomainError
from core.settings import load_settings
from saas_app.api.account import account_routes
from saas_app.api.admin_exports import admin_export_routes
from saas_app.api.audit import audit_routes
from saas_app.api.auth import auth_routes
from saas_app.api.confirm import confirm_routes
from saas_app.api.consent import consent_routes
from saas_app.api.errors import admit_failure, refuse
from saas_app.api.google import google_routes
from saas_app.api.health import Health
from saas_app.api.impersonation import impersonation_routes
from saas_app.api.local_identity import local_identity_routes
from saas_app.api.outbox import outbox_routes
from saas_app.api.passkeys import passkey_routes
from saas_app.api.passwords import password_routes
from saas_app.api.sources import source_routes
from saas_app.api.storage import storage_routes
from saas_app.api.v1.routes import rest_routes
from saas_app.api.verify import verify_routes


def make_api() -> Starlette:
    """Return a new app: Reflex mounts itself under it, so one can be used only once."""
    routes = [
        *account_routes,
        *admin_export_routes,
        *audit_routes,
        *auth_routes,
        *confirm_routes,
        *consent_routes,
        *google_routes,
        *Health().routes(),
        *impersonation_routes,
        *outbox_routes,
        *passkey_routes,
        *password_routes,
        *rest_routes(),
        *source_routes,
        *storage_routes,
        *verify_routes,
    ]
    if not load_settings().is_production:
        routes += local_identity_routes
    return Starlette(
        routes=routes,
        exception_handlers={DomainError: refuse, Exception: admit_failure},
    )
