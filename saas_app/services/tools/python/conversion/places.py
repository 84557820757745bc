"""Writes how arguments travel: in the path, as fields of a query or a form, in a header."""

from urllib.parse import quote

from core.http_request import BodyProperty, Parameter, is_json
from saas_app.services.tools.python.conversion.arguments import ANY, Argument
from saas_app.services.tools.python.conversion.code import Code, Fields
from saas_app.services.tools.python.conversion.texts import code_of

NAMES = "[]$.:@-_~"
DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


def add_field(code: Code, fields: Fields, way: Parameter | BodyProperty, one: Argument) -> None:
    """Write an argument as fields.

    Args:
        code: where it is written.
        fields: those of the query, the cookies or the form.
        way: its name and style.
        one: the argument.
    """
    name = way.name if isinstance(way, Parameter) else way.path[-1]
    may_reserve = way.allow_reserved and not (
        isinstance(way, Parameter) and way.location == "cookie"
    )
    style = "form" if way.style == "simple" else way.style
    is_there = "" if one.is_certain else f"{one.code} is not None"
    if way.media_type is not None:
        text = code.as_json(one.code) if is_json(way.media_type) else one.code
        _add_encoded(code, fields, name, text, within=is_there, may_reserve=may_reserve)
    elif style == "deepObject" and not one.is_scalar:
        _add_deep(code, fields, name, one, may_reserve=may_reserve)
    elif one.is_scalar or (way.explode and one.kind == "array"):
        if may_reserve:
            _add_reserved(code, fields, name, one)
        else:
            certain = one.is_certain and one.is_scalar
            fields.add_plain(name, one.code, is_certain=certain)
    elif way.explode:
        _add_exploded(code, fields, name, one, may_reserve=may_reserve)
    else:
        encode = code.use("reserved" if may_reserve else "encoded")
        items = f"'{DELIMITERS.get(style, ',')}'.join({code.use('items_of')}({one.code}, {encode}))"
        is_filled = f"{one.code} not in (None, [], {{}})" if one.kind == ANY else one.code
        fields.add(f'f"{encoded_name(name)}={{{items}}}"', within=is_filled)


def header_text(code: Code, way: Parameter, one: Argument) -> str:
    """Return an argument as the text of a header; None where it has no value."""
    text = _header_text(code, way, one)
    if one.is_certain or text == one.code:
        return text
    return f"None if {one.code} is None else {text}"


def path_piece(code: Code, way: Parameter, one: Argument, *, is_alone: bool) -> tuple[str, bool]:
    """Return an argument within a path, and whether the path has to be looked at as a whole.

    Args:
        code: where it is written.
        way: its name and style.
        one: the argument.
        is_alone: whether nothing else stands between the two slashes around it.
    """
    is_plain = way.style == "simple" and way.media_type is None and not way.allow_reserved
    if is_plain and one.is_certain and one.kind == "integer":
        return f"int({one.code})", False
    if is_plain and one.is_scalar and is_alone:
        return f"{code.use('path_part')}({one.code})", False
    is_empty = f"not {one.code}" if one.kind in ("string", "array", "object") else ""
    is_empty = is_empty or f'{one.code} in (None, "", [], {{}})'
    words = f"{one.name} is needed: it is a part of the address."
    code.add(f"raise ToolError({code_of(words)})", within=is_empty)
    encode = code.use("reserved_in_path" if way.allow_reserved else "encoded")
    if way.media_type is not None:
        text = code.as_json(one.code) if is_json(way.media_type) else one.code
        return f"{encode}({text})", True
    return _styled(code, way, one, encode), True


def encoded_name(name: str) -> str:
    """Return a field's name as it travels; brackets stay."""
    return quote(name, safe=NAMES)


def _styled(code: Code, way: Parameter, one: Argument, encode: str) -> str:
    """Return one of the styles of a path, as the code that writes it."""
    name = encoded_name(way.name)
    if one.is_scalar:
        start = {"label": "'.' + ", "matrix": f"';{name}=' + "}.get(way.style, "")
        return f"{start}{encode}({one.code})"
    items = f"{code.use('pairs_of' if way.explode else 'items_of')}({one.code}, {encode})"
    if way.style == "label":
        separator = "." if way.explode else ","
        return f"'.' + '{separator}'.join({items})"
    if way.style != "matrix":
        return f"','.join({items})"
    if not way.explode:
        return f"';{name}=' + ','.join({items})"
    if one.kind == "object":
        return f"''.join(f';{{pair}}' for pair in {items})"
    if one.kind == "array":
        return f"''.join(f';{name}={{item}}' for item in {items})"
    start = f"';' if isinstance({one.code}, dict) else ';{name}='"
    return f"''.join(({start}) + item for item in {items})"


def _header_text(code: Code, way: Parameter, one: Argument) -> str:
    if way.media_type is not None and is_json(way.media_type):
        return code.as_json(one.code)
    if one.kind == "string":
        return one.code
    as_text = code.use("as_text")
    if one.is_scalar or way.media_type is not None:
        return f"{as_text}({one.code})"
    items = f"{code.use('pairs_of' if way.explode else 'items_of')}({one.code}, {as_text})"
    return f'",".join({items})'


def _add_encoded(
    code: Code, fields: Fields, name: str, text: str, *, within: str, may_reserve: bool
) -> None:
    encode = code.use("reserved" if may_reserve else "encoded")
    fields.add(f'f"{encoded_name(name)}={{{encode}({text})}}"', within=within)


def _add_deep(code: Code, fields: Fields, name: str, one: Argument, *, may_reserve: bool) -> None:
    encode = code.use("reserved" if may_reserve else "encoded")
    call = f'{code.use("deep_fields")}("{encoded_name(name)}", {one.code}, {encode})'
    fields.extend(call)


def _add_reserved(code: Code, fields: Fields, name: str, one: Argument) -> None:
    written = encoded_name(name)
    is_there = "" if one.is_certain else f"{one.code} is not None"
    encode = code.use("reserved")
    if one.kind == "array":
        several = f'[f"{written}={{{encode}(one)}}" for one in {one.code}]'
        fields.extend(several, within=is_there)
    else:
        fields.add(f'f"{written}={{{encode}({one.code})}}"', within=is_there)


def _add_exploded(
    code: Code, fields: Fields, name: str, one: Argument, *, may_reserve: bool
) -> None:
    """Write an object's own names as the names of fields, or whatever else it may be."""
    encode = code.use("reserved" if may_reserve else "encoded")
    call = f"{code.use('exploded_fields')}({code_of(name)}, {one.code}, {encode})"
    fields.extend(call)
