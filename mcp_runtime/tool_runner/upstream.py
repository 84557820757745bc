"""Sends requests to the services behind the tools: guarded, bounded, retried where that is safe."""

import asyncio
import re
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import httpx2

from core.denied import NOTHING, Denied
from core.egress import GuardedTransport, Upstream
from core.errors import Invalid, UpstreamUnavailable
from core.lookups import Lookups
from mcp_runtime.errors import TooBusy
from mcp_runtime.tool_runner.decoding import Decoder
from mcp_runtime.tool_runner.http_request import OutgoingRequest

MAX_ANSWER_BYTES = 10_000_000
CONNECT_SECONDS = 10.0
CONNECTIONS_PER_ORGANIZATION = 64
MAX_ORGANIZATIONS = 500
MAX_REDIRECTS = 5
MAX_RETRIES = 2
LONGEST_WAIT_SECONDS = 3.0
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
CHANGING = IDEMPOTENT - READING
MAY_BE_DONE = "It may have been carried out all the same: check before trying again."
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAY_PASS = frozenset({429, 502, 503, 504})
DEFAULT_HEADERS = (
    ("Accept", "application/json, text/*;q=0.9, */*;q=0.8"),
    ("Accept-Encoding", "gzip, deflate"),
    ("User-Agent", "Toolkiln/1.0"),
)
# What follows a redirect to another origin: nothing that could tell who is asking.
HARMLESS_HEADERS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})

Wait = Callable[[float], Awaitable[None]]


class UpstreamTimeout(UpstreamUnavailable):
    """The service did not answer in the time that the tool gives it."""

    code = "upstream_timeout"
    status = 504


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered; `is_cut` when its body went on beyond what is read.

    `is_repeat`: a request that changes something reached the service more than once.
    """

    request: OutgoingRequest
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_cut: bool
    duration_ms: float
    is_repeat: bool = False

    def header(self, name: str) -> str:
        """Return a header's first value, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class _Broken(Exception):
    """A try that failed, and whether the request can have reached the service."""

    def __init__(self, error: UpstreamUnavailable, *, was_sent: bool) -> None:
        super().__init__(error.message)
        self.error = error
        self.was_sent = was_sent


@dataclass(slots=True)
class _Pool:
    """One organization's connections; nobody else's requests ever travel on them."""

    transport: GuardedTransport
    in_use: int = 0


class Upstreams:
    """The connections of all organizations.

    Each has a pool of its own, so that none can use up the connections of another, and nothing
    that a service attaches to a connection is ever met by another tenant. Cookies are not kept.
    """

    def __init__(
        self,
        allowed: frozenset[Upstream],
        *,
        denied: Denied = NOTHING,
        wait: Wait = asyncio.sleep,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._wait = wait
        self._ssl_context = ssl_context or httpx2.create_ssl_context(trust_env=False)
        self._lookups = Lookups(denied=denied)
        self._pools: OrderedDict[UUID, _Pool] = OrderedDict()

    async def send(
        self, request: OutgoingRequest, *, organization_id: UUID, timeout_seconds: float
    ) -> Answer:
        """Send a request and read its whole answer, up to the cap.

        Raises:
            UpstreamUnavailable: no answer; says why, and whether trying again helps.
            EgressRefused: the address is not a public one.
        """
        started = perf_counter()
        try:
            async with (
                asyncio.timeout(timeout_seconds),
                self._pool(organization_id) as transport,
            ):
                answer = await self._with_redirects(transport, request, timeout_seconds)
        except TimeoutError:
            raise timed_out(request.method, timeout_seconds) from None
        return replace(answer, duration_ms=(perf_counter() - started) * 1000)

    async def close(self) -> None:
        """Close all connections."""
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.transport.aclose()
        self._lookups.close()

    @asynccontextmanager
    async def _pool(self, organization_id: UUID) -> AsyncIterator[GuardedTransport]:
        pool = self._pools.get(organization_id)
        if pool is None:
            transport = GuardedTransport(
                self._allowed,
                lookups=self._lookups.share_of(organization_id),
                max_connections=CONNECTIONS_PER_ORGANIZATION,
                ssl_context=self._ssl_context,
            )
            pool = self._pools[organization_id] = _Pool(transport)
        self._pools.move_to_end(organization_id)
        pool.in_use += 1
        try:
            yield pool.transport
        finally:
            pool.in_use -= 1
            await self._drop_idle_pools()

    async def _drop_idle_pools(self) -> None:
        if len(self._pools) <= MAX_ORGANIZATIONS:
            return
        idle = next((key for key, pool in self._pools.items() if not pool.in_use), None)
        if idle is not None:
            await self._pools.pop(idle).transport.aclose()

    async def _with_redirects(
        self, transport: GuardedTransport, request: OutgoingRequest, timeout_seconds: float
    ) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._with_retries(transport, request, timeout_seconds)
            location = answer.header("location")
            if not (location and answer.status in REDIRECTS and request.method in ("GET", "HEAD")):
                return answer
            request = redirected(request, location)
        message = f"The service redirected more than {MAX_REDIRECTS} times."
        raise UpstreamUnavailable(message, can_retry=False)

    async def _with_retries(
        self, transport: GuardedTransport, request: OutgoingRequest, timeout_seconds: float
    ) -> Answer:
        is_safe, was_sent = request.method in IDEMPOTENT, False
        for attempt in range(MAX_RETRIES + 1):
            is_last = attempt == MAX_RETRIES
            try:
                answer = await _exchange(transport, request, timeout_seconds)
            except _Broken as broken:
                can_again = broken.error.can_retry and (is_safe or not broken.was_sent)
                if is_last or not can_again:
                    raise broken.error from broken
                was_sent |= broken.was_sent
                pause = _backoff(attempt)
            else:
                pause = _pause_after(answer, attempt)
                if is_last or not is_safe or pause is None:
                    is_repeat = was_sent and request.method in CHANGING
                    return replace(answer, is_repeat=True) if is_repeat else answer
                was_sent = True
            await self._wait(pause)
        raise AssertionError("the last attempt returns or raises")


def redirected(request: OutgoingRequest, location: str) -> OutgoingRequest:
    """Return the request that follows a redirect, without credentials on another origin.

    Raises:
        UpstreamUnavailable: it points at something that is not a web address.
    """
    try:
        url = urljoin(request.url, location).partition("#")[0]
        origin = _origin(url)
    except ValueError:
        url, origin = "", ("", None, None)
    scheme, host, _ = origin
    if scheme not in ("http", "https") or not host or re.search(r"[\s\x00-\x1f\x7f]", host):
        raise UpstreamUnavailable(
            "The service redirected to something that is not a web address.", can_retry=False
        )
    if origin == _origin(request.url):
        return replace(request, url=url)
    # Another origin learns nothing of who is asking: neither credentials nor a body with some.
    headers = tuple(h for h in request.headers if h[0].lower() in HARMLESS_HEADERS)
    return replace(request, url=url, headers=headers, content=None)


def with_default_headers(request: OutgoingRequest) -> OutgoingRequest:
    """Return the request with what every request of ours carries, unless the tool says so."""
    given = {name.lower() for name, _ in request.headers}
    added = tuple(h for h in DEFAULT_HEADERS if h[0].lower() not in given)
    return replace(request, headers=request.headers + added)


def timed_out(method: str, seconds: float) -> UpstreamTimeout:
    """Return the error for a deadline that has passed."""
    advice = "Trying again may help." if method in IDEMPOTENT else MAY_BE_DONE
    return UpstreamTimeout(
        f"The service did not answer within {seconds:g} seconds. {advice}",
        can_retry=method in IDEMPOTENT,
    )


async def _exchange(
    transport: GuardedTransport, request: OutgoingRequest, timeout_seconds: float
) -> Answer:
    """Send once and read the answer."""
    outgoing = _as_httpx(request, timeout_seconds)
    try:
        response = await transport.handle_async_request(outgoing)
    except httpx2.HTTPError as error:
        raise _translated(error, request, timeout_seconds) from error
    try:
        body, is_cut = await _read(response)
    except httpx2.HTTPError as error:
        raise _translated(error, request, timeout_seconds) from error
    finally:
        await response.stream.aclose()  # pyright: ignore[reportAttributeAccessIssue]
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw
    )
    return Answer(request, response.status_code, headers, body, is_cut, 0.0)


def _as_httpx(request: OutgoingRequest, timeout_seconds: float) -> httpx2.Request:
    connect = min(CONNECT_SECONDS, timeout_seconds)
    limits = {"connect": connect, "read": timeout_seconds, "write": timeout_seconds}
    try:
        return httpx2.Request(
            request.method,
            request.url,
            headers=[(name.encode(), value.encode()) for name, value in request.headers],
            content=request.content,
            extensions={"timeout": {**limits, "pool": timeout_seconds}},
        )
    except httpx2.InvalidURL as error:
        raise Invalid(f"The address of this request is not valid: {error}") from error


async def _read(response: httpx2.Response) -> tuple[bytes, bool]:
    """Return the decoded body and whether it was cut at the cap, however it was compressed."""
    decoder = Decoder(response.headers.get("content-encoding", ""), limit=MAX_ANSWER_BYTES)
    async for chunk in response.stream:  # pyright: ignore[reportGeneralTypeIssues]
        decoder.feed(chunk)
        if decoder.is_full:
            return decoder.result(), True
    return decoder.result(), False


def _translated(error: httpx2.HTTPError, request: OutgoingRequest, seconds: float) -> Exception:
    host = urlsplit(request.url).netloc
    if isinstance(error, httpx2.PoolTimeout):
        return TooBusy("Too many calls to services are under way.", retry_after_seconds=1)
    if isinstance(error, httpx2.ConnectTimeout):
        message = f"{host} did not accept a connection in time. Trying again may help."
        return _Broken(UpstreamTimeout(message, can_retry=True), was_sent=False)
    if isinstance(error, httpx2.TimeoutException):
        return timed_out(request.method, seconds)
    if isinstance(error, httpx2.ConnectError):
        return _Broken(_no_connection(error, host), was_sent=False)
    if isinstance(error, httpx2.LocalProtocolError):
        return Invalid("This request cannot be sent: one of its headers is not valid.")
    message = f"{host} closed the connection in the middle of the answer, or does not speak HTTP."
    if request.method not in READING:
        message = f"{message} {MAY_BE_DONE}"
    return _Broken(UpstreamUnavailable(message, can_retry=True), was_sent=True)


def _no_connection(error: httpx2.ConnectError, host: str) -> UpstreamUnavailable:
    text = str(error)
    if re.search(r"certificate|ssl|tls", text, re.IGNORECASE):
        reason = re.sub(r"\s*\(_ssl\.c:\d+\)", "", text)
        message = f"The TLS connection to {host} failed: {reason}. Trying again will not help."
        return UpstreamUnavailable(message, can_retry=False)
    message = f"No connection to {host}: it refused it or cannot be reached. Try again later."
    return UpstreamUnavailable(message, can_retry=True)


def _pause_after(answer: Answer, attempt: int) -> float | None:
    """Return how long to wait before the next try, or None when this answer stands."""
    if answer.status not in MAY_PASS:
        return None
    asked = answer.header("retry-after")
    if asked.isascii() and asked.isdigit():
        return float(asked) if float(asked) <= LONGEST_WAIT_SECONDS else None
    return None if answer.status == 429 else _backoff(attempt)


def _backoff(attempt: int) -> float:
    return 0.2 * 2**attempt


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default
