"""How a message is looked at: form, theme and width, each in the address."""

from dataclasses import dataclass
from typing import Any

from saas_app.state.addresses import asked

FORMS = ("html", "text")
THEMES = ("light", "dark")
WIDTHS = ("640", "360")


@dataclass(frozen=True)
class View:
    """What is shown, and the addresses of the other ways to look at it."""

    form: str = "html"
    theme: str = "light"
    width: str = "640"
    frame: str = ""
    html_href: str = ""
    text_href: str = ""
    light_href: str = ""
    dark_href: str = ""
    wide_href: str = ""
    narrow_href: str = ""


def view_asked(url: Any, address: str, *, frame: str) -> View:
    """Return the view that an address asks for.

    Args:
        url: the address of the page.
        address: the same without anything about the view.
        frame: where the message's HTML is served.
    """
    now = {
        "form": _one_of(asked(url, "form"), FORMS),
        "theme": _one_of(asked(url, "theme"), THEMES),
        "width": _one_of(asked(url, "width"), WIDTHS),
    }

    def href(**changes: str) -> str:
        wanted = {**now, **changes}
        usual = {"form": FORMS[0], "theme": THEMES[0], "width": WIDTHS[0]}
        query = "&".join(f"{key}={wanted[key]}" for key in now if wanted[key] != usual[key])
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}{query}" if query else address

    return View(
        **now,
        frame=f"{frame}?theme={now['theme']}",
        html_href=href(form="html"),
        text_href=href(form="text"),
        light_href=href(theme="light"),
        dark_href=href(theme="dark"),
        wide_href=href(width="640"),
        narrow_href=href(width="360"),
    )


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    return text if text in choices else choices[0]
