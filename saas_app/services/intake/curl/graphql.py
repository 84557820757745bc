"""Recognises GraphQL requests: the document stays fixed, its variables become arguments."""

import re
from typing import Any

from core.http_request import Body, BodyProperty
from saas_app.services.intake.curl.draft import Draft
from saas_app.services.intake.curl.json_bodies import is_plain, lay_out
from saas_app.services.intake.curl.marks import MARK

_OPERATION = re.compile(r"\b(query|mutation|subscription)\b\s*([A-Za-z_]\w*)?\s*(\(|\{|@)")
_DOCUMENT = re.compile(
    r"(?:\s|#[^\n]*\n|,)*(?:(?:query|mutation|subscription)\s*(?:[A-Za-z_]\w*\s*)?[({@]"
    r"|fragment\s+\w+\s+on\s|\{\s*[A-Za-z_#.])"
)
_DECLARED = re.compile(r"\$([A-Za-z_]\w*)\s*:\s*([\[\]!\w\s]+?)\s*(=\s*[^,$)]+)?(?=[,$)\s])")
_FIELD = re.compile(r"\{\s*(?:[A-Za-z_]\w*\s*:\s*)?([A-Za-z_]\w*)")
_SCALARS = {"Int": "integer", "Float": "number", "String": "string", "ID": "string",
            "Boolean": "boolean"}  # fmt: skip


def is_graphql(value: dict[str, Any]) -> bool:
    """Whether a JSON object is a GraphQL request."""
    query = value.get("query")
    others = set(value) - {"query", "variables", "operationName", "extensions"}
    return isinstance(query, str) and not others and _DOCUMENT.match(query) is not None


def operation_of(value: dict[str, Any]) -> tuple[str, str]:
    """The kind and name of the operation that a request asks for."""
    query = str(value["query"])
    wanted = value.get("operationName")
    operations = [(kind, name) for kind, name, _ in _OPERATION.findall(_without_comments(query))]
    for kind, name in operations:
        if not wanted or name == wanted:
            return kind, name or _first_field(query)
    return "query", str(wanted or _first_field(query))


def graphql_body(value: dict[str, Any], media_type: str, draft: Draft) -> Body:
    """The body of a GraphQL request: variables are arguments, with types from the document."""
    document = MARK.sub(lambda found: draft.marks.as_written(found[0]), str(value["query"]))
    if document != value["query"]:
        draft.notes.append("GraphQL variables in double quotes were read as such, not the shell's.")
    fixed: dict[str, Any] = {"query": document}
    fixed |= {k: v for k, v in value.items() if k in ("operationName", "extensions") and v}
    properties: list[BodyProperty] = []
    given = value.get("variables")
    given = given if isinstance(given, dict) else {}
    if hidden := lay_out(given, ("variables",), properties, draft):
        fixed["variables"] = hidden
    _shorten(properties, draft)
    _declare(document, given, properties, draft)
    return Body(media_type=media_type, properties=tuple(properties), fixed=fixed, is_required=True)


def _shorten(properties: list[BodyProperty], draft: Draft) -> None:
    """Arguments are called like the variables, without `variables_` in front."""
    renamed = dict(draft.properties)
    for index, known in enumerate(properties):
        short = known.argument.removeprefix("variables_")
        if short in renamed or not short:
            continue
        renamed = {short if n == known.argument else n: s for n, s in renamed.items()}
        draft.required = [short if n == known.argument else n for n in draft.required]
        properties[index] = known.model_copy(update={"argument": short})
    draft.properties = renamed


def _declare(
    document: str, given: dict[str, Any], properties: list[BodyProperty], draft: Draft
) -> None:
    """Use the types of the document: for variables without a value, and for better schemas."""
    by_path = {p.path: p.argument for p in properties}
    for name, written, has_default in _DECLARED.findall(_without_comments(document)):
        if name not in given:
            is_required = written.endswith("!") and not has_default
            argument = draft.argument(name, _schema(written), is_required=is_required)
            properties.append(draft.property(argument, ("variables", name)))
        elif (known := by_path.get(("variables", name))) and is_plain(given[name]):
            schema = draft.properties[known]
            wider = _schema(written)
            if wider.get("type") == "number" or not schema.get("type"):
                draft.properties[known] = schema | wider


def _schema(written: str) -> dict[str, Any]:
    bare = written.replace(" ", "").rstrip("!")
    if bare.startswith("["):
        items = _schema(bare[1:-1])
        return {"type": "array", "items": items} if items else {"type": "array"}
    return {"type": _SCALARS[bare]} if bare in _SCALARS else {}


def _without_comments(document: str) -> str:
    return re.sub(r"#[^\n]*", "", document)


def _first_field(query: str) -> str:
    found = _FIELD.search(_without_comments(query))
    return found[1] if found else "query"


def is_graphql_body(body: Body) -> bool:
    """Whether a finished body is one that `graphql_body` made."""
    return isinstance(body.fixed, dict) and is_graphql(
        {k: v for k, v in body.fixed.items() if k != "variables"}
    )
