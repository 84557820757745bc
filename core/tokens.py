"""Opaque tokens: random, recognisable by their prefix, kept only as a digest."""

import hashlib
import secrets

SESSION_PREFIX = "tks_"
KEY_PREFIX = "tkk_"
ORGANIZATION_KEY_PREFIX = "tko_"
SHOWN_CHARACTERS = 12


def new_token(prefix: str = "") -> str:
    """Return a token of 256 random bits behind its prefix."""
    return prefix + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Return what is stored of a token: SHA-256 in hex; enough, since tokens are not guessable."""
    return hashlib.sha256(token.encode()).hexdigest()


def shown_part(token: str) -> str:
    """Return the start of a token, by which its owner recognises it."""
    return token[:SHOWN_CHARACTERS]
