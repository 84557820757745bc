"""Values and templates as literals of Python code."""

from typing import Any

import orjson

from core.http_request import VARIABLE_REFERENCE


def code_of(value: Any) -> str:
    """Return a JSON value as Python writes it, texts in double quotes."""
    if isinstance(value, str):
        # The escapes of JSON are escapes of Python too.
        return orjson.dumps(value).decode()
    if isinstance(value, list):
        return f"[{', '.join(map(code_of, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{code_of(k)}: {code_of(v)}' for k, v in value.items())}}}"
    return repr(value)


def template(text: str, *, is_bare: bool = False) -> str:
    """Return a text in which `{{NAME}}` stands for a variable, as an f-string where it has one.

    Args:
        text: the template.
        is_bare: only what stands between the quotes of an f-string.
    """
    pieces = VARIABLE_REFERENCE.split(text)
    if len(pieces) == 1 and not is_bare:
        return code_of(text)
    if len(pieces) == 3 and not pieces[0] and not pieces[2] and not is_bare:
        return f'env["{pieces[1]}"]'
    written = "".join(
        f"{{env['{piece}']}}"
        if index % 2
        else code_of(piece)[1:-1].replace("{", "{{").replace("}", "}}")
        for index, piece in enumerate(pieces)
    )
    return written if is_bare else f'f"{written}"'
