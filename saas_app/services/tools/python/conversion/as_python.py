"""Writes a request down as the Python function that makes it, to go on from there."""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import quote

from core.http_request import (
    CONNECTION_HEADERS,
    LITERAL_PATH,
    LITERAL_QUERY,
    PATH_PLACEHOLDER,
    VARIABLE_REFERENCE,
    BasicCredential,
    Credential,
    FixedValue,
    Parameter,
)
from core.tool_spec import HttpTool, PythonTool, ToolContract
from saas_app.services.tools.python.conversion.arguments import Arguments
from saas_app.services.tools.python.conversion.bodies import BodyWriter, CannotConvert, Sent
from saas_app.services.tools.python.conversion.code import Code, Fields, bracketed, dict_of
from saas_app.services.tools.python.conversion.helpers import HELPERS
from saas_app.services.tools.python.conversion.places import (
    add_field,
    header_text,
    path_piece,
)
from saas_app.services.tools.python.conversion.texts import code_of, template
from saas_app.services.tools.python.signatures import function_name, parameters_of

# What the code that is written calls something itself.
TAKEN = frozenset(
    {"env", "http", "store", "ToolError", "Image", "shortened", "json", "re", "jmespath"}
    | {"quote", "unquote", "b64decode", "b64encode", "str", "int", "float", "list", "dict", "any"}
    | {"isinstance", "abs", "enumerate", "len", "answer", *HELPERS}
)
COOKIE_BREAKERS = {chr(code): f"%{code:02X}" for code in (*range(33), *b'";\\', 127)}
# What is answered to the sending of a form is another page to look at, and no failure.
FAILED = "not answer.is_success and answer.status_code != 303"
SHORT_METHODS = ("GET", "HEAD", "DELETE", "OPTIONS")
BODY_METHODS = ("POST", "PUT", "PATCH")


def python_of(tool: HttpTool, *, optional: Collection[str] = ()) -> PythonTool:
    """Return the Python tool that does what a request does, under the same contract.

    Args:
        tool: the request.
        optional: variables whose absence leaves out what needs them.

    Raises:
        CannotConvert: it has a part for which no code is written.
    """
    writer = _Writer(tool, frozenset(optional))
    writer.write()
    code, function = writer.code, function_name(tool.name)
    parameters = parameters_of(
        tool.input_schema,
        taken=writer.arguments.apart,
        has_defaults=tool.request.sends_defaults,
    )
    body = "\n".join(f"    {line}" for line in code.lines)
    parts = [f"async def {function}{parameters}:\n{body}", *code.tail()]
    source = "\n\n\n".join(filter(None, [code.head(), *parts])) + "\n"
    source = source.replace("MAX_BYTES", f"{tool.response.max_bytes:_}")
    contract = {name: getattr(tool, name) for name in ToolContract.model_fields}
    return PythonTool(**contract, source=source, function=function)


@dataclass(slots=True)
class _Writer:
    """Writes the function of one request, in the order in which the runtime puts it together."""

    tool: HttpTool
    optional: frozenset[str]
    code: Code = field(default_factory=Code)
    headers: list[str] = field(default_factory=list)
    arguments: Arguments = field(init=False)
    query: Fields = field(init=False)
    cookies: Fields = field(init=False)
    body: BodyWriter | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        body = self.tool.request.body
        told = {one.argument for one in body.properties} | {body.argument or ""} if body else ()
        self.arguments = Arguments(self.tool, taken=TAKEN, told_from_null=told)
        free = self.arguments.free
        self.query = Fields(self.code, free("query"))
        self.cookies = Fields(self.code, free("cookies"))
        if body is not None and body.can_be_sent:
            self.body = BodyWriter(self.code, self.arguments, body, free("body"))

    def write(self) -> None:
        """Write the whole function."""
        request = self.tool.request
        self.code.add(*self.arguments.lines(request.arguments()))
        address = self._base() + self._path()
        self._add_parameters()
        sent = self.body.write() if self.body is not None else None
        self.query.flush()
        headers = self._write_headers(sent)
        self._ask(address, headers, sent)
        self._answer()

    def _base(self) -> str:
        """Return the base address as it stands in an f-string; its query joins the others."""
        base = self.tool.request.base
        address, _, query = base.url.partition("?")
        if query and base.variable is not None:
            raise CannotConvert("The base address has a query, and a variable may replace it.")
        if query:
            self.query.add(template(query))
        if base.variable is None and not VARIABLE_REFERENCE.search(address):
            return template(address.rstrip("/"), is_bare=True)
        value = template(address)
        if base.variable is not None:
            variable = base.variable
            value = f'env.get("{variable}") or {value}' if address else f'env["{variable}"]'
        name = self.arguments.free("base")
        self.code.add(f"{name} = {self.code.use('base_of')}({value})")
        return f"{{{name}}}"

    def _path(self) -> str:
        request = self.tool.request
        path, _, query = request.path.partition("#")[0].partition("?")
        if query:
            self.query.add(code_of(quote(query, safe=LITERAL_QUERY)))
        if path and not path.startswith("/"):
            path = f"/{path}"
        parameters = {one.name: one for one in request.parameters if one.location == "path"}
        pieces = PATH_PLACEHOLDER.split(path)
        written, is_looked_at = "", False
        for index, piece in enumerate(pieces):
            if index % 2 == 0:
                written += quote(piece, safe=LITERAL_PATH)
                continue
            is_alone = pieces[index - 1].endswith("/") and pieces[index + 1][:1] in ("", "/")
            code, is_whole = self._piece(parameters[piece], is_alone=is_alone)
            written += f"{{{code}}}"
            is_looked_at |= is_whole
        if not is_looked_at:
            return written
        name = self.arguments.free("path")
        self.code.add(f'{name} = {self.code.use("inside")}(f"{written}")')
        return f"{{{name}}}"

    def _piece(self, way: Parameter, *, is_alone: bool) -> tuple[str, bool]:
        """Return what stands for a placeholder, and whether the path is looked at as a whole."""
        one = self.arguments[way.argument]
        code, is_whole = path_piece(self.code, way, one, is_alone=is_alone)
        if not is_whole:
            return code, False
        name = self.arguments.free(f"{one.code.rstrip('_')}_part")
        self.code.add(f"{name} = {code}")
        return name, True

    def _add_parameters(self) -> None:
        request = self.tool.request
        for way in request.parameters:
            one = self.arguments[way.argument]
            if way.location == "header":
                self._add_header(way.name, header_text(self.code, way, one))
            elif way.location != "path":
                fields = self.query if way.location == "query" else self.cookies
                add_field(self.code, fields, way, one)
        for fixed in request.fixed:
            self._add_fixed(fixed)
        if len(request.credentials) == 1:
            for credential in request.credentials[0]:
                self._add_fixed(credential)

    def _add_fixed(self, one: FixedValue | Credential) -> None:
        """Add a value that each request carries, unless a variable that it needs is optional."""
        if isinstance(one, BasicCredential):
            self.headers.append(f'("Authorization", {self._basic(one)})')
            return
        names = dict.fromkeys(VARIABLE_REFERENCE.findall(one.value))
        may_lack = isinstance(one, FixedValue) and [n for n in names if n in self.optional]
        is_there = _are_there(may_lack) if may_lack else ""
        value = template(one.value)
        if is_there:
            value = f"{value} if {is_there} else None"
        if one.location == "header":
            self._add_header(one.name, value)
        elif one.location == "query":
            self.query.add_plain(one.name, value, is_certain=not is_there)
        else:
            self.cookies.add(self._cookie(one.name, one.value), within=is_there)

    def _add_header(self, name: str, value: str) -> None:
        if name.lower() in CONNECTION_HEADERS:
            raise CannotConvert(f"A tool cannot send the header {name}.")
        if name.lower() == "content-type" and self.body is not None:
            if not self.body.is_always:
                raise CannotConvert("The type of a body that may be left out is an argument.")
            return
        self.headers.append(f"({code_of(name)}, {value})")

    def _cookie(self, name: str, text: str) -> str:
        if VARIABLE_REFERENCE.search(text) is None:
            safe = "".join(COOKIE_BREAKERS.get(letter, letter) for letter in text)
            return code_of(f"{name}={safe}")
        return f"{code_of(f'{name}=')} + {self.code.use('cookie_safe')}({template(text)})"

    def _basic(self, one: BasicCredential) -> str:
        self.code.imports.add("from base64 import b64encode")
        both = template(f"{one.username}:{one.password}")
        return f'"Basic " + b64encode({both}.encode()).decode()'

    def _write_headers(self, sent: Sent | None) -> str:
        """Write the headers and what signs in; return the variable that holds them, if any."""
        options = self.tool.request.credentials
        has_choice = len(options) > 1
        if sent is not None and sent.content_type:
            kind = f"{sent.content_type} if {sent.within} else None"
            self.headers.append(f'("Content-Type", {kind if sent.within else sent.content_type})')
        places = {getattr(one, "location", "header") for option in options for one in option}
        places = places if has_choice else set()
        self.cookies.flush()
        has_cookies = bool(self.cookies.joined("")) or "cookie" in places
        if not self.headers and not has_cookies and "header" not in places:
            self._write_choice("")
            return ""
        name = self.arguments.free("headers")
        cookie = f'("Cookie", "; ".join({self.cookies.name}) or None)'
        if has_cookies and not has_choice:
            self.headers.append(cookie)
        self.code.lines += bracketed(f"{name} = [", self.headers, "]")
        self._write_choice(name)
        if has_cookies and has_choice:
            self.code.add(f"{name}.append({cookie})")
        return name

    def _write_choice(self, headers: str) -> None:
        """Write the choice between ways to sign in: the first whose variables have values."""
        options = self.tool.request.credentials
        filled = [option for option in options if option]
        if len(options) < 2:
            return
        places = {getattr(one, "location", "header") for option in filled for one in option}
        for place, fields in (("query", self.query), ("cookie", self.cookies)):
            if place in places:
                fields.begin()
        for index, option in enumerate(filled):
            texts = " ".join(one.model_dump_json() for one in option)
            names = list(dict.fromkeys(VARIABLE_REFERENCE.findall(texts)))
            self.code.add(f"{'elif' if index else 'if'} {_are_there(names)}:")
            self.code.add(*(f"    {self._signing(one, headers)}" for one in option))
        if len(filled) == len(options):
            names = sorted(set(VARIABLE_REFERENCE.findall(str(filled[0]))))
            words = f"No value: {', '.join(names)}. The owner of the server sets it."
            self.code.add("else:", f"    raise ToolError({code_of(words)})")

    def _signing(self, one: Credential, headers: str) -> str:
        if isinstance(one, BasicCredential):
            return f'{headers}.append(("Authorization", {self._basic(one)}))'
        if one.location == "header":
            return f"{headers}.append(({code_of(one.name)}, {template(one.value)}))"
        if one.location == "cookie":
            return f"{self.cookies.name}.append({self._cookie(one.name, one.value)})"
        fields = dict_of(one.name, template(one.value))
        return f"{self.query.name} += {self.code.use('fields_of')}({fields})"

    def _ask(self, address: str, headers: str, sent: Sent | None) -> None:
        """Write the request itself."""
        method = self.tool.request.method
        is_short = method in BODY_METHODS or (method in SHORT_METHODS and sent is None)
        call = "answer = await http."
        call += f"{method.lower()}(" if is_short else "request("
        options = [] if is_short else [f'"{method}"']
        options.append(self._url(address))
        if headers:
            options.append(f"headers={self.code.use('given')}({headers})")
        if sent is not None:
            options.append(sent.keyword)
        if method not in ("GET", "HEAD"):
            options.append("follow_redirects=False")
        options.append(f"timeout={self.tool.timeout_seconds:g}")
        self.code.lines += bracketed(call, options, ")")

    def _url(self, address: str) -> str:
        joined = self.query.joined("&")
        if joined and self.query.is_certain:
            return f'f"{address}?{{{joined}}}"'
        text = f'{"f" if "{" in address else ""}"{address}"'
        if not joined:
            return text
        name = self.arguments.free("url")
        self.code.add(f"{name} = {text}")
        self.code.add(f'{name} += f"?{{{joined}}}"', within=self.query.name)
        return name

    def _answer(self) -> None:
        """Write what becomes of the answer."""
        is_reading = self.tool.request.method in ("GET", "HEAD")
        failed = "not answer.is_success" if is_reading else FAILED
        self.code.add(f"raise ToolError({self.code.use('failure_of')}(answer))", within=failed)
        select = self.tool.response.select
        if not select:
            self.code.add(f"return {self.code.use('result_of')}(answer)")
            return
        self.code.imports.add("import jmespath")
        self.code.add(f"found = jmespath.search({code_of(select)}, answer.json())")
        self.code.add("return shortened(found, MAX_BYTES)")


def _are_there(names: Collection[str]) -> str:
    return " and ".join(f'"{name}" in env' for name in names) or "True"
