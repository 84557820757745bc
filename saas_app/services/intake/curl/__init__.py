"""Reads cURL commands, as people paste them, into proposed tools."""

from saas_app.services.intake.curl.read import looks_like_curl, read_curl

__all__ = ["looks_like_curl", "read_curl"]
