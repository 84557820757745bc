"""The body of a request as lines of the Python code that makes it."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.http_request import Body, BodyProperty, is_json
from saas_app.services.tools.python.conversion.arguments import ANY, Argument, Arguments
from saas_app.services.tools.python.conversion.code import Code, Fields, bracketed
from saas_app.services.tools.python.conversion.places import add_field
from saas_app.services.tools.python.conversion.texts import code_of, template

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
NDJSON = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
OPEN = "application/octet-stream"


class CannotConvert(Invalid):
    """The request has a part for which no code is written."""

    code = "cannot_convert"


@dataclass(frozen=True, slots=True)
class Sent:
    """How a body is sent.

    Attributes:
        keyword: the argument of httpx that takes it.
        content_type: the code of its type; empty where httpx knows it.
        within: the condition under which there is a body; empty when always.
    """

    keyword: str
    content_type: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class BodyWriter:
    """Writes the lines that make a body.

    Args:
        code: where they are written.
        arguments: the tool's arguments.
        body: what is to be made.
        variable: what holds it.
    """

    code: Code
    arguments: Arguments
    body: Body
    variable: str

    def write(self) -> Sent:
        """Write the body.

        Raises:
            CannotConvert: it is put together in a way that is not written as code.
        """
        if self._bare.startswith("multipart/") and self._bare != MULTIPART:
            raise CannotConvert(f"The body is {self._bare}, and httpx writes {MULTIPART} alone.")
        if self.body.argument is not None:
            return self._whole(self.arguments[self.body.argument])
        if self._bare == FORM:
            return self._form()
        if self._bare == MULTIPART:
            return self._multipart()
        if isinstance(self.body.fixed, str) and not is_json(self._bare):
            return self._fixed_text(self.body.fixed)
        return self._json()

    @property
    def _bare(self) -> str:
        return self.body.media_type.partition(";")[0].strip().lower()

    @property
    def is_always(self) -> bool:
        """Whether there is a body whatever is given."""
        if self.body.argument is not None:
            return self.arguments[self.body.argument].is_always
        arguments = [self.arguments[one.argument] for one in self.body.properties]
        return (
            self.body.is_required
            or self.body.fixed is not None
            or any(one.is_always for one in arguments)
        )

    @property
    def _fixed(self) -> dict[str, Any]:
        return self.body.fixed if isinstance(self.body.fixed, dict) else {}

    def _json_type(self, media_type: str) -> str:
        """Return the code of a type of JSON; empty for the one that httpx sends by itself."""
        return "" if media_type == "application/json" else code_of(media_type)

    def _whole(self, one: Argument) -> Sent:
        """Write a body that is one argument."""
        if self.body.is_file:
            return self._file(one, one.is_given)
        if is_json(self._bare):
            return self._whole_json(one)
        may_be_object = one.kind in ("object", ANY)
        if self._bare == MULTIPART and may_be_object:
            return self._whole_multipart(one, one.is_given)
        text, kind = self.code.as_json(one.code), self.body.media_type
        if self._bare == FORM and may_be_object:
            fields = f"'&'.join({self.code.use('fields_of')}({one.code}))"
            is_object = f"{fields} if isinstance({one.code}, dict) else {text}"
            text = is_object if one.kind == ANY else fields
        elif self._bare in NDJSON and one.kind == "array":
            text = f'"".join({self.code.as_json("row")} + "\\n" for row in {one.code})'
        elif one.kind == "string" and not one.is_nullable:
            text, kind = one.code, with_charset(kind)
        elif one.kind in ("string", ANY):
            text = f"{one.code} if isinstance({one.code}, str) else {text}"
            kind = with_charset(kind)
        return self._content(text, kind, one.is_given)

    def _whole_json(self, one: Argument) -> Sent:
        kind = "application/json" if self._bare == "*/*" else self.body.media_type
        if one.is_certain:
            return Sent(f"json={one.code}", self._json_type(kind))
        # It may be null, which httpx takes for no body at all.
        return self._content(self.code.as_json(one.code), kind, one.is_given)

    def _content(self, text: str, media_type: str, within: str) -> Sent:
        if within:
            text = f"({text})" if " " in text else text
            text = f"{text} if {within} else None"
        return Sent(f"content={text}", code_of(media_type), within)

    def _file(self, one: Argument, within: str) -> Sent:
        is_open = self._bare.endswith("*") or self._bare == OPEN
        kind = OPEN if "*" in self.body.media_type else self.body.media_type
        call = f"{self.code.use('file_of')}({one.code})"
        if is_open and kind != OPEN:
            call = f"{self.code.use('file_of')}({one.code}, {code_of(kind)})"
        content, media_type = self.arguments.free("content"), self.arguments.free("media_type")
        if within:
            self.code.add(f"{content} = None")
        self.code.add(f"_, {content}, {media_type} = {call}", within=within)
        return Sent(f"content={content}", media_type if is_open else code_of(kind), within)

    def _fixed_text(self, text: str) -> Sent:
        if self.body.properties:
            raise CannotConvert("The body is a fixed text and has arguments besides.")
        return Sent(f"content={template(text)}", code_of(with_charset(self.body.media_type)))

    def _form(self) -> Sent:
        fields, fixed = Fields(self.code, self.variable), self.body.fixed
        if isinstance(fixed, str):
            fields.add(template(fixed))
        else:
            for name, value in self._fixed.items():
                fields.add_plain(name, fixed_code(value))
        for way in self.body.properties:
            add_field(self.code, fields, way, self.arguments[way.argument])
        joined = fields.joined("&") or '""'
        if self.is_always:
            return Sent(f"content={joined}", code_of(self.body.media_type))
        condition = self._any_given()
        return Sent(
            f"content={joined} if {condition} else None", code_of(self.body.media_type), condition
        )

    def _any_given(self) -> str:
        given = [self.arguments[one.argument].is_given for one in self.body.properties]
        return " or ".join(dict.fromkeys(given))

    def _multipart(self) -> Sent:
        parts: list[str] = []
        for name, value in self._fixed.items():
            parts.append(self._parts(code_of(name), fixed_code(value)))
        for way in self.body.properties:
            parts.append(self._argument_parts(way, self.arguments[way.argument]))
        self.code.lines += bracketed(f"{self.variable} = [", parts, "]")
        return Sent(f"files={self.variable}", within="" if self.is_always else self.variable)

    def _whole_multipart(self, one: Argument, within: str) -> Sent:
        items = f"{one.code}.items()" if one.is_certain else f"({one.code} or {{}}).items()"
        parts = f"for part in {self.code.use('parts_of')}(name, value)"
        self.code.add(f"{self.variable} = [part for name, value in {items} {parts}]")
        return Sent(f"files={self.variable}", within=within and self.variable)

    def _argument_parts(self, way: BodyProperty, one: Argument) -> str:
        name, code = code_of(way.path[-1]), one.code
        if way.is_file:
            return self._file_parts(way, one, name)
        if way.media_type is not None and is_json(way.media_type) and way.media_type != "*/*":
            part = (
                f"({name}, (None, {self.code.as_json(code)}.encode(), {code_of(way.media_type)}))"
            )
            return part if one.is_certain else f"*([{part}] if {code} is not None else [])"
        return self._parts(name, code, way.media_type)

    def _parts(self, name: str, value: str, media_type: str | None = None) -> str:
        more = f", {code_of(media_type)}" if media_type is not None else ""
        return f"*{self.code.use('parts_of')}({name}, {value}{more})"

    def _file_parts(self, way: BodyProperty, one: Argument, name: str) -> str:
        file_of, kind = self.code.use("file_of"), way.media_type
        is_plain = kind is not None and not {"*", ","} & set(kind)
        more = f", {code_of(kind)}" if is_plain and kind != OPEN else ""
        if one.kind == "array":
            files = f"{one.code}" if one.is_certain else f"{one.code} or []"
            return f"*[({name}, {file_of}(file{more})) for file in {files} if file is not None]"
        if one.kind == ANY:
            files = f"({one.code} if isinstance({one.code}, list) else [{one.code}])"
            return f"*[({name}, {file_of}(file{more})) for file in {files} if file is not None]"
        part = f"({name}, {file_of}({one.code}{more}))"
        return part if one.is_certain else f"*([{part}] if {one.code} is not None else [])"

    def _json(self) -> Sent:
        """Write an object that arguments are laid into, or a fixed value."""
        kind = self._json_type(self.body.media_type)
        fixed = self.body.fixed
        if fixed is not None and not isinstance(fixed, dict):
            return Sent(f"json={fixed_code(fixed)}", kind)
        whole, late = self._laid_over(self._fixed)
        self.code.lines += object_lines(f"{self.variable} = ", whole)
        for way, one in late:
            owner = "".join(f".setdefault({code_of(step)}, {{}})" for step in way.path[:-1])
            line = f"{self.variable}{owner}[{code_of(way.path[-1])}] = {one.code}"
            self.code.add(line, within=one.is_given)
        if self.is_always:
            return Sent(f"json={self.variable}", kind)
        return Sent(f"json={self.variable} or None", kind, self.variable)

    def _laid_over(self, fixed: dict[str, Any]) -> tuple[Any, list[tuple[BodyProperty, Argument]]]:
        """Return the object with what is always given in its place, and what may be left out."""
        whole, late = deepcopy(fixed), []
        paths = [way.path for way in self.body.properties]
        for way in self.body.properties:
            one = self.arguments[way.argument]
            is_within = any(
                len(path) < len(way.path) and path == way.path[: len(path)] for path in paths
            )
            if is_within or not _has_room(fixed, way.path):
                raise CannotConvert(f"{way.argument} is a part of something that is sent whole.")
            if one.is_given:
                late.append((way, one))
                continue
            target = whole
            for step in way.path[:-1]:
                target = target.setdefault(step, {})
            target[way.path[-1]] = Verbatim(one.code)
        return whole, late


class Verbatim(str):
    """A piece of code where a JSON value is expected."""

    __slots__ = ()


def with_charset(media_type: str) -> str:
    """Return the type of a text with its encoding."""
    if media_type.lower().startswith("text/") and "charset" not in media_type.lower():
        return f"{media_type}; charset=utf-8"
    return media_type


def fixed_code(value: Any) -> str:
    """Return a fixed value as code, with variables in its texts."""
    if isinstance(value, Verbatim):
        return str(value)
    if isinstance(value, str):
        return template(value)
    if isinstance(value, list):
        return f"[{', '.join(map(fixed_code, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{code_of(k)}: {fixed_code(v)}' for k, v in value.items())}}}"
    return repr(value)


def object_lines(before: str, value: dict[str, Any]) -> list[str]:
    """Return an object as code, each property on a line where they do not fit on one."""
    pairs = [f"{code_of(name)}: {fixed_code(item)}" for name, item in value.items()]
    return bracketed(f"{before}{{", pairs, "}")


def _has_room(fixed: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether the way to a property leads through objects alone."""
    inner: Any = fixed
    for step in path[:-1]:
        inner = inner.get(step, {})
        if not isinstance(inner, dict):
            return False
    return True
