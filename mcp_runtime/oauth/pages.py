"""The plain page a person sees when an authorization request cannot be sent back to its client."""

import base64
import hashlib
from html import escape
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  font: 16px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 32rem; padding: 2rem; }
h1 { font-size: 1.25rem; margin: 0 0 .75rem; }
p { margin: 0 0 .75rem; overflow-wrap: anywhere; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TITLE = "This connection could not be made"


def refusal_page(message: str, *, status: int, way_back: str | None = None) -> HTMLResponse:
    """Return a page with one message, and a link to the client that says where it leads."""
    link = "" if way_back is None else _link(way_back)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head>"
        f"<body><main><h1>{TITLE}</h1><p>{escape(message)}</p>{link}</main></body></html>"
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def _link(way_back: str) -> str:
    parts = urlsplit(way_back)
    where = parts.netloc if parts.scheme in ("http", "https") else f"{parts.scheme}:"
    return (
        "<p>Go on only if you know who that is: "
        f'<a rel="noreferrer" href="{escape(way_back)}">back to {escape(where)}</a></p>'
    )
