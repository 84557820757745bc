"""Which part of the product is served by what: the words of the doctor and of the admin area."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.production import Part
from core.sandbox_settings import SandboxMode
from core.settings import DEVELOPMENT_SECRETS, Settings

MAIL_DRIVERS = {
    "outbox": "the embedded outbox; nothing leaves this machine",
    "resend": "Resend",
    "smtp": "a mail server",
    "off": "nothing; mail is switched off",
}
SANDBOXES = {
    SandboxMode.AUTO: "a sandbox of namespaces, seccomp and Landlock",
    SandboxMode.COMPAT: "a sandbox of users, seccomp and Landlock, without namespaces",
    SandboxMode.UNSAFE_DEV: "processes that nothing isolates for certain",
    SandboxMode.OFF: "switched off",
}

Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ServedPart:
    """A part, what serves it, and the settings that change that."""

    part: str
    driver: str
    changed_by: str


def served_parts(settings: Settings) -> tuple[ServedPart, ...]:
    """Return all parts in their order; drivers hold no secrets."""
    rows = (
        ("Environment", settings.environment.value, "ENVIRONMENT"),
        *_places(settings),
        *_letters_and_sign_in(settings),
        (Part.OUTGOING, _outgoing(settings), "EGRESS_ALLOWED_HOSTS, EGRESS_DENIED_NETWORKS"),
        (Part.PYTHON_TOOLS, SANDBOXES[settings.sandbox], "SANDBOX, SANDBOX_*"),
        ("Data folder", f"{settings.data_dir.resolve()}", "DATA_DIR"),
        (Part.STORAGE, _store(settings), "STORAGE, S3_*"),
        ("Errors", "Sentry" if settings.sentry_dsn else "the log alone", "SENTRY_DSN"),
        ("Traces", _traces(settings), "LOGFIRE_TOKEN"),
        ("User interface", "built once, served by Granian", "none"),
        ("Web", "Granian with Reflex", "WEB_PORT"),
        ("Runtime", "uvicorn with Starlette", "RUNTIME_PORT, RUNTIME_INTERNAL_URL"),
        ("Jobs", "DBOS workflows", "WORKER_ID"),
    )
    return tuple(ServedPart(*row) for row in rows)


def bare_address(text: str) -> str:
    """Return an address without what may stand in front of its host: a name and a password."""
    if "://" not in text:
        return text
    parts = urlsplit(text)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _places(settings: Settings) -> Iterator[Row]:
    """Give what every deployment has: its addresses, and where it keeps what it knows."""
    addresses = f"pages at {settings.web_url}, MCP servers at {settings.runtime_url}"
    yield Part.ADDRESSES, addresses, "PUBLIC_URL, MCP_URL, HOST, WEB_PORT, RUNTIME_PORT"
    yield Part.DATABASE, _database(settings), "DATABASE_URL or POSTGRES_*"
    page_state = "Redis" if settings.redis_url else "memory of one web process"
    yield Part.PAGE_STATE, page_state, "REDIS_URL, PAGE_STATE, WEB_WORKERS"
    key_file = settings.data_dir / DEVELOPMENT_SECRETS
    key = f"generated in {key_file}" if key_file.exists() else "given, or not there yet"
    yield Part.SECRETS, f"master key {key}", "MASTER_KEY, MASTER_KEY_PREVIOUS"


def _letters_and_sign_in(settings: Settings) -> Iterator[Row]:
    """Give what sends letters and lets people in."""
    mail = MAIL_DRIVERS[settings.mail_driver]
    yield Part.MAIL, mail, "MAIL, EMAIL_FROM, RESEND_*, SMTP_*"
    google = "GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_ISSUER"
    yield "Google sign-in", _google(settings), google
    yield Part.SIGNING_IN, _signing_in(settings), "TURNSTILE_*, BREACH_CHECK, BREACH_CHECK_URL"


def _database(settings: Settings) -> str:
    if settings.is_sqlite:
        return f"SQLite in {settings.sqlalchemy_url.partition('///')[2]}"
    return "PostgreSQL"


def _google(settings: Settings) -> str:
    if settings.google_client_id:
        return bare_address(settings.google_issuer)
    return "hidden" if settings.is_production else "the local identity page"


def _signing_in(settings: Settings) -> str:
    check = "Turnstile" if settings.turnstile_site_key else "no check for people"
    breaches = "are refused" if settings.checks_breaches else "are not looked for"
    return f"{check}; stolen passwords {breaches}"


def _outgoing(settings: Settings) -> str:
    if settings.egress_allowed_hosts:
        return f"guarded, but for {settings.egress_allowed_hosts}"
    return "guarded"


def _traces(settings: Settings) -> str:
    if settings.logfire_token:
        return "Logfire: requests, events, tool calls, jobs and the log, by ids alone"
    return "none"


def _store(settings: Settings) -> str:
    endpoint = bare_address(settings.s3_endpoint) or "Amazon S3"
    drivers = {
        "disk": f"the folder {settings.data_dir.resolve() / 'files'}",
        "s3": f"the bucket {settings.s3_bucket} at {endpoint}",
        "off": "nothing: pictures and exports are switched off",
    }
    return drivers[settings.storage_driver]
