"""The short functions that converted requests are written with, each where it is needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Helper:
    """A function as it stands in converted code.

    Attributes:
        source: the function.
        imports: the lines of its imports.
        needs: other helpers that it calls.
    """

    source: str
    imports: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


JSON, RE = "import json", "import re"
QUOTE, UNQUOTE = "from urllib.parse import quote", "from urllib.parse import unquote"
FROM_BASE64, TO_BASE64 = "from base64 import b64decode", "from base64 import b64encode"

HELPERS = {
    "base_of": Helper(
        '''
        def base_of(address: str) -> str:
            """Return the base address from a variable, or refuse what is none."""
            address = address.strip().rstrip("/")
            if not re.fullmatch(r"(?i)https?://[^/@\\s\\\\?#]+(/[^\\s\\\\?#]*)?", address):
                raise ToolError("The base address is http(s)://, a host and a path, and no more.")
            return address
        ''',
        (RE,),
    ),
    "fields_of": Helper(
        '''
        def fields_of(values: dict) -> list[str]:
            """Write what has a value as fields; a list repeats its name."""
            return [
                f"{quote(str(name), safe='[]$:@')}={encoded(one)}"
                for name, value in values.items()
                if value is not None
                for one in (value if isinstance(value, list) else [value])
            ]
        ''',
        (QUOTE,),
        ("encoded",),
    ),
    "deep_fields": Helper(
        '''
        def deep_fields(name: str, value, encode) -> list[str]:
            """Write an object as fields with its keys in brackets: name[key]=value."""
            if isinstance(value, dict):
                inner = [(quote(str(key), safe="[]$:@"), one) for key, one in value.items()]
            elif isinstance(value, list):
                inner = [
                    (number if isinstance(one, list | dict) else "", one)
                    for number, one in enumerate(value)
                ]
            else:
                return [] if value is None else [f"{name}={encode(value)}"]
            return [
                field for key, one in inner for field in deep_fields(f"{name}[{key}]", one, encode)
            ]
        ''',
        (QUOTE,),
    ),
    "exploded_fields": Helper(
        '''
        def exploded_fields(name: str, value, encode) -> list[str]:
            """Write the keys of an object as fields of their own, and anything else by its name."""
            if isinstance(value, dict):
                pairs = [(key, one) for key, one in value.items() if one is not None]
            elif isinstance(value, list):
                pairs = [(name, one) for one in value]
            else:
                pairs = [] if value is None else [(name, value)]
            return [f"{quote(str(key), safe='[]$:@')}={encode(one)}" for key, one in pairs]
        ''',
        (QUOTE,),
    ),
    "items_of": Helper(
        '''
        def items_of(value, encode) -> list[str]:
            """Write the items of a list, or the keys and values of an object in turn."""
            if isinstance(value, dict):
                value = [one for pair in value.items() for one in pair]
            return [encode(one) for one in (value if isinstance(value, list) else [value])]
        '''
    ),
    "pairs_of": Helper(
        '''
        def pairs_of(value, encode) -> list[str]:
            """Write an object as key=value, and the items of anything else."""
            if isinstance(value, dict):
                return [f"{encode(key)}={encode(one)}" for key, one in value.items()]
            return [encode(one) for one in (value if isinstance(value, list) else [value])]
        '''
    ),
    "path_part": Helper(
        '''
        def path_part(value) -> str:
            """Write a value as a part of the path, which it must not leave."""
            if value in (None, "", [], {}):
                raise ToolError("A part of the address is missing.")
            return inside(encoded(value))
        ''',
        (),
        ("inside", "encoded"),
    ),
    "inside": Helper(
        '''
        def inside(path: str) -> str:
            """Refuse a step upwards, which an argument could have made."""
            steps = re.split(r"[/\\\\]", unquote(unquote(path)))
            if any(step.partition(";")[0] in (".", "..") for step in steps):
                raise ToolError("An argument must not be . or .. where it is part of the address.")
            return path
        ''',
        (RE, UNQUOTE),
    ),
    "encoded": Helper(
        '''
        def encoded(value) -> str:
            """Write a value as it may stand in an address."""
            return quote(as_text(value), safe="")
        ''',
        (QUOTE,),
        ("as_text",),
    ),
    "reserved": Helper(
        '''
        def reserved(value) -> str:
            """Encode all but what has a meaning in a query, and what is encoded already."""
            pieces = re.split("(%[0-9A-Fa-f]{2})", as_text(value))
            pieces[::2] = [quote(piece, safe=":/?[]@!$'()*,;=") for piece in pieces[::2]]
            return "".join(pieces)
        ''',
        (RE, QUOTE),
        ("as_text",),
    ),
    "reserved_in_path": Helper(
        '''
        def reserved_in_path(value) -> str:
            """Encode all but what has a meaning in a path, and what is encoded already."""
            pieces = re.split("(%[0-9A-Fa-f]{2})", as_text(value))
            pieces[::2] = [quote(piece, safe=":/@!$&'()*,;=+") for piece in pieces[::2]]
            return "".join(pieces)
        ''',
        (RE, QUOTE),
        ("as_text",),
    ),
    "cookie_safe": Helper(
        '''
        def cookie_safe(value: str) -> str:
            """Encode what would end the value of a cookie."""
            return re.sub(r'[\\x00-\\x20";\\\\\\x7f]', lambda found: quote(found[0]), value)
        ''',
        (RE, QUOTE),
    ),
    "given": Helper(
        '''
        def given(headers: list) -> list:
            """Return the headers that have a value."""
            return [(name, value.strip().encode()) for name, value in headers if value is not None]
        '''
    ),
    "parts_of": Helper(
        '''
        def parts_of(name: str, value, media_type: str | None = None) -> list:
            """Write a value as parts of a multipart body; a list repeats its name."""
            if value is None:
                return []
            if isinstance(value, list):
                return [part for one in value for part in parts_of(name, one, media_type)]
            if isinstance(value, dict):
                media_type = media_type or "application/json"
            return [(name, (None, as_text(value).encode(), media_type))]
        ''',
        (),
        ("as_text",),
    ),
    "file_of": Helper(
        '''
        def file_of(value, media_type: str = "application/octet-stream") -> tuple[str, bytes, str]:
            """Return a file's name, its bytes and their type."""
            if isinstance(value, str):
                return "file", value.encode(), media_type
            if isinstance(value.get("text"), str):
                content = value["text"].encode()
            else:
                content = b64decode("".join(value["base64"].split()), validate=True)
            media_type = (value.get("media_type") or "").strip() or media_type
            if not (media_type.isascii() and media_type.isprintable()):
                raise ToolError("The media_type of a file is not a media type.")
            return value.get("filename") or "file", content, media_type
        ''',
        (FROM_BASE64,),
    ),
    "as_text": Helper(
        '''
        def as_text(value) -> str:
            """Write a value as text, and what is nested as JSON."""
            if value is None:
                return ""
            if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
                value = int(value)
            return value if isinstance(value, str) else as_json(value)
        ''',
        (),
        ("as_json",),
    ),
    "as_json": Helper(
        '''
        def as_json(value) -> str:
            """Write a value as JSON without blanks."""
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        ''',
        (JSON,),
    ),
    "failure_of": Helper(
        '''
        def failure_of(answer) -> str:
            """Return what the service said against the request."""
            asked, words = answer.request, f"{answer.status_code} {answer.reason_phrase}"
            text = f"The service answered {words} to {asked.method} {asked.url.path}."
            said = " ".join(answer.text.split())[:2_000]
            return f"{text} It said: {said}" if said else text
        '''
    ),
    "result_of": Helper(
        '''
        def result_of(answer):
            """Return what the service answered: data, text, or a file."""
            if not answer.content:
                words = f"{answer.status_code} {answer.reason_phrase}"
                return f"The service answered {words}, without a body."
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind.endswith(("/json", "+json")):
                return shortened(answer.json(), MAX_BYTES)
            if not kind or re.search(r"^text/|[/+](xml|yaml|javascript|x-ndjson|jsonl)$", kind):
                return shortened(answer.text, MAX_BYTES)
            data, family = b64encode(answer.content).decode(), kind.partition("/")[0]
            if family in ("image", "audio"):
                return [{"type": family, "data": data, "mimeType": kind}]
            resource = {"uri": str(answer.url), "mimeType": kind, "blob": data}
            note = f"A file of type {kind}, {len(answer.content):,} bytes."
            return [{"type": "text", "text": note}, {"type": "resource", "resource": resource}]
        ''',
        (RE, TO_BASE64),
    ),
}


def closure(names: Iterable[str]) -> list[str]:
    """Return helpers with those that they call, in the order in which they are written."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(HELPERS[name].needs)
    return [name for name in HELPERS if name in found]


def source_of(name: str) -> str:
    """Return a helper as it is written."""
    return dedent(HELPERS[name].source).strip("\n")
