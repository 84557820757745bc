"""Turns the path of an address into a template: what looks like an id becomes an argument."""

import re
from urllib.parse import quote, unquote

from saas_app.services.intake.curl.draft import Draft, plain_name
from saas_app.services.intake.curl.marks import MARK
from saas_app.services.intake.curl.naming import singular
from saas_app.services.intake.curl.secrets import placeholder

_ID = re.compile(
    r"\d+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{16,64}"
    r"|[a-z]{2,6}_(?=[A-Za-z]*\d)[A-Za-z0-9]{6,}|[A-Z]{2}[0-9a-f]{32}"
    r"|(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{16,}|[0-9A-HJKMNP-TV-Z]{26}"
    r"|\d{4}-\d{2}-\d{2}|[A-Z]{2,10}-\d+"
)
UNKNOWN = re.compile(
    rf"{MARK.pattern}|\{{\{{[^{{}}]+\}}\}}|<[^<>]+>|\$\{{\w+\}}|\$[A-Za-z_]\w*|\{{[^{{}}/]+\}}"
    r"|(?<=^):[A-Za-z_]\w*"
)
# Documents write OWNER or ISSUE_NUMBER for a part to fill in.
_CAPITALS = re.compile(r"(?!API|REST|JSON|XML|SOAP|HTML|CSV)[A-Z]{3,}(?:_[A-Z]+)*")
_VERSION = re.compile(r"\d{1,2}(?:\.\d+)*|\d{4}-\d{2}-\d{2}")
_FILE = re.compile(r"(.+)(\.(?:json|xml|csv|txt|html|pdf))")


def path_template(path: str, draft: Draft, *, has_defaults: bool) -> str:
    """Return the path with `{name}` for each argument, which is declared on the draft.

    A path is required of whoever changes something: a seen id is then only an example.
    """
    segments, previous = [], ""
    for index, segment in enumerate(path.split("/")):
        if index == 1 and _VERSION.fullmatch(segment) and path.count("/") > 1:
            segments.append(segment)
            continue
        segments.append(_segment(segment, previous, draft, has_defaults=has_defaults))
        if segment and "{" not in segments[-1]:
            previous = segment
    return "/".join(segments)


def _segment(segment: str, previous: str, draft: Draft, *, has_defaults: bool) -> str:
    if UNKNOWN.search(segment):
        return _with_unknowns(segment, previous, draft)
    named = segment if _CAPITALS.fullmatch(segment) else placeholder(segment)
    if named is not None:
        return _argument(plain_name(named) or _id_name(previous), {"type": "string"}, draft)
    stem, ending = segment, ""
    if found := _FILE.fullmatch(segment):
        stem, ending = found.groups()
    if _ID.fullmatch(stem):
        wanted = "date" if re.fullmatch(r"\d{4}-\d\d-\d\d", stem) else _id_name(previous)
        name = draft.text_argument(wanted, unquote(stem), has_default=has_defaults)
        draft.parameter(name, name, "path")
        return f"{{{name}}}{ending}"
    return _literal(segment)


def _with_unknowns(segment: str, previous: str, draft: Draft) -> str:
    pieces, at = [], 0
    for found in UNKNOWN.finditer(segment):
        pieces.append(_literal(segment[at : found.start()]))
        at = found.end()
        schema = draft.schema_of_text(found[0]) or {"type": "string"}
        named = draft.name_of_unknown(found[0]) or found[0].strip("{}:<>")
        named = "" if MARK.search(named) else named
        pieces.append(_argument(plain_name(named) or _id_name(previous), schema, draft))
    return "".join([*pieces, _literal(segment[at:])])


def _argument(wanted: str, schema: dict, draft: Draft) -> str:
    name = draft.argument(wanted, schema, is_required="default" not in schema)
    draft.parameter(name, name, "path")
    return f"{{{name}}}"


def _id_name(previous: str) -> str:
    word = re.sub(r"\W+", "_", unquote(previous)).strip("_")
    return f"{singular(word)}_id" if word and not re.fullmatch(r"v\d+", word) else "id"


def _literal(text: str) -> str:
    return quote(text, safe="%!$&'()*+,;=:@~-._")
