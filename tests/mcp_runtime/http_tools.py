"""HTTP tools as hypothesis draws them: every place, style and body, and arguments that fit."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from core.http_request import (
    FILE_SCHEMA,
    BaseUrl,
    BasicCredential,
    Body,
    BodyProperty,
    FixedValue,
    HttpRequest,
    Parameter,
    ValueCredential,
)
from core.tool_spec import HttpTool

VALUES = {"TOKEN": "t0k;en ", "UNITS": "met ric"}
TEXT, LIST = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
SCHEMAS = (
    TEXT, TEXT, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, LIST,
    {"type": "array"}, {"type": "object"}, {"type": ["string", "null"]}, {},
)  # fmt: skip
NAMES = ("city", "a-b", "query", "class", "f[x]", "text", "Größe", "$id")
STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
CREDENTIALS = (
    (),
    ((BasicCredential(username="{{UNITS}}", password="{{TOKEN}}"),),),
    ((ValueCredential(location="header", name="Authorization", value="Bearer {{TOKEN}}"),),),
    (
        (ValueCredential(location="query", name="k", value="{{NONE}}"),),
        (ValueCredential(location="cookie", name="k", value="{{TOKEN}}"),),
    ),
    ((ValueCredential(location="query", name="k", value="{{TOKEN}}"),), ()),
)
TEXTS = st.sampled_from(
    ["a", "a b", "ä/ö?&=#", "..", "x;y", "%2F%zz", "a+b,c|d", "日本", '"q"', "a\\b", "$1 [2]*"]
)
SCALARS = TEXTS | st.integers(-9, 10**6) | st.sampled_from([1.5, 2.0, -0.25]) | st.booleans()
NESTED = SCALARS | st.none() | st.fixed_dictionaries({"n": SCALARS})
OBJECTS = st.dictionaries(st.sampled_from(["k", "a b", "ü", "x[y]"]), NESTED, max_size=2)
FILES = st.sampled_from(
    [
        {"text": "hé", "filename": 'a "b".txt'},
        {"base64": "AP8=", "media_type": "image/gif"},
    ]
)
OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "integer": st.integers(-9, 10**6),
    "number": st.sampled_from([1.5, 2.0, 3]),
    "boolean": st.booleans(),
    "array": st.lists(NESTED, max_size=3),
    "object": OBJECTS,
    "null": st.none(),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A tool, and what it is called with."""

    tool: HttpTool
    arguments: dict[str, Any]


@st.composite
def http_tools(draw: st.DrawFn, base: str) -> Drawn:
    """Draw a tool that asks a service, and a call of it."""
    body = draw(st.none() | bodies())
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    properties = {name: draw(st.sampled_from(SCHEMAS)) for name in names}
    parameters = tuple(draw(_parameters(number, name)) for number, name in enumerate(names))
    path = "/echo" + draw(st.sampled_from(["", "/p q", "/p?lit=a b&z"]))
    for one in parameters:
        if one.location == "path":
            way = draw(st.sampled_from(["/{%s}", "/x{%s}", ".{%s}"]))
            head, mark, query = path.partition("?")
            path = head + way % one.name + mark + query
    if body is not None:
        properties |= _body_schemas(body)
    required = [name for name in properties if draw(st.booleans())]
    tool = HttpTool(
        name="tool",
        input_schema={"type": "object", "properties": properties, "required": required},
        request=HttpRequest(
            method=draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])),
            base=BaseUrl(url=base),
            path=path,
            parameters=parameters,
            fixed=draw(_fixed_values()),
            credentials=draw(st.sampled_from(CREDENTIALS)),
            body=body,
        ),
    )
    given = [name for name in properties if name in required or draw(st.booleans())]
    return Drawn(tool, {name: draw(_values(properties[name])) for name in given})


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    """Draw a body: one argument as a whole, or an object of two."""
    kind = draw(
        st.sampled_from(["application/json", "application/vnd.x+json", FORM, MULTIPART, "text/csv"])
    )
    is_file = draw(st.booleans()) and kind not in (FORM, MULTIPART)
    if kind == "text/csv" or is_file or draw(st.booleans()):
        return Body(media_type=kind, argument="whole", is_file=is_file)
    is_json = kind.endswith("json")
    ways = [
        BodyProperty(
            argument=f"part{number}",
            path=("in", f"p{number}") if is_json and draw(st.booleans()) else (f"p{number}",),
            is_file=kind == MULTIPART and number == 1,
            style=draw(st.sampled_from(["form", "pipeDelimited"])),
            explode=draw(st.booleans()),
            allow_reserved=draw(st.booleans()),
        )
        for number in (1, 2)
    ]
    fixed = draw(st.sampled_from([None, {"source": "{{UNITS}}", "tags": ["a b", 1]}]))
    return Body(media_type=kind, properties=tuple(ways), fixed=fixed)


@st.composite
def _parameters(draw: st.DrawFn, number: int, argument: str) -> Parameter:
    location = draw(st.sampled_from(["path", "query", "query", "header", "cookie"]))
    name = {"path": f"p{number}", "header": f"X-{number}", "cookie": f"c{number}"}
    return Parameter(
        argument=argument,
        name=name.get(location, argument),
        location=location,
        style=draw(st.sampled_from(STYLES[location])),
        explode=draw(st.booleans()),
        allow_reserved=draw(st.booleans()),
        media_type=draw(st.sampled_from([None, None, None, "application/json", "text/plain"])),
    )


@st.composite
def _fixed_values(draw: st.DrawFn) -> tuple[FixedValue, ...]:
    texts = st.sampled_from(["plain v", "{{UNITS}}", 'a{{UNITS}}b {x} "q"'])
    places = draw(st.lists(st.sampled_from(["query", "header", "cookie"]), max_size=2, unique=True))
    return tuple(FixedValue(location=one, name=f"F-{one}", value=draw(texts)) for one in places)


def _body_schemas(body: Body) -> dict[str, Any]:
    if body.is_file:
        return {"whole": FILE_SCHEMA}
    if body.argument is not None:
        kinds = {FORM: {"type": "object"}, MULTIPART: {"type": "object"}, "text/csv": TEXT}
        return {"whole": kinds.get(body.media_type, {})}
    first = FILE_SCHEMA if body.properties[0].is_file else {"type": ["string", "null"]}
    return {"part1": first, "part2": LIST}


def _values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if schema is FILE_SCHEMA:
        return FILES
    if schema is LIST:
        return st.lists(TEXTS, max_size=3)
    kinds = schema.get("type", ["string", "array", "object", "number"])
    return st.one_of([OF_TYPE[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)])
