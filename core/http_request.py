"""The request that an HTTP tool makes, as a part of its spec; see `core.tool_spec`."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from core.frozen import Frozen

VARIABLE_REFERENCE = re.compile(r"\{\{([A-Z][A-Z0-9_]{0,63})\}\}")
PATH_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")
# The connection's business, not a tool's: `host`, say, would name another site than the one met.
CONNECTION_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade"}
    | {"te", "trailer", "expect", "proxy-authorization", "proxy-connection"}
)
# What stays as it is in the fixed parts of an address.
LITERAL_PATH = "/:@!$&'()*+,;=%~-._"
LITERAL_QUERY = LITERAL_PATH + "?[]"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

# What a file argument looks like to a model.
FILE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A file: text as it is, or anything in base64.",
    "properties": {
        "filename": {"type": "string", "description": "Name the service sees, for example a.csv."},
        "text": {"type": "string", "description": "Content of a text file."},
        "base64": {"type": "string", "contentEncoding": "base64"},
        "media_type": {"type": "string", "description": "For example image/png."},
    },
    "oneOf": [{"required": ["text"]}, {"required": ["base64"]}],
    "additionalProperties": False,
}

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
Location = Literal["path", "query", "header", "cookie"]
Style = Literal[
    "simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "deepObject"
]


class BaseUrl(Frozen):
    """Where requests go: a fixed address, or the value of a plain variable that replaces it."""

    url: str = ""
    variable: str | None = None

    @field_validator("url")
    @classmethod
    def _is_absolute(cls, url: str) -> str:
        if url and not re.match(r"https?://[^/\s?#]+", url):
            raise ValueError("A base address starts with http:// or https:// and names a host.")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if not self.url and self.variable is None:
            raise ValueError("A request needs a base address or a variable that holds one.")
        return self


class Parameter(Frozen):
    """One argument that travels in the path, the query, a header or a cookie.

    `style` and `explode` are OpenAPI's (3.1 section 4.8.12.2). With `media_type` the value is
    serialised as that media type instead (OpenAPI's `content` parameters).
    """

    argument: str
    name: str
    location: Location
    style: Style = "simple"
    explode: bool = False
    allow_reserved: bool = False
    media_type: str | None = None


class FixedValue(Frozen):
    """A value that every request carries; `{{NAME}}` stands for a variable."""

    location: Literal["query", "header", "cookie"]
    name: str
    value: str


class BodyProperty(Frozen):
    """One argument that becomes one property, form field or part of the body.

    `path` says where in a JSON body it goes; forms use a single name. `style` and `explode`
    apply to form-urlencoded fields, `media_type` to how one field or part is encoded.
    """

    argument: str
    path: tuple[str, ...] = Field(min_length=1)
    style: Style = "form"
    explode: bool = True
    allow_reserved: bool = False
    media_type: str | None = None
    is_file: bool = False


class Body(Frozen):
    """The request body: one argument as a whole, or an object put together from several.

    `fixed` is the object that `properties` are laid over (JSON), or the fixed fields of a form;
    its strings may hold `{{NAME}}`. A body with nothing in it is sent only when `is_required`.
    """

    media_type: str
    argument: str | None = None
    is_file: bool = False
    properties: tuple[BodyProperty, ...] = ()
    fixed: JsonValue = None
    is_required: bool = False

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if self.argument is not None and (self.properties or self.fixed is not None):
            raise ValueError("A body is one argument or a set of properties, not both.")
        return self

    @property
    def can_be_sent(self) -> bool:
        """Whether there is anything that could make a body."""
        has_parts = self.argument is not None or bool(self.properties)
        return has_parts or self.fixed is not None or self.is_required


class ValueCredential(Frozen):
    """A secret in a header, the query or a cookie; `value` is e.g. `Bearer {{TOKEN}}`."""

    kind: Literal["value"] = "value"
    location: Literal["query", "header", "cookie"]
    name: str
    value: str


class BasicCredential(Frozen):
    """HTTP Basic (RFC 7617) from two templates, e.g. `{{USERNAME}}` and `{{PASSWORD}}`."""

    kind: Literal["basic"] = "basic"
    username: str
    password: str


Credential = Annotated[ValueCredential | BasicCredential, Field(discriminator="kind")]


class HttpRequest(Frozen):
    """A declarative request: no code runs to build it.

    `path` is appended to the base address; `{placeholder}` is a path parameter's `name`.
    `credentials` are alternatives, each a set sent together: the first whose variables all have a
    value is used; an empty set means that the operation also works without any.
    `sends_defaults`: an argument that the caller leaves out travels with its schema's default.
    An imported document's defaults are the service's own business and are not sent: in a PATCH
    they would overwrite what is stored.
    """

    method: Method
    base: BaseUrl
    path: str = ""
    parameters: tuple[Parameter, ...] = ()
    fixed: tuple[FixedValue, ...] = ()
    body: Body | None = None
    credentials: tuple[tuple[Credential, ...], ...] = ()
    sends_defaults: bool = False

    @model_validator(mode="after")
    def _placeholders_have_parameters(self) -> Self:
        wanted = set(PATH_PLACEHOLDER.findall(self.path))
        given = {p.name for p in self.parameters if p.location == "path"}
        if wanted != given:
            odd = ", ".join(sorted(wanted ^ given))
            raise ValueError(f"The path and its parameters do not agree on: {odd}.")
        return self

    def arguments(self) -> set[str]:
        """Names of the tool arguments that this request uses."""
        names = {p.argument for p in self.parameters}
        if self.body is not None:
            names |= {p.argument for p in self.body.properties}
            names |= {self.body.argument} if self.body.argument is not None else set()
        return names

    def variables(self) -> set[str]:
        """Names of the variables that this request mentions anywhere."""
        names = {self.base.variable} if self.base.variable is not None else set()
        return names | set(VARIABLE_REFERENCE.findall(self.model_dump_json()))


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON in any dress (RFC 6839)."""
    bare = media_type.partition(";")[0].strip().lower()
    return bare in ("application/json", "text/json", "*/*") or bare.endswith("+json")
