"""Sorts the headers and cookies of a request: credentials, fixed values, noise."""

import base64
import binascii
import re

from core.http_request import BasicCredential, FixedValue, ValueCredential
from saas_app.services.intake.curl.arguments import NotConvertible
from saas_app.services.intake.curl.draft import Draft
from saas_app.services.intake.curl.marks import MARK
from saas_app.services.intake.curl.secrets import (
    is_secret_header,
    is_session_cookie,
    is_tracking_cookie,
    placeholder,
)
from saas_app.services.intake.curl.sent import Sent

_HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    "content-length", "accept-encoding", "expect", "http2-settings", "proxy-authorization",
}  # fmt: skip
_BROWSER = {
    "dnt", "upgrade-insecure-requests", "priority", "authority", "method", "path", "scheme",
    "postman-token", "pragma", "purpose", "save-data",
}  # fmt: skip
_PER_CALL = {"idempotency-key", "x-idempotency-key", "x-request-id", "x-correlation-id"}
_BROWSER_AGENT = re.compile(r"Mozilla/|PostmanRuntime/|insomnia/|curl/", re.I)
_SIGNED = re.compile(r"(?:AWS4|Digest|NTLM|Negotiate|Hawk|OAuth)[-\s]", re.I)
_SCHEME = re.compile(r"([A-Za-z][\w-]*)\s+(\S.*)", re.S)
_INNER = re.compile(r"""((?:token|key|apikey|api_key|access_token)\s*=\s*"?)([^",]+)("?)""", re.I)


def sort_headers(sent: Sent, draft: Draft) -> None:
    """Put every header and cookie of a request on the draft, or note why it is left out.

    Raises:
        NotConvertible: the Authorization header is a signature made for this one request.
    """
    dropped: list[str] = []
    for name, value in sent.headers:
        low = name.lower()
        if low == "authorization":
            _authorization(name, value, draft)
        elif low == "host" and value.lower() != sent.address.origin.rpartition("/")[2].lower():
            draft.notes.append(f"Left out Host: {value}. A tool names the host that it calls.")
        elif low == "host" or _is_noise(low, value):
            dropped.append(name)
        elif low == "content-type" and (sent.text is not None or sent.upload or sent.parts):
            continue  # the body carries it
        elif low in _PER_CALL:
            schema = {"type": "string", "description": "A new value for each call, if wanted."}
            draft.parameter(draft.argument(low.replace("-", "_"), schema), name, "header")
        else:
            _header(name, value, draft)
    if dropped:
        draft.notes.append(f"Left out headers that each client sets itself: {', '.join(dropped)}.")
    _user(sent, draft)
    _cookies(sent.cookies, draft)


def _is_noise(low: str, value: str) -> bool:
    if low == "user-agent":
        return _BROWSER_AGENT.match(value) is not None
    return low.startswith("sec-") or low in _HOP_BY_HOP or low in _BROWSER


def _header(name: str, value: str, draft: Draft) -> None:
    is_hidden = is_secret_header(name, value) or draft.hides(name, value)
    description = f"Header {name} for {draft.host}." if is_hidden else f"Header {name}."
    template = draft.book.template(value, name, is_secret=is_hidden, description=description)
    if is_hidden:
        draft.credentials.append(ValueCredential(location="header", name=name, value=template))
    else:
        draft.fixed.append(FixedValue(location="header", name=name, value=template))


def _authorization(name: str, value: str, draft: Draft) -> None:
    if _SIGNED.match(value):
        scheme = value.split()[0]
        raise NotConvertible(
            f"The Authorization header ({scheme}) is a signature calculated for one request."
        )
    scheme, rest = "", value
    if (found := _SCHEME.fullmatch(value)) and not placeholder(value):
        scheme, rest = found.groups()
    if scheme.lower() == "basic" and _basic_from_header(rest, draft):
        return
    wanted = "API_TOKEN" if scheme.lower() in ("bearer", "token") else "AUTHORIZATION"
    description = f"{scheme or 'Authorization'} token for {draft.host}."
    inner = _INNER.fullmatch(rest) if scheme else None
    before, core, after = inner.groups() if inner else ("", rest, "")
    template = draft.book.template(core, wanted, is_secret=True, description=description)
    whole = f"{scheme} {before}{template}{after}".strip()
    draft.credentials.append(ValueCredential(location="header", name=name, value=whole))


def _basic_from_header(rest: str, draft: Draft) -> bool:
    try:
        decoded = base64.b64decode(rest, validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    if ":" not in decoded or not decoded.isprintable():
        return False
    _basic(decoded, draft)
    return True


def _user(sent: Sent, draft: Draft) -> None:
    has_own = any(name.lower() == "authorization" for name, _ in sent.headers)
    if has_own:
        return
    if sent.bearer is not None:
        _authorization("Authorization", f"Bearer {sent.bearer}", draft)
    elif sent.user is not None:
        _basic(sent.user, draft)


def _basic(user_and_password: str, draft: Draft) -> None:
    """A key with an empty password is a secret itself, as several services have it."""
    user, colon, password = user_and_password.partition(":")
    is_key = bool(colon) and password in ("", "x", "X", "api_token")
    book, host = draft.book, draft.host
    if is_key:
        username = book.template(user, "API_KEY", is_secret=True, description=f"Key for {host}.")
        draft.credentials.append(BasicCredential(username=username, password=password))
        return
    if not colon:
        draft.notes.append(
            "-u without a password: curl would ask for it, a variable holds it here."
        )
    hidden = book.template(
        password if colon else "<PASSWORD>",
        "PASSWORD",
        is_secret=True,
        description=f"Password for {host}.",
    )
    draft.credentials.append(BasicCredential(username=_username(user, draft), password=hidden))


def _username(user: str, draft: Draft) -> str:
    """A user's name is no secret, but it is the person's own, so a variable holds it."""
    return draft.book.template(
        user, "USERNAME", is_secret=True, description=f"User name for {draft.host}."
    )


def _cookies(cookies: str, draft: Draft) -> None:
    dropped: list[str] = []
    for piece in cookies.split(";"):
        name, equals, value = piece.strip().partition("=")
        if not equals or not name:
            _odd_cookie(piece.strip(), draft)
            continue
        if is_tracking_cookie(name):
            dropped.append(name)
        elif is_session_cookie(name) or draft.hides(name, value):
            said = f"Cookie {name} of {draft.host}."
            template = draft.book.template(value, name, is_secret=True, description=said)
            draft.credentials.append(ValueCredential(location="cookie", name=name, value=template))
        else:
            template = draft.book.template(value, name, is_secret=False)
            draft.fixed.append(FixedValue(location="cookie", name=name, value=template))
    if dropped:
        draft.notes.append(f"Left out cookies that only count visitors: {', '.join(dropped)}.")


def _odd_cookie(piece: str, draft: Draft) -> None:
    """A cookie without a name: a variable may hold all of them, anything else is a slip."""
    if MARK.search(piece) or placeholder(piece) is not None:
        said = f"Cookies of {draft.host}, as name=value; name=value."
        template = draft.book.template(piece, "COOKIES", is_secret=True, description=said)
        draft.credentials.append(ValueCredential(location="header", name="Cookie", value=template))
    elif piece:
        draft.notes.append("Left out a cookie: it has no name.")
