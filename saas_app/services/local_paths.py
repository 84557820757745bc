"""Ways back: where a visitor wanted to go before something came between."""

import re
from urllib.parse import urlsplit

# Segments that begin with no dot and hold no escapes: nothing that a browser or a router between
# reads as another path than we do, such as `/.//elsewhere.example`.
_PAGE = re.compile(r"/|(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?")
_NO_PAGES = frozenset({"api", "storage"})  # looking at them may begin or count something


def local_path(wanted: object, *, fallback: str) -> str:
    """Return the address of a page of this site, never one elsewhere or of the API."""
    if not isinstance(wanted, str) or not wanted.startswith("/") or len(wanted) > 2_000:
        return fallback
    parts = urlsplit(wanted)
    is_plain = not any(ord(character) < 33 or character == "\\" for character in wanted)
    is_page = _PAGE.fullmatch(parts.path) and parts.path.split("/")[1].lower() not in _NO_PAGES
    is_here = not (parts.scheme or parts.netloc or wanted.startswith("//"))
    if not (is_here and is_page and is_plain):
        return fallback
    return wanted
