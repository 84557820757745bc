"""Turns what a service answered into a tool result: JSON, text, images, audio, files, errors."""

import base64
import codecs
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson

from core.http_request import VARIABLE_REFERENCE, is_json
from core.tool_spec import MAX_RESULT_BYTES
from mcp_runtime.tool_runner.masking import Mask
from mcp_runtime.tool_runner.outcome import Outcome, failed, text_block
from mcp_runtime.tool_runner.prepared_tool import PreparedHttpTool, ToolBroken
from mcp_runtime.tool_runner.selecting import select
from mcp_runtime.tool_runner.shortening import cut_json, cut_text
from mcp_runtime.tool_runner.styles import json_bytes
from mcp_runtime.tool_runner.upstream import MAX_ANSWER_BYTES, Answer

EXCERPT_BYTES = 2_000
REPEATED = (
    "[This answers a repetition: the {} was sent before, without a proper answer, and may have "
    "been carried out then. What is not found or in conflict now may be so because of that.]"
)
# orjson reads integers beyond 64 bits as floats and so would change them.
LONG_NUMBER = re.compile(rb"\d{19}")
TEXTUAL = re.compile(
    r"text/|.*\+(xml|yaml)$|application/(xml|yaml|x-yaml|javascript|ecmascript|x-ndjson|jsonl|"
    r"graphql|sql|toml|x-sh|x-www-form-urlencoded|rtf|ld\+json)$|image/svg"
)
CHARSETS = re.compile(
    r"(utf[-_]?(8|16|32)([-_]?(le|be|sig))?|u?s?-?ascii|iso[-_]?8859[-_]\d+|latin[-_]?\d+|"
    r"(windows|cp)[-_]?\d+|mac[-_]?roman|koi8[-_][rut]|shift[-_]?jis|sjis|euc[-_](jp|kr)|"
    r"gb2312|gbk|gb18030|big5(hkscs)?|tis-?620|iso-2022-jp)",
    re.IGNORECASE,
)


class _NotJson(Exception):
    """The body is not the JSON that it claims to be."""


def as_outcome(answer: Answer, tool: PreparedHttpTool, mask: Mask) -> Outcome:
    """Return the result of a call from the service's answer.

    Raises:
        ToolBroken: the tool's selection cannot be applied.
    """
    if answer.status >= 400:
        outcome = _as_failure(answer, tool, mask)
    elif answer.status >= 300:
        outcome = _as_redirect(answer, mask)
    else:
        outcome = _with_promised_structure(_as_success(answer, tool, mask), tool)
    if answer.is_repeat:
        outcome.content.append(text_block(REPEATED.format(answer.request.method)))
    outcome.upstream_status = answer.status
    return outcome


def _as_success(answer: Answer, tool: PreparedHttpTool, mask: Mask) -> Outcome:
    kind, charset = _media_type(answer)
    body = answer.body
    if not body:
        words = _status_words(answer.status)
        return Outcome([text_block(f"The service answered {words}, without a body.")])
    if is_json(kind) or (not kind and body.lstrip()[:1] in b"{["):
        try:
            return _as_json(mask.in_value(_parsed(body, charset)), tool, answer_bytes=len(body))
        except (_NotJson, RecursionError):
            kind = "text/plain"
    if tool.selection is not None:
        raise ToolBroken(
            f"The selection of this tool needs JSON; the service answered {kind or 'something'}"
            f"{' that is longer than what is read' if answer.is_cut else ' instead'}."
        )
    if TEXTUAL.match(kind) or (not kind and _is_text(body)):
        text = mask.in_answer(_decoded(body, charset), is_cut=answer.is_cut)
        return _as_text(answer, text, tool)
    return _as_bytes(answer, kind or "application/octet-stream", mask)


def _as_json(value: Any, tool: PreparedHttpTool, *, answer_bytes: int) -> Outcome:
    if tool.selection is not None:
        value = select(tool.selection, value, answer_bytes=answer_bytes)
    text, note = cut_json(value, tool.http.response.max_bytes)
    outcome = Outcome([text_block(text)])
    if note is not None:
        outcome.content.append(text_block(note))
        return outcome
    if tool.wraps_result:
        value = {"result": value}
    if isinstance(value, dict):
        outcome.structured = value
    return outcome


def _as_text(answer: Answer, text: str, tool: PreparedHttpTool) -> Outcome:
    shown, note = cut_text(text, tool.http.response.max_bytes)
    outcome = Outcome([text_block(shown)])
    if answer.is_cut:
        note = f"[Cut: the service answered more than {MAX_ANSWER_BYTES:,} bytes; this is the "
        note += f"first {len(shown.encode(errors='replace')):,}. Ask for less to see the rest.]"
    if note is not None:
        outcome.content.append(text_block(note))
    return outcome


def _as_bytes(answer: Answer, kind: str, mask: Mask) -> Outcome:
    size = len(answer.body)
    if answer.is_cut or size > MAX_RESULT_BYTES:
        at_least = "more than " if answer.is_cut else ""
        return Outcome(
            [
                text_block(
                    f"The service answered with a file of type {kind}, {at_least}{size:,} bytes: "
                    f"too long to pass on (at most {MAX_RESULT_BYTES:,} bytes)."
                )
            ]
        )
    encoded = base64.b64encode(answer.body).decode()
    family = kind.partition("/")[0]
    if family in ("image", "audio"):
        return Outcome([{"type": family, "data": encoded, "mimeType": kind}])
    address = mask.in_text(answer.request.url)
    resource = {"uri": address, "mimeType": kind, "blob": encoded}
    note = f"A file of type {kind}, {size:,} bytes."
    return Outcome([text_block(note), {"type": "resource", "resource": resource}])


def _as_failure(answer: Answer, tool: PreparedHttpTool, mask: Mask) -> Outcome:
    words = _status_words(answer.status)
    path = mask.in_text(urlsplit(answer.request.url).path or "/")
    lines = [f"The service answered {words} to {answer.request.method} {path}."]
    hint = _hint(answer, tool)
    if hint:
        lines.append(hint)
    excerpt = _excerpt(answer, mask)
    if excerpt:
        lines.append(f"It said: {excerpt}")
    return failed("\n".join(lines), code=f"http_{answer.status}", upstream_status=answer.status)


def _hint(answer: Answer, tool: PreparedHttpTool) -> str:
    status = answer.status
    if status in (401, 403):
        names = sorted(set(VARIABLE_REFERENCE.findall(str(tool.http.request.credentials))))
        if not names:
            return "This tool sends no credentials; the service may want some."
        return f"The owner of the server should check the value of {', '.join(names)}."
    if status == 429:
        wait = answer.header("retry-after")
        when = f"after {wait} seconds" if wait.isdigit() else (wait and f"after {wait}")
        return f"Too many requests: try again {when or 'later'}."
    if status == 404:
        return "Check the identifiers in the arguments: nothing is there."
    if status >= 500:
        return "The fault is the service's; trying again later may help."
    return "Check the arguments against what the service says."


def _excerpt(answer: Answer, mask: Mask) -> str:
    kind, charset = _media_type(answer)
    body = answer.body
    if not body:
        return ""
    if is_json(kind):
        try:
            said = json_bytes(mask.in_value(_parsed(body, charset)))
            return cut_text(said.decode(), EXCERPT_BYTES)[0]
        except (_NotJson, RecursionError):
            kind = "text/plain"
    if kind and not TEXTUAL.match(kind):
        return f"(a file of type {kind}, {len(body):,} bytes)"
    text = mask.in_answer(_decoded(body, charset))
    if "html" in kind:
        text = _text_of_html(text)
    return cut_text(" ".join(text.split()), EXCERPT_BYTES)[0]


def _text_of_html(html: str) -> str:
    """Return a page's words; for an error page's gist, not for reading documents."""
    html = re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|$)", " ", html[:50_000])
    return re.sub(r"<[^<>]*>", " ", html)


def _as_redirect(answer: Answer, mask: Mask) -> Outcome:
    words = _status_words(answer.status)
    location = mask.in_text(answer.header("location"))
    where = f" and points to {location}" if location else ""
    if answer.status == 303:
        text = f"The service answered {words}{where}: it has accepted the request."
        return Outcome([text_block(text)], upstream_status=answer.status)
    text = f"The service answered {words}{where}."
    if location:
        text += (
            f" Redirects of {answer.request.method} are not followed: the owner of the server "
            "should correct the address of this tool."
        )
    return failed(text, code=f"http_{answer.status}", upstream_status=answer.status)


def _with_promised_structure(outcome: Outcome, tool: PreparedHttpTool) -> Outcome:
    """Keep structured content only when it is what the output schema promises.

    Clients throw a whole result away when it lacks promised structure, unless it is marked as an
    error; so that the model still sees the answer, such a result is marked and says why.
    """
    if tool.output_schema is None:
        return outcome
    if outcome.structured is None:
        problem = "it is not a whole JSON object."
    else:
        problem = tool.output_problem(outcome.structured)
    if problem is None:
        return outcome
    outcome.structured = None
    outcome.is_error = True
    outcome.error_code = "unlike_output_schema"
    note = f"[The answer above is not what this tool's output schema promises: {problem}]"
    outcome.content.append(text_block(note))
    return outcome


def _parsed(body: bytes, charset: str) -> Any:
    try:
        if charset not in ("", "utf-8", "utf8") or body[:3] == codecs.BOM_UTF8:
            body = _decoded(body, charset).encode(errors="replace")
        if LONG_NUMBER.search(body):
            return json.loads(body, parse_constant=_refuse_constant)
        return orjson.loads(body)
    except (ValueError, RecursionError) as error:
        raise _NotJson from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _media_type(answer: Answer) -> tuple[str, str]:
    kind, _, rest = answer.header("content-type").partition(";")
    match = re.search(r"charset\s*=\s*\"?([\w.:-]+)", rest, re.IGNORECASE)
    return kind.strip().lower(), match[1].lower() if match else ""


def _decoded(body: bytes, charset: str) -> str:
    """Decode text; odd bytes become replacement characters rather than an error."""
    for bom, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16")):
        if body.startswith(bom):
            return body.decode(name, errors="replace")
    if charset and CHARSETS.fullmatch(charset):
        try:
            return body.decode(charset, errors="replace")
        except LookupError:
            pass
    return body.decode(errors="replace")


def _is_text(body: bytes) -> bool:
    try:
        body[:4096].decode()
    except UnicodeDecodeError as error:
        return error.start > 4090
    return b"\0" not in body[:4096]


def _status_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def header_map(headers: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return headers as an object, repeated ones joined."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined
