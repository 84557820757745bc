"""What the address of a page names: the server, and the tool, of `/o/<slug>/servers/…`."""

from typing import Any
from urllib.parse import unquote, urlencode
from uuid import UUID

from core.errors import NotFound
from core.ids import as_uuid
from saas_app.services.local_paths import local_path

SERVER_PART, TOOL_PART, SEEN_PART = 4, 6, 3


def server_in(url: Any) -> UUID:
    """Return the server of `/o/<slug>/servers/<id>/…`; services check whose it is.

    Raises:
        NotFound: the address names none.
    """
    return as_uuid(_part(url, SERVER_PART, after="servers"))


def tool_in(url: Any) -> UUID:
    """Return the tool of `/o/<slug>/servers/<id>/tools/<id>`.

    Raises:
        NotFound: the address names none.
    """
    return as_uuid(_part(url, TOOL_PART, after="tools"))


def seen_in(url: Any, *, after: str) -> UUID:
    """Return what an admin looks at: the id of `/admin/users/<id>` or `/admin/organizations/<id>`.

    Raises:
        NotFound: the address names none.
    """
    return as_uuid(_part(url, SEEN_PART, after=after))


def last_part(url: Any) -> str:
    """Return the end of an address's path, as the browser reads it for a page."""
    return unquote(str(url.path).rstrip("/").rpartition("/")[2])


def ids_in(url: Any) -> dict[str, UUID]:
    """Return the ids that the log names: the server's, where the address has one."""
    try:
        return {"server_id": server_in(url)}
    except NotFound:
        return {}


def server_base(url: Any) -> str:
    """Return the start that all addresses of the server's pages share."""
    return "/".join(str(url.path).split("/")[: SERVER_PART + 1])


def asked(url: Any, name: str) -> str:
    """Return what the address says behind its question mark, or nothing."""
    return str(url.query_parameters.get(name, "")).replace("\0", "")


def way_back(url: Any, *, fallback: str) -> str:
    """Return the path of ours that the address says to go on to."""
    return local_path(asked(url, "next"), fallback=fallback)


def number_asked(url: Any, name: str) -> int:
    """Return a positive number that the address asks for; anything else is the first."""
    return max(1, number_in(asked(url, name), most_digits=4) or 1)


def number_in(text: str, *, most_digits: int) -> int | None:
    """Return the whole number that a text is, or None for any other text and a longer number."""
    is_number = text.isascii() and text.isdigit() and len(text) <= most_digits
    return int(text) if is_number else None


def with_query(path: str, **wanted: object) -> str:
    """Return an address with what of the query is not empty; the first page needs no number."""
    kept = {key: value for key, value in wanted.items() if value and (key, value) != ("page", 1)}
    return f"{path}?{urlencode(kept)}" if kept else path


def _part(url: Any, number: int, *, after: str) -> str:
    parts = str(url.path).split("/")
    return parts[number] if len(parts) > number and parts[number - 1] == after else ""
