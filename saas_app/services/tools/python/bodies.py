"""The body of a request as lines of the Python code that makes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.http_request import Body as RequestBody
from core.http_request import BodyProperty, HttpRequest
from saas_app.services.tools.python.texts import code_of, template

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Body:
    """How a body is made: lines, the argument of httpx that takes it, and its type where needed."""

    lines: tuple[str, ...]
    sent_as: str
    content_type: str = ""


def body_of(request: HttpRequest, required: set[str], value: Callable[[str], str]) -> Body | None:
    """Return how the body of a request is made; None when it has none.

    Args:
        request: the request.
        required: the arguments that are always given.
        value: returns what stands for an argument in the code.

    Raises:
        Invalid: no code is written for it.
    """
    body = request.body
    if body is None:
        return None
    is_json = body.media_type == "application/json" or body.media_type.endswith("+json")
    if body.is_file or any(one.is_file for one in body.properties):
        raise Invalid("The request sends a file, for which no code is written.")
    if not (is_json or body.media_type == FORM or body.media_type.startswith("text/")):
        raise Invalid(f"The body is {body.media_type}, for which no code is written.")
    content_type = "" if body.media_type in ("application/json", FORM) else body.media_type
    if body.argument is not None:
        argument = value(body.argument)
        keyword = "json" if is_json else "data" if body.media_type == FORM else "content"
        return Body((), f"{keyword}={argument}", content_type)
    lines = [f"body = {_with_templates(body.fixed or {})}", *_lines(body, required, value)]
    keyword = "json" if is_json else "data"
    return Body(
        tuple(lines), f"{keyword}={'body' if body.is_required else 'body or None'}", content_type
    )


def _lines(body: RequestBody, required: set[str], value: Callable[[str], str]) -> Iterator[str]:
    for one in body.properties:
        _refuse_rare(body, one)
        code = value(one.argument)
        owner = "body" + "".join(f".setdefault({code_of(part)}, {{}})" for part in one.path[:-1])
        line = f"{owner}[{code_of(one.path[-1])}] = {code}"
        if one.argument in required:
            yield line
        else:
            yield f"if {code} is not None:"
            yield f"    {line}"


def _refuse_rare(body: RequestBody, one: BodyProperty) -> None:
    if body.media_type == FORM and (one.style != "form" or not one.explode or one.media_type):
        raise Invalid(f"{one.argument} is written into the form in a rare way.")


def _with_templates(value: Any) -> str:
    """Return a fixed value as code, with variables in its texts."""
    if isinstance(value, str):
        return template(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_with_templates, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{code_of(k)}: {_with_templates(v)}' for k, v in value.items())}}}"
    return repr(value)
