"""The address of a request as one line of text, as people write it, and back."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from core.errors import Invalid
from core.http_request import PATH_PLACEHOLDER, VARIABLE_REFERENCE, HttpRequest

MAX_LENGTH = 4_000
FIXED_BASE = re.compile(r"(https?://[^/\s?#{}]+)(.*)", re.DOTALL | re.IGNORECASE)
VARIABLE_BASE = re.compile(r"\{\{([A-Z][A-Z0-9_]{0,63})\}\}(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address: `base` and `fixed` are as in `HttpRequest`."""

    base: dict[str, Any]
    path: str
    fixed: list[dict[str, str]]

    @property
    def placeholders(self) -> list[str]:
        """Names in braces, in their order, each once."""
        return list(dict.fromkeys(PATH_PLACEHOLDER.findall(self.path)))


def address_text(request: HttpRequest) -> str:
    """Return the address as one line, e.g. `https://api.example.com/cities/{id}?format=json`."""
    base = f"{{{{{request.base.variable}}}}}" if request.base.variable else request.base.url
    pairs = [
        f"{quote(one.name, safe='[]')}={quote(one.value, safe='{}:/,')}"
        for one in request.fixed
        if one.location == "query"
    ]
    return base + request.path + ("?" + "&".join(pairs) if pairs else "")


def read_address(text: str, *, base_url: str = "", field: str = "url") -> Address:
    """Read an address: `{placeholders}` in its path, `{{VARIABLES}}` as base or in its query.

    Args:
        text: what was typed.
        base_url: stays the base where the address still begins with it.
        field: where a refusal is shown.

    Raises:
        Invalid: it is no address that a tool can call.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH or re.search(r"[\s\x00-\x1f]", text):
        raise Invalid("An address has no spaces or line breaks.", field=field)
    if base_url and re.match(re.escape(base_url) + r"(?=[/?#]|$)", text):
        base, rest = {"url": base_url, "variable": None}, text[len(base_url) :]
    else:
        base, rest = _split_base(text, field)
    rest, _, _fragment = rest.partition("#")
    path, _, query = rest.partition("?")
    if path and not path.startswith("/"):
        path = f"/{path}"
    _refuse_odd_braces(path, field)
    fixed = [
        {"location": "query", "name": name, "value": value}
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return Address(base, path, fixed)


def _split_base(text: str, field: str) -> tuple[dict[str, Any], str]:
    if match := VARIABLE_BASE.fullmatch(text):
        return {"url": "", "variable": match[1]}, match[2]
    if match := FIXED_BASE.fullmatch(text):
        if "@" in match[1]:
            raise Invalid(
                "An address carries no user name or password: use a variable for them.",
                field=field,
            )
        return {"url": match[1], "variable": None}, match[2]
    raise Invalid(
        "An address starts with https:// or with a variable such as {{BASE_URL}}.", field=field
    )


def _refuse_odd_braces(path: str, field: str) -> None:
    if VARIABLE_REFERENCE.search(path):
        raise Invalid(
            "A {{VARIABLE}} stands at the start of the address or in its query, not in the path.",
            field=field,
        )
    if re.search(r"[{}]", PATH_PLACEHOLDER.sub("", path)):
        raise Invalid("A placeholder is a name in braces, for example {city_id}.", field=field)
