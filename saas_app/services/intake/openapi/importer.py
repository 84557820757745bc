"""From an OpenAPI document of any version to a proposal that accounts for every operation."""

import re
from typing import Any
from urllib.parse import urlsplit

from core.errors import Invalid
from saas_app.services.intake.names import variable_name
from saas_app.services.intake.openapi.document import (
    CannotConvert,
    Dialect,
    Document,
    as_object,
    as_text,
)
from saas_app.services.intake.openapi.findings import Findings
from saas_app.services.intake.openapi.operations import Operation, ToolMaker, operations_of
from saas_app.services.intake.openapi.reading import parse
from saas_app.services.intake.openapi.wording import MAX_TOOL_DESCRIPTION, shortened
from saas_app.services.intake.proposal import Proposal

MAX_NAME = 80
_MAX_PREFIX = 24
# Words of a title that tell nothing about whose API it is.
_FILLERS = (
    frozenset(
        (
            "A",
            "AN",
            "AND",
            "FOR",
            "OF",
            "THE",
            "TO",
            "API",
            "APIS",
            "REST",
            "RESTFUL",
            "HTTP",
            "WEB",
        )
    )
    | frozenset(
        ("OPEN", "OPENAPI", "SWAGGER", "SPEC", "SPECIFICATION", "DOCUMENTATION", "REFERENCE")
    )
    | frozenset(("OFFICIAL", "PUBLIC", "SERVICE", "SERVICES"))
)


def read_openapi(text: str, *, source_url: str | None = None) -> Proposal:
    """Turn the text of a document (JSON or YAML; OpenAPI 2.0, 3.0 or 3.1) into a proposal.

    Args:
        text: the whole document.
        source_url: where the text came from; relative server addresses start there.

    Raises:
        Invalid: with `field="source"`, and the line where one is to blame.
    """
    return from_parsed(parse(text), source_url=source_url)


def from_parsed(document: dict[str, Any], *, source_url: str | None = None) -> Proposal:
    """Like `read_openapi`, from a document that is parsed already.

    Raises:
        Invalid: it is no OpenAPI document, or has no operation.
    """
    try:
        return _read(Document(document, source_url=source_url))
    except RecursionError as error:
        raise Invalid("This document is nested too deeply to be read.", field="source") from error


def _read(document: Document) -> Proposal:
    findings = Findings()
    maker = ToolMaker(document, findings, prefix=_prefix(document))
    tools = []
    for operation in operations_of(document, findings):
        _skip_callbacks(operation, findings)
        try:
            tools.append(maker.tool(operation))
        except CannotConvert as problem:
            findings.skip(operation.what, problem.reason)
    _skip_webhooks(document, findings)
    if not tools and not findings.skipped:
        raise Invalid("This document has no operation: its “paths” are empty.", field="source")
    return Proposal(
        kind="openapi",
        name=_name(document),
        description=shortened(as_text(document["info"].get("description")), MAX_TOOL_DESCRIPTION),
        tools=tuple(tools),
        variables=(*maker.servers.variables(), *maker.security.variables()),
        skipped=findings.skipped,
        notes=(*findings.notes(), *_undefined_schemes(maker)),
    )


def _name(document: Document) -> str:
    title = " ".join(document.title.split())
    if not title and document.source_url:
        title = urlsplit(document.source_url).hostname or ""
    return shortened(title, MAX_NAME) or "API"


def _prefix(document: Document) -> str:
    """The API's name as variables begin with it: GITHUB for “GitHub's official OpenAPI spec”."""
    words = re.findall(r"[A-Z0-9]+", re.sub(r"['\u2019]S\b", "", _name(document).upper()))
    words = [word for word in words if word not in _FILLERS and not word.isdecimal()]
    prefix = ""
    for word in words[:3]:
        if len(prefix) + len(word) >= _MAX_PREFIX:
            break
        prefix = f"{prefix}_{word}" if prefix else word
    return variable_name((prefix or "".join(words[:1])[:_MAX_PREFIX] or "API").lower())


def _skip_webhooks(document: Document, findings: Findings) -> None:
    key = "webhooks" if "webhooks" in document.root else "x-webhooks"
    if document.dialect is Dialect.SWAGGER_2:
        return
    for name in document[key]:
        findings.skip(f"webhook {name}", "The service calls it; a tool cannot.")


def _skip_callbacks(operation: Operation, findings: Findings) -> None:
    for name in as_object(operation.raw.get("callbacks")):
        findings.skip(
            f"callback {name} of {operation.what}", "The service calls it; a tool cannot."
        )


def _undefined_schemes(maker: ToolMaker) -> list[str]:
    return [
        f"Operations ask for the security scheme {text}; they are sent without it."
        for text in maker.security.undefined
    ]
