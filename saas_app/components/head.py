"""What every document's head holds besides title and description."""

import reflex as rx


def head() -> list[rx.Component]:
    """Font preload, icon and browser colours, for `rx.App(head_components=head())`."""
    return [
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(rel="icon", href="/favicon.ico", sizes="32x32"),
        rx.el.link(
            rel="preload",
            href="/fonts/geist-latin.woff2",
            custom_attrs={"as": "font", "type": "font/woff2", "crossOrigin": "anonymous"},
        ),
        rx.el.meta(
            name="theme-color",
            content="#faf9f7",
            custom_attrs={"media": "(prefers-color-scheme: light)"},
        ),
        rx.el.meta(
            name="theme-color",
            content="#12100e",
            custom_attrs={"media": "(prefers-color-scheme: dark)"},
        ),
    ]
