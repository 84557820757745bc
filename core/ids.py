"""Identifiers, and how they come in from the outside."""

import re
import secrets
from uuid import UUID

from core.errors import NotFound


def random_slug_suffix() -> str:
    """Return four characters that keep two equal slugs apart."""
    return secrets.token_hex(2)


def new_request_id() -> str:
    """Return an id for what a front serves, to find its lines in the log by."""
    return secrets.token_hex(8)


def slugify(text: str, *, fallback: str) -> str:
    """Return `text` as 1 to 40 of a-z 0-9 -, or the fallback when nothing is left of it."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    return slug or fallback


def as_uuid(text: object) -> UUID:
    """Read an identifier from a caller.

    Raises:
        NotFound: it is no identifier, so nothing has it.
    """
    try:
        return UUID(str(text))
    except ValueError:
        raise NotFound("That does not exist, or it is not yours to see.") from None
