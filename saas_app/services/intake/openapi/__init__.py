"""OpenAPI documents (2.0, 3.0, 3.1) as proposed tools; pure functions of the text."""

from saas_app.services.intake.openapi.importer import from_parsed, read_openapi
from saas_app.services.intake.openapi.reading import looks_like_openapi

__all__ = ["from_parsed", "looks_like_openapi", "read_openapi"]
