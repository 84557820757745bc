"""All settings, read once from environment, secret files and `.env`; see .env.example."""

import base64
import binascii
import os
import re
import secrets
from contextlib import suppress
from email.utils import getaddresses
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from core.errors import DomainError
from core.sandbox_settings import SandboxSettings

SECRET_FILES = Path("/run/secrets")
DEVELOPMENT_SECRETS = "development.env"
# What listens on every interface is reached on loopback.
OWN_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not listened on
DEFAULT_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "redis": 6379, "rediss": 6379}


class SettingsInvalid(DomainError):
    """The environment cannot be run on; the message lists what to change."""

    code = "settings_invalid"


class Settings(SandboxSettings):
    """The product's settings. Frozen; made by `load_settings` alone."""

    # Addresses
    host: str = "127.0.0.1"
    web_port: int = Field(default=3000, ge=1, le=65535)
    runtime_port: int = Field(default=8800, ge=1, le=65535)
    sample_api_port: int = Field(default=8900, ge=1, le=65535)
    trusted_proxy_hops: int = Field(default=0, ge=0, le=5)
    runtime_internal_url: str = ""

    # Data
    database: Literal["", "sqlite"] = ""
    database_url: SecretStr | None = None
    postgres_host: str | None = None
    postgres_port: int = 5432
    postgres_user: str = "toolkiln"
    postgres_password: SecretStr | None = None
    postgres_db: str = "toolkiln"
    redis_url: SecretStr | None = None
    page_state: Literal["", "memory"] = ""

    # Files
    storage: Literal["", "disk", "s3", "off"] = ""
    s3_endpoint: str = ""
    s3_region: str = "auto"
    s3_bucket: str = ""
    s3_access_key_id: SecretStr | None = None
    s3_secret_access_key: SecretStr | None = None

    # Secrets
    master_key: SecretStr | None = None
    master_key_previous: SecretStr | None = None

    # Mail
    mail: Literal["", "outbox", "resend", "smtp", "off"] = ""
    email_from: str = ""
    support_email: str = ""
    resend_api_key: SecretStr | None = None
    resend_api_url: str = ""
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["starttls", "tls", "off"] = "starttls"

    # Signing in with Google
    google_client_id: str = ""
    google_client_secret: SecretStr | None = None
    google_issuer: str = "https://accounts.google.com"

    # Outgoing requests
    egress_allowed_hosts: str = ""

    # Signing in
    turnstile_site_key: str = ""
    turnstile_secret_key: SecretStr | None = None
    turnstile_verify_url: str = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    breach_check: Literal["", "on", "off"] = ""
    breach_check_url: str = "https://api.pwnedpasswords.com/range"

    # Observability
    logfire_token: SecretStr | None = None
    sentry_dsn: SecretStr | None = None

    # Processes
    web_workers: int = Field(default=1, ge=1, le=64)
    worker_id: str = ""

    @field_validator(
        "database_url",
        "postgres_password",
        "redis_url",
        "master_key",
        "master_key_previous",
        "s3_access_key_id",
        "s3_secret_access_key",
        "resend_api_key",
        "smtp_password",
        "google_client_secret",
        "turnstile_secret_key",
        "logfire_token",
        "sentry_dsn",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        """Take an empty secret file, which compose needs to find, as it takes an empty variable."""
        return None if value == "" else value

    @field_validator("mail", mode="before")
    @classmethod
    def _is_no_mailbox(cls, value: object) -> object:
        """Unix shells name the user's mailbox in a variable of the same name; it means nothing."""
        return "" if isinstance(value, str) and value.startswith("/") else value

    @field_validator("email_from")
    @classmethod
    def _is_one_address(cls, value: str) -> str:
        is_one = len(found := getaddresses([value])) == 1 and value.isprintable()
        if value and not (is_one and re.fullmatch(r"[^@\s]+@[^@\s]+", found[0][1])):
            raise ValueError("EMAIL_FROM is one address, as in `Toolkiln <mail@example.com>`.")
        return value

    @field_validator("support_email")
    @classmethod
    def _is_plain_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", value):
            raise ValueError("SUPPORT_EMAIL is one address, as in `help@example.com`.")
        return value

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for name in ("web_url", "runtime_url"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
                setting = {"web_url": "PUBLIC_URL", "runtime_url": "MCP_URL"}[name]
                raise ValueError(f"{setting} is scheme://host[:port] and nothing behind it.")
        if urlsplit(self.web_url).hostname != urlsplit(self.runtime_url).hostname:
            raise ValueError(
                "PUBLIC_URL and MCP_URL share one host name, so that cookies reach both."
            )
        if bool(self.turnstile_site_key) is (self.turnstile_secret_key is None):
            raise ValueError("TURNSTILE_SITE_KEY and TURNSTILE_SECRET_KEY are set together.")
        if self.is_production and self.egress_allowed_hosts:
            raise ValueError("EGRESS_ALLOWED_HOSTS is for development and refused in production.")
        if bool(self.google_client_id) != (self.google_client_secret is not None):
            raise ValueError("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET go together.")
        if self.is_production and not self.google_issuer.startswith("https://"):
            raise ValueError("GOOGLE_ISSUER is an https:// address in production.")
        self.allowed_upstreams  # noqa: B018 - parsed here, so that a typo stops the start
        return self

    @property
    def checks_breaches(self) -> bool:
        """Whether new passwords are looked up among stolen ones; by default in production."""
        return self.breach_check == "on" or (self.breach_check == "" and self.is_production)

    @cached_property
    def web_url(self) -> str:
        """Where browsers reach the web app, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.web_port}").rstrip("/")

    @cached_property
    def runtime_url(self) -> str:
        """Where MCP clients reach the runtime; issuers derive from it and never change."""
        default = self.web_url if self.is_production else f"http://localhost:{self.runtime_port}"
        return (self.mcp_url or default).rstrip("/")

    @cached_property
    def runtime_direct_url(self) -> str:
        """Where our own processes reach the runtime, past any proxy, without a trailing slash."""
        default = self.direct_url(self.runtime_port)
        return (self.runtime_internal_url or default).rstrip("/")

    def direct_url(self, port: int) -> str:
        """Return where this machine reaches what listens on HOST and a port."""
        host = OWN_ADDRESSES.get(self.host, self.host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def mail_driver(self) -> Literal["outbox", "resend", "smtp", "off"]:
        """Who takes mail: the one that was chosen, else the one that has its settings."""
        if self.mail:
            return self.mail
        if self.resend_api_key:
            return "resend"
        return "smtp" if self.smtp_host else "outbox"

    @property
    def mail_sender(self) -> str:
        """Whom mail comes from."""
        return self.email_from or "Toolkiln <toolkiln@localhost>"

    @property
    def support_address(self) -> str:
        """Where messages of the contact page go; the sender's own address unless one is set."""
        return self.support_email or getaddresses([self.mail_sender])[0][1]

    @property
    def is_secure(self) -> bool:
        """Whether browsers come over TLS, so cookies may be marked Secure."""
        return self.web_url.startswith("https://")

    @cached_property
    def sqlalchemy_url(self) -> str:
        """The database as an async SQLAlchemy URL: PostgreSQL where given, SQLite otherwise."""
        if self.database_url is not None:
            return _with_async_driver(self.database_url.get_secret_value())
        if self.postgres_host is not None:
            password = self.postgres_password.get_secret_value() if self.postgres_password else ""
            user = f"{quote(self.postgres_user, safe='')}:{quote(password, safe='')}"
            address = f"{self.postgres_host}:{self.postgres_port}"
            return f"postgresql+psycopg://{user}@{address}/{quote(self.postgres_db, safe='')}"
        return f"sqlite+aiosqlite:///{(self.data_dir / 'toolkiln.db').resolve()}"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database serves, which means one host."""
        return self.sqlalchemy_url.startswith("sqlite")

    @property
    def storage_driver(self) -> Literal["disk", "s3", "off"]:
        """What keeps files: what was chosen, else S3 where its keys are given, else the disk."""
        return self.storage or ("s3" if self.s3_access_key_id is not None else "disk")

    @cached_property
    def allowed_upstreams(self) -> frozenset[tuple[str, int]]:
        """Exact (host, port) pairs that the egress guard lets through in development.

        The sample API is always among them there.

        Raises:
            ValueError: an entry is not host:port, or has one of the product's own ports.
        """
        pairs = set() if self.is_production else {("localhost", self.sample_api_port)}
        for entry in filter(None, re.split(r"[,\s]+", self.egress_allowed_hosts)):
            host, _, port = entry.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(
                    f"EGRESS_ALLOWED_HOSTS holds host:port entries; {entry!r} is none."
                )
            pairs.add((host.strip("[]").lower(), int(port)))
        for host, port in pairs:
            if port in self.own_ports:
                raise ValueError(
                    f"EGRESS_ALLOWED_HOSTS and SAMPLE_API_PORT must not open the product itself: "
                    f"{host}:{port} is a port of its own. Give the other service another one."
                )
        return frozenset(pairs)

    @cached_property
    def own_ports(self) -> frozenset[int]:
        """Ports that the product or its data answers on; tools reach none of them on any host.

        A machine has too many names to tell whether one of them is it: 127.1, 0.0.0.0, a number,
        an IPv4 address in IPv6, whatever its name server says. So no host is asked about.
        """
        urls = [self.web_url, self.runtime_url, self.runtime_direct_url]
        ports = [_port_of(url) for url in urls if _is_this_machine(urlsplit(url).hostname or "")]
        if self.redis_url is not None:
            ports.append(_port_of(self.redis_url.get_secret_value()))
        if not self.is_sqlite:
            ports.append(_port_of(self.sqlalchemy_url))
        return frozenset({self.web_port, self.runtime_port, *ports})

    @cached_property
    def master_keys(self) -> tuple[bytes, ...]:
        """The key that seals, then older ones that only open; 32 bytes each.

        Raises:
            SettingsInvalid: there is none, or one is not 32 bytes in base64.
        """
        if self.master_key is None:
            raise SettingsInvalid("MASTER_KEY is not set: `openssl rand -base64 32` makes one.")
        texts = [self.master_key.get_secret_value()]
        if self.master_key_previous is not None:
            texts += self.master_key_previous.get_secret_value().split(",")
        return tuple(_as_key(text) for text in texts)


def secret_names() -> frozenset[str]:
    """Return the names of the environment variables that hold secrets."""
    return frozenset(
        name.upper()
        for name, field in Settings.model_fields.items()
        if field.annotation in (SecretStr, SecretStr | None)
    )


def load_settings(root: Path | None = None) -> Settings:
    """Read the environment, over secret files, over `.env`, over generated development secrets.

    Args:
        root: the folder that holds `.env` and, relative to it, the data folder.

    Raises:
        SettingsInvalid: something in it cannot be run on.
    """
    root = root or Path()
    folder = SECRET_FILES if SECRET_FILES.is_dir() else None
    try:
        first = Settings(_env_file=root / ".env", _secrets_dir=folder)  # pyright: ignore[reportCallIssue]
        files = (root / first.data_dir / DEVELOPMENT_SECRETS, root / ".env")
        if first.is_production:
            return first
        return Settings(_env_file=files, _secrets_dir=folder)  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        problems = "; ".join(_in_words(problem) for problem in error.errors())
        raise SettingsInvalid(problems) from error


def write_development_secrets(settings: Settings) -> None:
    """Give a development set-up secrets of its own, once: the first of two starts wins."""
    if settings.is_production or settings.master_key is not None:
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    # Whole before it has its name, so that a second start never reads half of it.
    with NamedTemporaryFile(
        "w", dir=settings.data_dir, prefix=".secrets-"
    ) as file:  # for its owner
        file.write(f"MASTER_KEY={base64.b64encode(secrets.token_bytes(32)).decode()}\n")
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, settings.data_dir / DEVELOPMENT_SECRETS)


def _with_async_driver(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ValueError("DATABASE_URL starts with postgresql:// or sqlite:///.")
    if scheme.split("+")[0] in ("postgres", "postgresql"):
        return f"postgresql+psycopg://{rest}"
    if scheme.split("+")[0] == "sqlite":
        return f"sqlite+aiosqlite://{rest}"
    raise ValueError(f"DATABASE_URL: {scheme} is not supported; use postgresql:// or sqlite:///.")


def _port_of(url: str) -> int:
    """Return an address's port, or 0 where it cannot be read; its text may hold a secret."""
    try:
        parts = urlsplit(url)
        return parts.port or DEFAULT_PORTS.get(parts.scheme.partition("+")[0], 0)
    except ValueError:
        return 0


def _is_this_machine(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _as_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise SettingsInvalid("MASTER_KEY is 32 random bytes in base64: `openssl rand -base64 32`.")
    return key


def _in_words(problem: object) -> str:
    assert isinstance(problem, dict)  # noqa: S101 - pydantic's ErrorDetails
    where = "_".join(str(part) for part in problem["loc"]).upper()
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
