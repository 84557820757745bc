"""Fetches a source from an address, through the egress guard and within limits."""

import asyncio
import codecs
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from core.egress import EgressRefused, GuardedTransport, Upstream
from core.errors import Invalid, LimitReached, UpstreamUnavailable
from core.lookups import Share

FIELD = "source"
MAX_BYTES = 20_000_000
MAX_REDIRECTS = 5
DEADLINE_SECONDS = 20.0
HEADERS = {
    "Accept": "application/vnd.oai.openapi+json, application/json, application/yaml, text/yaml,"
    " text/plain;q=0.8, */*;q=0.5",
    "User-Agent": "Toolkiln",
}
MARKUP = re.compile(r"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.I | re.S)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A text, and the address that it came from in the end."""

    text: str
    url: str


def is_address(text: str) -> bool:
    """Whether a text is a web address and nothing else."""
    return re.fullmatch(r"\s*https?://\S+\s*", text, re.IGNORECASE) is not None


async def fetch_source(url: str, *, allowed: frozenset[Upstream], lookups: Share) -> Fetched:
    """Return the text at an address; every redirect meets the egress guard again.

    Args:
        url: an http or https address.
        allowed: exact upstreams that development lets through.
        lookups: what the one who asks may have of the process's lookups.

    Raises:
        Invalid: it is no such address, or what is there is no text.
        EgressRefused: it leads to something that is not public.
        LimitReached: it is larger than 20 MB.
        UpstreamUnavailable: it does not answer, too late, or not with success.
    """
    url = url.strip()
    _refuse_odd(url)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS), _client(allowed, lookups) as client:
            return await _read(client, url)
    except EgressRefused as error:
        raise EgressRefused(_host(url), field=FIELD) from error
    except UpstreamUnavailable as error:
        raise UpstreamUnavailable(error.message, can_retry=error.can_retry, field=FIELD) from error
    except TimeoutError as error:
        raise _unavailable(f"{_host(url)} did not answer within 20 seconds.") from error
    except httpx2.TooManyRedirects as error:
        raise Invalid("That address redirects more than 5 times.", field=FIELD) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        raise _unavailable(f"{_host(url)} could not be reached.") from error


def _client(allowed: frozenset[Upstream], lookups: Share) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=GuardedTransport(allowed, lookups=lookups),
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        timeout=DEADLINE_SECONDS,
        headers=HEADERS,
        trust_env=False,
    )


async def _read(client: httpx2.AsyncClient, url: str) -> Fetched:
    async with client.stream("GET", url) as response:
        if not response.is_success:
            again = response.status_code >= 500 or response.status_code == 429
            raise UpstreamUnavailable(
                f"{_host(url)} answered {response.status_code} {response.reason_phrase}.".replace(
                    " .", "."
                ),
                can_retry=again,
            )
        content = bytearray()
        async for part in response.aiter_bytes():
            content += part
            if len(content) > MAX_BYTES:
                raise LimitReached("A source has at most 20 MB.", field=FIELD)
        text = as_text(bytes(content), charset=response.charset_encoding)
        return Fetched(_refuse_markup(text), str(response.url))


def as_text(content: bytes, *, charset: str | None = None) -> str:
    """Decode a source.

    Raises:
        Invalid: the bytes are no text.
    """
    for known in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if content.startswith(known):
            charset = "utf-16"
    for encoding in filter(None, ("utf-8-sig", charset)):
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text
    raise Invalid("That is not a text file. An OpenAPI document is JSON or YAML.", field=FIELD)


def _refuse_markup(text: str) -> str:
    if MARKUP.match(text):
        raise Invalid(
            "That address shows a web page. Give the address of the document itself; it often"
            " ends in openapi.json or openapi.yaml.",
            field=FIELD,
        )
    return text


def _refuse_odd(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("That is not an address.", field=FIELD) from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or port == 0:
        raise Invalid("An address starts with https:// and names a host.", field=FIELD)
    if parts.username or parts.password:
        raise Invalid(
            "An address with a password in it is not fetched. Paste the document instead.",
            field=FIELD,
        )


def _unavailable(message: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(message, can_retry=True, field=FIELD)


def _host(url: str) -> str:
    return urlsplit(url).hostname or "That address"
