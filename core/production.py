"""What production refuses: embedded defaults nobody chose, weak secrets, plain http.

The programs ask before they start and the doctor shows it, so there is one list.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from core.errors import DomainError
from core.settings import Settings, SettingsInvalid

FEWEST_DISTINCT_BYTES = 16  # of 32; random keys have about 30


class Part(StrEnum):
    """A part of the product that can be served in more than one way."""

    ADDRESSES = "Addresses"
    DATABASE = "Database"
    PAGE_STATE = "Page state"
    SECRETS = "Secrets"
    OUTGOING = "Outgoing requests"
    STORAGE = "Files"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the product does not start, and what to change."""

    part: Part
    reason: str


class NotFit(DomainError):
    """The settings are not fit for where the product runs; the message lists what to change."""

    code = "not_fit"


def require_fit(settings: Settings) -> None:
    """Refuse to start on settings that are unsafe or cannot work.

    Raises:
        NotFit: with every reason.
    """
    found = refusals(settings)
    if found:
        lines = "\n".join(f"  {refusal.part}: {refusal.reason}" for refusal in found)
        raise NotFit(f"Toolkiln does not start with these settings:\n{lines}")


def refusals(settings: Settings) -> list[Refusal]:
    """Return everything that stands against starting."""
    found = [*_state(settings), *_key_form(settings), *_store(settings)]
    if settings.is_production:
        found += [*_addresses(settings), *_database(settings), *_secrets(settings)]
    return found


def _addresses(settings: Settings) -> list[Refusal]:
    found = []
    for setting, url in (("PUBLIC_URL", settings.web_url), ("MCP_URL", settings.runtime_url)):
        parts = urlsplit(url)
        if parts.scheme != "https":
            reason = (
                f"{setting} is {url}; production needs https://, since cookies and tokens cross it."
            )
            found.append(Refusal(Part.ADDRESSES, reason))
        elif parts.hostname in ("localhost", "127.0.0.1", "::1"):
            found.append(Refusal(Part.ADDRESSES, f"{setting} names this machine alone ({url})."))
    return found


def _database(settings: Settings) -> list[Refusal]:
    if settings.is_sqlite and settings.database != "sqlite":
        reason = (
            "SQLite serves because nothing else was set. Set DATABASE_URL or POSTGRES_HOST, or "
            "DATABASE=sqlite to stay with it on a single host."
        )
        return [Refusal(Part.DATABASE, reason)]
    return []


def _store(settings: Settings) -> list[Refusal]:
    given = (settings.s3_bucket, settings.s3_access_key_id, settings.s3_secret_access_key)
    if settings.storage_driver == "s3" and not all(given):
        reason = "S3 needs S3_BUCKET, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY."
        return [Refusal(Part.STORAGE, reason)]
    if settings.is_production and settings.storage_driver == "disk" and not settings.storage:
        reason = (
            "The disk keeps files because nothing else was set. Set the S3_ settings, or "
            "STORAGE=disk to stay with it on a single host, or STORAGE=off."
        )
        return [Refusal(Part.STORAGE, reason)]
    return []


def _state(settings: Settings) -> list[Refusal]:
    if settings.web_workers > 1 and settings.redis_url is None:
        reason = "WEB_WORKERS is more than 1, so the pages' state must be in Redis: set REDIS_URL."
        return [Refusal(Part.PAGE_STATE, reason)]
    return []


def _secrets(settings: Settings) -> list[Refusal]:
    if settings.master_key is None:
        reason = "MASTER_KEY is not set: `openssl rand -base64 32` makes one; back it up."
        return [Refusal(Part.SECRETS, reason)]
    if not _key_form(settings) and any(
        len(set(key)) < FEWEST_DISTINCT_BYTES for key in settings.master_keys
    ):
        reason = "MASTER_KEY is not random: `openssl rand -base64 32` makes one that is."
        return [Refusal(Part.SECRETS, reason)]
    return []


def _key_form(settings: Settings) -> list[Refusal]:
    if settings.master_key is None:
        return []
    try:
        settings.master_keys  # noqa: B018 - parsed on access
    except SettingsInvalid as error:
        return [Refusal(Part.SECRETS, error.message)]
    return []
