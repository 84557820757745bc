"""A message as a page shows it: in a frame that runs nothing, in light or in dark."""

from typing import Literal

Theme = Literal["", "light", "dark"]
DARK_RULES = "@media (prefers-color-scheme: dark)"
SCHEMES = ("color-scheme: light dark", 'content="light dark"')
# No script, no picture from elsewhere, no form; links open in a tab of their own.
FRAME_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    )
)


def in_frame(html: str, *, theme: Theme = "") -> str:
    """Return a message's HTML for the frame.

    Args:
        html: the message as it is sent.
        theme: what a mail program in that theme makes of it; empty leaves it to the browser.
    """
    framed = html.replace("<head>", '<head>\n<base target="_blank">', 1)
    if not theme:
        return framed
    framed = framed.replace(DARK_RULES, "@media all" if theme == "dark" else "@media not all")
    for scheme in SCHEMES:
        framed = framed.replace(scheme, scheme.replace("light dark", theme))
    return framed


def as_theme(text: str) -> Theme:
    """Return a theme that an address asks for; anything else is the browser's own."""
    return text if text in ("light", "dark") else ""  # pyright: ignore[reportReturnType]
