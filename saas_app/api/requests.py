"""What the API reads of a request: its form, where it comes from, and where it wants to go next."""

from starlette.datastructures import Headers
from starlette.requests import Request

from core.caller_address import caller_address
from core.errors import DomainError, Forbidden, Invalid
from core.sessions import Browser
from core.settings import Settings
from saas_app.services.typed_text import require_storable

LARGEST_FORM_BYTES = 64_000
MOST_DIGITS = 18


class Malformed(DomainError):
    """The request breaks a rule of HTTP."""

    code = "malformed"
    status = 400


def announced_bytes(headers: Headers) -> int | None:
    """Return how long the body says it is, or None when it does not say.

    Raises:
        Malformed: that is no number.
    """
    text = headers.get("content-length", "")
    if not text:
        return None
    # Digits of other scripts are digits to `isdigit`, and some of them no numbers to `int`.
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise Malformed("The Content-Length is not a number.")
    return int(text)


async def form_of(request: Request) -> dict[str, object]:
    """Return the fields of a posted form.

    Raises:
        Malformed: its length is no number.
        Invalid: it is larger than any of our forms, or holds text that cannot be stored.
    """
    if (announced_bytes(request.headers) or 0) > LARGEST_FORM_BYTES:
        raise Invalid("That form is too large.")
    async with request.form(max_files=0, max_fields=50) as form:
        fields: dict[str, object] = {
            name: value for name, value in form.items() if isinstance(value, str)
        }
    require_storable(fields)
    return fields


def text_of(fields: dict[str, object], name: str) -> str:
    """Return a field, or nothing."""
    return str(fields.get(name, ""))


def require_same_origin(request: Request, settings: Settings) -> None:
    """Refuse a form that another site posted (cross-site request forgery, login forgery).

    Raises:
        Forbidden: the browser says that it comes from elsewhere, or does not say.
    """
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        site = request.headers.get("sec-fetch-site")
        if site == "same-origin":
            return
    elif origin == settings.web_url:
        return
    raise Forbidden("That form was not sent from this site. Open the page again and retry.")


def browser_of(request: Request, settings: Settings) -> Browser:
    """Return from where a request comes."""
    return Browser(request.headers.get("user-agent", ""), client_address(request, settings))


def client_address(request: Request, settings: Settings) -> str:
    """Return the caller's IP address, behind as many proxies as the settings trust."""
    peer = request.client.host if request.client is not None else ""
    forwarded = request.headers.getlist("x-forwarded-for")
    return caller_address(peer, forwarded, hops=settings.trusted_proxy_hops)
