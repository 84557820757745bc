"""Reads the parameters of OAuth requests: each at most once, empty ones as if they were absent."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from starlette.requests import Request

FORM = "application/x-www-form-urlencoded"
MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 50


class Parameters:
    """The parameters of one request."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def one(self, name: str) -> str | None:
        """Return a parameter.

        Raises:
            InvalidRequestError: it is given more than once (RFC 6749 section 3.1).
        """
        values = self.all(name)
        if len(values) > 1:
            raise InvalidRequestError(f"The parameter {name} is given more than once.")
        return values[0] if values else None

    def required(self, name: str) -> str:
        """Return a parameter that must be there.

        Raises:
            InvalidRequestError: it is missing, or given more than once.
        """
        value = self.one(name)
        if value is None:
            raise InvalidRequestError(f"The parameter {name} is missing.")
        return value

    def all(self, name: str) -> list[str]:
        """Return every value of a parameter that may be repeated."""
        return [value for key, value in self._pairs if key == name and value]


def query_of(request: Request) -> Parameters:
    """Return the parameters in the address."""
    return _parsed(request.url.query)


async def form_of(request: Request) -> Parameters:
    """Return the parameters in the body.

    Raises:
        InvalidRequestError: the body is no form, or too large.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidRequestError(f"The body is sent as {FORM}.")
    body = await limited_body(request, MAX_BODY_BYTES)
    try:
        return _parsed(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise InvalidRequestError("The body is not UTF-8.") from None


async def limited_body(request: Request, limit: int) -> bytes:
    """Read the body, and stop when it grows too large.

    Raises:
        InvalidRequestError: it is larger than `limit` bytes.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise InvalidRequestError("The body is too large.", status_code=413)
    return bytes(body)


def _parsed(text: str) -> Parameters:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise InvalidRequestError("There are too many parameters.") from None
    if any("\0" in value for _, value in pairs):  # PostgreSQL has no such character
        raise InvalidRequestError("A parameter holds a character that is not allowed.")
    return Parameters(pairs)
