"""What a Python tool may import from `toolkiln`; each of these names is also there without import.

async def forecast(city: str) -> dict:
    answer = await http.get("https://api.example.com/v1", params={"city": city})
    if answer.status_code == 404:
        raise ToolError(f"There is no city called {city}.")
    return answer.json()
"""

import asyncio
import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NoReturn

from sandbox.jail.shortening import shortened

__all__ = ["Image", "ToolError", "env", "http", "shortened", "store"]

HTTP_TIMEOUT_SECONDS = 15.0
HTTP_HEADERS = {
    "Accept": "application/json, text/*;q=0.9, */*;q=0.8",
    "User-Agent": "Toolkiln/1.0",
}
MAX_REDIRECTS = 5
# What follows a redirect to another origin: nothing that could tell who is asking.
HARMLESS_HEADERS = ("accept", "accept-encoding", "accept-language", "host", "user-agent")
IMAGE_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


class ToolError(Exception):
    """Tells the model, in your own words, why the tool cannot do what it was asked for."""


@dataclass(frozen=True)
class Image:
    """A picture as a result: its bytes, and what they are when that is not to be seen in them."""

    data: bytes
    media_type: str = ""

    def content(self) -> dict[str, str]:
        """Return the picture as MCP content."""
        kind = self.media_type or next(
            (kind for start, kind in IMAGE_KINDS.items() if self.data.startswith(start)), ""
        )
        if not kind:
            raise ToolError("Image(data, media_type) needs its media type, such as image/webp.")
        return {"type": "image", "data": base64.b64encode(self.data).decode(), "mimeType": kind}


class Environment(Mapping[str, str]):
    """The server's environment variables, by name; they can be read and not changed."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        try:
            return self._values[name]
        except KeyError:
            raise ToolError(f"The environment variable {name} has no value.") from None

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or a default where there is none."""
        return self._values.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"env({', '.join(self._values)})"


class Discreet:
    """Makes a client of httpx tell another origin nothing of who is asking."""

    def _redirect_headers(self, request: Any, url: Any, method: str) -> Any:
        headers = super()._redirect_headers(request, url, method)  # pyright: ignore[reportAttributeAccessIssue]
        if _origin(url) == _origin(request.url):
            if "cookie" in request.headers:
                headers["Cookie"] = request.headers["cookie"]
            return headers
        for name in set(headers) - set(HARMLESS_HEADERS):
            del headers[name]
        return headers


class Http:
    """An httpx client that is made on first use and keeps its connections between calls.

    In an `async def` tool its methods are awaited; in a plain one they answer directly. It keeps no
    cookies: whoever calls the server shares it.
    """

    def __init__(self) -> None:
        self._asynchronous: Any = None
        self._plain: Any = None

    def __getattr__(self, name: str) -> Any:
        import httpx  # noqa: PLC0415 - the zygote has it imported already

        if is_on_loop():
            self._asynchronous = self._asynchronous or _client(httpx.AsyncClient)
            return getattr(self._asynchronous, name)
        self._plain = self._plain or _client(httpx.Client)
        return getattr(self._plain, name)


class Store:
    """The server's key-value store: what is to be known in later calls is kept here.

    Keys are text, values whatever JSON can say. In an `async def` tool its methods are awaited; in
    a plain one they answer directly.
    """

    def __init__(self) -> None:
        self._ask: Callable[[dict[str, Any]], Any] = _not_connected

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or `default` where there is none."""
        return self._asked("get", key, default=default)

    def set(self, key: str, value: Any) -> Any:
        """Keep a value."""
        return self._asked("set", key, value=value)

    def delete(self, key: str) -> Any:
        """Forget a value; one that is not there is no error."""
        return self._asked("delete", key)

    def keys(self, prefix: str = "") -> Any:
        """Return the keys that begin so, in their order."""
        return self._asked("keys", prefix)

    def _asked(self, do: str, key: str, **more: Any) -> Any:
        if not isinstance(key, str):
            raise ToolError("A key of the store is text.")
        return self._ask({"do": do, "key": key, **more})


def is_on_loop() -> bool:
    """Whether the code that asks runs on the event loop, and not in a thread beside it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _origin(url: Any) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _client(kind: type) -> Any:
    discreet: Any = type(kind.__name__, (Discreet, kind), {})
    return discreet(
        headers=HTTP_HEADERS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=HTTP_TIMEOUT_SECONDS,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
    )


def _not_connected(_request: dict[str, Any]) -> NoReturn:
    raise ToolError("The store can be used while a tool is called, and not while it is imported.")


env = Environment()
http = Http()
store = Store()
