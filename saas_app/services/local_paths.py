"""Ways back: where a visitor wanted to go before something came between."""

from urllib.parse import urlsplit


def local_path(wanted: object, *, fallback: str) -> str:
    """Return a path of this site, never an address elsewhere."""
    if not isinstance(wanted, str) or not wanted.startswith("/") or len(wanted) > 2_000:
        return fallback
    parts = urlsplit(wanted)
    is_plain = not any(ord(character) < 33 or character == "\\" for character in wanted)
    if parts.scheme or parts.netloc or wanted.startswith("//") or not is_plain:
        return fallback
    return wanted
