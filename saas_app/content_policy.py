"""The Content-Security-Policy of the pages: only scripts that were built may run."""

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path

from core.settings import Settings

TURNSTILE = "https://challenges.cloudflare.com"


class _InlineScripts(HTMLParser):
    """Collects what stands between <script> and </script> where no src is given."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an inline script."""
        if tag == "script" and "src" not in dict(attrs):
            self._is_inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        if tag == "script":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        """Collect its text, which the parser may deliver in pieces."""
        if self._is_inside:
            self.found[-1] += data


def script_hashes(folder: Path) -> list[str]:
    """Return the CSP sources of all inline scripts in a folder's pages, each once."""
    hashes = set()
    for page in folder.rglob("*.html"):
        parser = _InlineScripts()
        parser.feed(page.read_text(encoding="utf-8"))
        for script in filter(None, parser.found):
            digest = hashlib.sha256(script.encode()).digest()
            hashes.add(f"'sha256-{base64.b64encode(digest).decode()}'")
    return sorted(hashes)


def page_policy(
    settings: Settings, hashes: list[str], *, store: str = "", may_post_anywhere: bool = False
) -> str:
    """Return the policy of a page.

    Args:
        settings: the addresses of the product.
        hashes: CSP sources of the inline scripts.
        store: the origin of the files' store, when it is not ours.
        may_post_anywhere: for the consent page. Chromium applies `form-action` to every redirect
            behind a form, and the consent ends at the client's own address, which may be any
            https origin, a loopback port or a scheme of an application's own. No list can hold
            them, and the address was checked against the client's registration before.
    """
    socket_origin = settings.web_url.replace("http", "ws", 1)
    widget = [TURNSTILE] if settings.turnstile_site_key else []
    directives = [
        "default-src 'self'",
        "base-uri 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        " ".join(["script-src 'self'", *hashes, *widget]),
        "style-src 'self' 'unsafe-inline'",  # emotion writes its styles into the page
        f"img-src 'self' data: blob: {store}".rstrip(),
        "font-src 'self' data:",
        f"connect-src 'self' {socket_origin} {store}".rstrip(),
    ]
    if widget:
        directives.append(f"frame-src {TURNSTILE}")
    if not may_post_anywhere:
        directives.append(f"form-action 'self' {settings.runtime_url}")
    return "; ".join(directives)
