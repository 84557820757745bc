"""Slugs: an organization's part of every address of its pages."""

import re

from core.errors import Conflict, Invalid
from core.ids import slugify

SHORTEST, LONGEST = 2, 40
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Words that our own addresses use, or that would make a team look like us.
RESERVED_SLUGS = frozenset(
    {
        "about", "account", "admin", "api", "app", "assets", "auth", "billing", "blog", "connect",
        "contact", "dev", "docs", "edit", "help", "home", "invitation", "legal", "mcp", "me", "new",
        "o", "oauth", "official", "organizations", "pricing", "privacy", "root", "security",
        "settings", "sign-in", "sign-up", "static", "status", "storage", "support", "system",
        "team", "terms", "toolkiln", "verify", "well-known", "www",
    }
)  # fmt: skip


class SlugTaken(Conflict):
    """Another organization has the address."""

    code = "slug_taken"


def parse_slug(text: str) -> str:
    """Return a slug that may be used, if it is free.

    Raises:
        Invalid: it is none, or one of our own words.
    """
    slug = text.strip().lower()
    if not slug:
        raise Invalid("Enter what stands in the address.", field="slug")
    if not SLUG.fullmatch(slug):
        raise Invalid(
            "Use lower-case letters and digits, with single dashes between them.", field="slug"
        )
    if not SHORTEST <= len(slug) <= LONGEST:
        raise Invalid(f"An address has {SHORTEST} to {LONGEST} characters.", field="slug")
    if slug in RESERVED_SLUGS:
        raise Invalid(f"{slug} is reserved. Choose another.", field="slug")
    return slug


def suggest_slug(name: str) -> str:
    """Return a slug made of a name, or nothing when it gives none that may be used."""
    slug = slugify(name, fallback="")
    if len(slug) < SHORTEST or slug in RESERVED_SLUGS:
        slug = f"{slug}-hq".strip("-") if slug else ""
    return slug
