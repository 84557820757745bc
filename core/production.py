"""What production refuses: embedded defaults nobody chose, weak secrets, plain http.

The programs ask before they start and the doctor shows it, so there is one list.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url

from core.errors import DomainError
from core.sandbox_settings import SandboxMode
from core.settings import Settings, SettingsInvalid

# Of 32 bytes, and of the 31 steps between them; random keys have about 30 of each. A pattern that
# repeats has 16 at most.
FEWEST_DISTINCT = 17
SHORTEST_PASSWORD = 16
FEWEST_OF_ITS_OWN = 8  # characters of a password, apart from the words that stand in examples
EXAMPLE_WORDS = re.compile(
    r"change|replace|please|insert|enter|your|here|this|me|my|the|password|passwd|secret|example|"
    r"sample|placeholder|default|admin|root|postgres|postgresql|toolkiln|database|production|test",
    re.IGNORECASE,
)
# 1x00000000000000000000AA and its kin pass, fail or ask always, whoever comes.
DUMMY_TURNSTILE_KEY = re.compile(r"^[0-9]x0{10,}")


class Part(StrEnum):
    """A part of the product that can be served in more than one way."""

    ADDRESSES = "Addresses"
    DATABASE = "Database"
    PAGE_STATE = "Page state"
    SECRETS = "Secrets"
    MAIL = "Mail"
    OUTGOING = "Outgoing requests"
    STORAGE = "Files"
    PYTHON_TOOLS = "Python tools"
    SIGNING_IN = "Signing in"


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
    found = [*_state(settings), *_key_form(settings), *_mail_parts(settings), *_store(settings)]
    if settings.is_production:
        found += [*_addresses(settings), *_database(settings), *_secrets(settings)]
        found += [*_mail(settings), *_signing_in(settings), *_python_tools(settings)]
    return found


def problems_by_part(settings: Settings) -> dict[str, list[str]]:
    """Return the reasons of all refusals, for each part that has any."""
    found: dict[str, list[str]] = {}
    for refusal in refusals(settings):
        found.setdefault(refusal.part, []).append(refusal.reason)
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
    if settings.is_sqlite:
        if settings.database == "sqlite":
            return []
        reason = (
            "SQLite serves because nothing else was set. Set DATABASE_URL or POSTGRES_HOST, or "
            "DATABASE=sqlite to stay with it on a single host."
        )
        return [Refusal(Part.DATABASE, reason)]
    url = make_url(settings.sqlalchemy_url)
    if _is_socket(url) or not _is_weak(url.password or ""):
        return []
    reason = (
        "PostgreSQL's password (POSTGRES_PASSWORD, or in DATABASE_URL) is missing, shorter than "
        f"{SHORTEST_PASSWORD} characters or one of an example: `openssl rand -hex 24` makes one."
    )
    return [Refusal(Part.DATABASE, reason)]


def _is_socket(url: URL) -> bool:
    """Whether the way to the database is a file, which the system guards."""
    hosts = [url.host, *(value for key, value in url.query.items() if key == "host")]
    given = [host for host in hosts if host]
    return all(isinstance(host, str) and host.startswith("/") for host in given)


def _is_weak(password: str) -> bool:
    own = EXAMPLE_WORDS.sub("", password)
    return len(password) < SHORTEST_PASSWORD or len(set(own)) < FEWEST_OF_ITS_OWN


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
    if settings.redis_url is not None:
        return []
    if settings.web_workers > 1:
        reason = "WEB_WORKERS is more than 1, so the pages' state must be in Redis: set REDIS_URL."
        return [Refusal(Part.PAGE_STATE, reason)]
    if settings.is_production and settings.page_state != "memory":
        reason = (
            "The pages' state is in the web process's memory because nothing else was set. Set "
            "REDIS_URL, or PAGE_STATE=memory to stay with it: a restart then empties open pages."
        )
        return [Refusal(Part.PAGE_STATE, reason)]
    return []


def _secrets(settings: Settings) -> list[Refusal]:
    if settings.master_key is None:
        reason = "MASTER_KEY is not set: `openssl rand -base64 32` makes one; back it up."
        return [Refusal(Part.SECRETS, reason)]
    # Older keys only open, so that a weak one can be left behind.
    if not _key_form(settings) and not _is_random(settings.master_keys[0]):
        reason = "MASTER_KEY is not random: `openssl rand -base64 32` makes one that is."
        return [Refusal(Part.SECRETS, reason)]
    return []


def _is_random(key: bytes) -> bool:
    """Whether nothing speaks against it: no text, no series, nothing that repeats."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    is_text = key.isascii() and key.decode().replace("\n", "").isprintable()
    return not is_text and min(len(set(key)), len(steps)) >= FEWEST_DISTINCT


def _signing_in(settings: Settings) -> list[Refusal]:
    found = []
    secret = settings.turnstile_secret_key
    keys = (settings.turnstile_site_key, secret.get_secret_value() if secret else "")
    if any(DUMMY_TURNSTILE_KEY.match(key) for key in keys):
        reason = "TURNSTILE_SITE_KEY or TURNSTILE_SECRET_KEY is one of Cloudflare's for testing."
        found.append(Refusal(Part.SIGNING_IN, reason))
    for setting in ("turnstile_verify_url", "breach_check_url"):
        if not getattr(settings, setting).startswith("https://"):
            found.append(Refusal(Part.SIGNING_IN, f"{setting.upper()} needs https://."))
    return found


def _python_tools(settings: Settings) -> list[Refusal]:
    if settings.sandbox is not SandboxMode.UNSAFE_DEV:
        return []
    reason = "SANDBOX=unsafe-dev isolates nothing: set SANDBOX=auto, compat or off."
    return [Refusal(Part.PYTHON_TOOLS, reason)]


def _mail_parts(settings: Settings) -> list[Refusal]:
    """Return what the chosen way of sending lacks, wherever it runs."""
    driver, missing = settings.mail_driver, []
    if driver == "resend" and not settings.resend_api_key:
        missing.append("RESEND_API_KEY")
    if driver == "smtp" and not settings.smtp_host:
        missing.append("SMTP_HOST")
    if driver in ("resend", "smtp") and not settings.email_from:
        missing.append("EMAIL_FROM")
    return [Refusal(Part.MAIL, f"MAIL={driver} needs {name}.") for name in missing]


def _mail(settings: Settings) -> list[Refusal]:
    reasons = []
    if settings.mail_driver == "outbox":
        reasons.append(
            "The outbox sends nothing. Set RESEND_API_KEY or SMTP_HOST, with EMAIL_FROM, or "
            "MAIL=off to run without mail: no address can be confirmed then, and no password reset."
        )
    if settings.mail_driver == "smtp" and settings.smtp_tls == "off":
        if not _is_loopback(settings.smtp_host):
            reasons.append("SMTP_TLS=off would send links that sign people in over the network.")
    elif settings.mail_driver == "resend" and settings.resend_api_url.startswith("http:"):
        reasons.append("RESEND_API_URL is plain http; the key and all links would cross it.")
    return [Refusal(Part.MAIL, reason) for reason in reasons]


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _key_form(settings: Settings) -> list[Refusal]:
    if settings.master_key is None:
        return []
    try:
        settings.master_keys  # noqa: B018 - parsed on access
    except SettingsInvalid as error:
        return [Refusal(Part.SECRETS, error.message)]
    return []
