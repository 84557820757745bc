"""Writes a message from its template: subject, HTML and text of one source.

A template says what there is (a heading, a paragraph, a button); two sets of parts, one per form,
say how it looks. So nothing can stand in one form and be missing in the other.
"""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from saas_app.services.mail.catalog import TEMPLATES, Template
from saas_app.services.mail.cleaning import LetterUnfit, clean, one_line
from saas_app.services.mail.palette import DARK, LIGHT

FOLDER = Path(__file__).parent / "templates"
LONGEST_SUBJECT = 150
COLUMNS = 72


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in both forms."""

    subject: str
    html: str
    text: str


def template_named(name: str, values: Mapping[str, str]) -> Template:
    """Return the template that fits.

    Raises:
        LetterUnfit: there is none of that name, or a value that it needs is missing or no text.
    """
    template = TEMPLATES.get(name)
    if template is None:
        raise LetterUnfit(f"There is no template {name!r}.")
    missing = [needed for needed in template.needs if not values.get(needed)]
    if missing:
        raise LetterUnfit(f"The template {name} needs {', '.join(missing)}.")
    if not all(isinstance(value, str) for value in values.values()):
        raise LetterUnfit(f"All values of {name} are text.")
    return template


def render(name: str, values: Mapping[str, str], *, web_url: str) -> Rendered:
    """Write a message.

    Args:
        name: the template.
        values: what it needs and may show; the rest is left out.
        web_url: where the product is, for links of its own.

    Raises:
        LetterUnfit: the values do not fit the template.
    """
    template = template_named(name, values)
    own = {"web_url": web_url, "is_mutable": bool(template.muted_by)}
    filled = {**_filled(template, values, web_url), **own}
    subject = _subject(name, filled)
    html = _environment("html").get_template(f"{name}.jinja").render(filled, subject=subject)
    text = _environment("txt").get_template(f"{name}.jinja").render(filled, subject=subject)
    return Rendered(subject, html, _tidy(text))


def subject_of(name: str, values: Mapping[str, str]) -> str:
    """Return a message's subject, and find on the way whether it can be written at all.

    Raises:
        LetterUnfit: the values do not fit the template.
    """
    return _subject(name, _filled(template_named(name, values), values, "http://localhost"))


def _filled(template: Template, values: Mapping[str, str], web_url: str) -> dict[str, str]:
    names = (*template.needs, *template.may)
    return {name: clean(name, values.get(name, ""), web_url=web_url) for name in names}


def _subject(name: str, values: Mapping[str, object]) -> str:
    template = _environment("txt").get_template(f"{name}.jinja")
    block = template.blocks["subject"]
    return one_line("".join(block(template.new_context(dict(values)))), longest=LONGEST_SUBJECT)


@cache
def _environment(form: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=form == "html",  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fold"] = _fold
    environment.filters["quoted"] = _quoted
    environment.filters["lasting"] = _lasting
    environment.globals |= {"layout": f"layout.{form}.jinja", "light": LIGHT, "dark": DARK}
    parts = environment.get_template(f"parts.{form}.jinja").module
    environment.globals |= {
        part: getattr(parts, part) for part in dir(parts) if not part.startswith("_")
    }
    return environment


def _fold(text: str) -> str:
    """Return a paragraph in lines that fit a terminal; addresses stay whole."""
    return textwrap.fill(
        " ".join(text.split()), COLUMNS, break_long_words=False, break_on_hyphens=False
    )


def _lasting(text: str) -> str:
    """Return a span as "for 14 days", and a moment as "until 9 December"."""
    return f"for {text}" if re.fullmatch(r"\d+ (minute|hour|day)s?", text) else f"until {text}"


def _quoted(text: str) -> str:
    lines = [line for part in text.split("\n") for line in (_fold(part).split("\n") or [""])]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
