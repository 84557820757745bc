"""Tells what kind of source a person has pasted, and reads it."""

from core.errors import Invalid
from saas_app.services.intake.curl import looks_like_curl, read_curl
from saas_app.services.intake.openapi import looks_like_openapi, read_openapi
from saas_app.services.intake.proposal import Proposal, SourceKind


def recognise(text: str) -> SourceKind | None:
    """Return the kind of a source, judged cheaply, or None when it is neither.

    Documents often quote curl commands, so they are looked for first.
    """
    if looks_like_openapi(text):
        return "openapi"
    return "curl" if looks_like_curl(text) else None


def read_source(text: str, *, source_url: str | None = None) -> Proposal:
    """Return the proposal for a source of any known kind.

    Args:
        text: the source as pasted, uploaded or fetched.
        source_url: where the text was fetched from; relative addresses in it lead from there.

    Raises:
        Invalid: the source is of no known kind, or cannot be read.
    """
    kind = recognise(text)
    if kind == "openapi":
        return read_openapi(text, source_url=source_url)
    if kind == "curl":
        return read_curl(text)
    raise Invalid(
        "This is neither an OpenAPI document nor a cURL command. Paste a document with an "
        "openapi or swagger key, or a command that starts with curl.",
        field="source",
    )
