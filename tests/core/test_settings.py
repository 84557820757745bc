"""Settings: what starts, what is refused, and in which words."""

import base64
import contextlib
import re
import threading

import pytest
from pydantic import SecretStr, ValidationError

from core.settings import SettingsInvalid, load_settings, write_development_secrets
from tests.conftest import settings_with


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("DATA_DIR", "WEB_PORT", "RUNTIME_PORT", "PUBLIC_URL", "MCP_URL", "MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_needs_to_be_set(tmp_path):
    settings = load_settings(tmp_path)
    assert settings.web_url == "http://localhost:3000"
    assert settings.runtime_url == "http://localhost:8800"
    assert settings.is_sqlite


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", "http://127.0.0.1:8800"),
        ("0.0.0.0", "http://127.0.0.1:8800"),
        ("10.0.0.7", "http://10.0.0.7:8800"),
        ("::", "http://[::1]:8800"),
    ],
)
def test_our_own_processes_reach_the_runtime_where_it_listens(tmp_path, host, reached):
    assert settings_with(tmp_path, host=host).runtime_direct_url == reached


def test_development_secrets_are_written_once_and_for_their_owner_alone(tmp_path):
    settings = settings_with(tmp_path, master_key=None)
    write_development_secrets(settings)
    path = tmp_path / "development.env"
    first = path.read_text()
    write_development_secrets(settings)
    assert path.read_text() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(first.partition("=")[2])) == 32


def test_of_starts_at_once_none_reads_half_a_secret(tmp_path):
    path, seen, is_over = tmp_path / "development.env", set(), threading.Event()

    def read() -> None:
        while not is_over.is_set():
            with contextlib.suppress(FileNotFoundError):
                seen.add(path.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    settings = settings_with(tmp_path, master_key=None)
    for _ in range(1_000):
        write_development_secrets(settings)
        path.unlink()
    is_over.set()
    reader.join()
    assert all(re.fullmatch(r"MASTER_KEY=[A-Za-z0-9+/]{43}=\n", text) for text in seen)
    assert list(tmp_path.iterdir()) == []


def test_generated_secrets_are_read_but_the_environment_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    write_development_secrets(load_settings(tmp_path))
    generated = load_settings(tmp_path).master_keys
    mine = base64.b64encode(b"m" * 32).decode()
    monkeypatch.setenv("MASTER_KEY", mine)
    assert load_settings(tmp_path).master_keys == (b"m" * 32,) != generated


def test_production_writes_no_secrets(tmp_path):
    settings = settings_with(tmp_path, environment="production", master_key=None)
    write_development_secrets(settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["", "short", base64.b64encode(b"x" * 31).decode(), "ä" * 44])
def test_a_weak_master_key_is_refused(tmp_path, key):
    with pytest.raises(SettingsInvalid, match="32 random bytes"):
        _ = settings_with(tmp_path, master_key=SecretStr(key)).master_keys


def test_a_secret_is_read_from_its_file_and_an_empty_file_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr("core.settings.SECRET_FILES", tmp_path)
    (tmp_path / "sentry_dsn").write_text("https://public@sentry.example/1\n")
    (tmp_path / "logfire_token").write_text("\n")
    settings = load_settings(tmp_path)
    assert settings.sentry_dsn == SecretStr("https://public@sentry.example/1")
    assert settings.logfire_token is None


def test_old_keys_follow_the_new_one(tmp_path):
    keys = [base64.b64encode(letter * 32).decode() for letter in (b"a", b"b", b"c")]
    settings = settings_with(
        tmp_path,
        master_key=SecretStr(keys[0]),
        master_key_previous=SecretStr(",".join(keys[1:])),
    )
    assert [key[:1] for key in settings.master_keys] == [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("sqlite:////tmp/a.db", "sqlite+aiosqlite:////tmp/a.db"),
    ],
)
def test_a_database_url_gets_the_right_driver(tmp_path, given, wanted):
    assert settings_with(tmp_path, database_url=SecretStr(given)).sqlalchemy_url == wanted


def test_postgres_settings_make_a_url_and_escape_its_parts(tmp_path):
    settings = settings_with(
        tmp_path, postgres_host="db", postgres_password=SecretStr("p@ss/word"), postgres_db="a"
    )
    assert settings.sqlalchemy_url == "postgresql+psycopg://toolkiln:p%40ss%2Fword@db:5432/a"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"public_url": "example.com"}, "PUBLIC_URL is scheme"),
        ({"public_url": "https://a.example/x"}, "PUBLIC_URL is scheme"),
        ({"public_url": "https://a.example", "mcp_url": "https://b.example"}, "one host name"),
        ({"egress_allowed_hosts": "localhost"}, "host:port"),
        *(
            ({"egress_allowed_hosts": entry}, "must not open the product")
            for entry in (
                *("127.0.0.1:3000", "[::1]:8800", "0.0.0.0:8800", "127.1:3000", "[::]:3000"),
                *("2130706433:8800", "[::ffff:127.0.0.1]:8800", "ip6-localhost:3000"),
                *("LOCALHOST.:8800", "my-laptop:3000", "192.168.1.7:8800"),
            )
        ),
        ({"sample_api_port": 3000}, "must not open the product"),
        (
            {
                "database_url": SecretStr("postgresql://u:p@127.0.0.1/d"),
                "egress_allowed_hosts": "localhost:5432",
            },
            "must not open the product",
        ),
        (
            {"postgres_host": "db", "postgres_port": 5433, "egress_allowed_hosts": "db:5433"},
            "must not open the product",
        ),
        (
            {"redis_url": SecretStr("redis://cache"), "egress_allowed_hosts": "127.1:6379"},
            "must not open the product",
        ),
        (
            {"public_url": "http://localhost:4000", "egress_allowed_hosts": "127.0.0.1:4000"},
            "must not open the product",
        ),
        (
            {
                "environment": "production",
                "public_url": "https://a.example",
                "egress_allowed_hosts": "api:1",
            },
            "refused in production",
        ),
        ({"egress_denied_networks": "10.0.0.1/8"}, "EGRESS_DENIED_NETWORKS holds networks"),
    ],
)
def test_contradictions_stop_the_start(tmp_path, values, words):
    with pytest.raises(ValidationError, match=words):
        settings_with(tmp_path, **values)


def test_other_services_of_the_machine_may_be_opened(tmp_path):
    settings = settings_with(
        tmp_path,
        public_url="https://tunnel.example",
        mcp_url="https://tunnel.example",
        egress_allowed_hosts="localhost:5000, 10.0.0.7:443 [::1]:6379",
    )
    assert settings.allowed_upstreams == {
        ("localhost", 8900), ("localhost", 5000), ("10.0.0.7", 443), ("::1", 6379),
    }  # fmt: skip


def test_problems_are_told_by_the_name_of_their_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("WEB_PORT", "http")
    with pytest.raises(SettingsInvalid, match="WEB_PORT: "):
        load_settings(tmp_path)


def test_in_production_both_programs_share_one_address(tmp_path):
    settings = settings_with(tmp_path, environment="production", public_url="https://a.example/")
    assert settings.runtime_url == settings.web_url == "https://a.example"
    assert settings.allowed_upstreams == frozenset()


def test_secrets_do_not_show_when_settings_are_printed(tmp_path):
    settings = settings_with(tmp_path, database_url=SecretStr("postgresql://u:hunter2@h/d"))
    assert "hunter2" not in repr(settings)


def test_the_mailbox_that_a_shell_names_is_no_choice(tmp_path, monkeypatch):
    monkeypatch.setenv("MAIL", "/var/mail/root")
    assert load_settings(tmp_path).mail_driver == "outbox"


@pytest.mark.parametrize(
    "sender", ["nobody", "a@b.example, c@d.example", "Kiln <a@b.example>\nBcc: c@d.example", "@"]
)
def test_the_sender_is_one_address(tmp_path, sender):
    with pytest.raises(ValidationError, match="EMAIL_FROM is one address"):
        settings_with(tmp_path, email_from=sender)


def test_mail_goes_where_settings_are(tmp_path):
    assert settings_with(tmp_path).mail_driver == "outbox"
    assert settings_with(tmp_path, resend_api_key="re_1").mail_driver == "resend"
    assert settings_with(tmp_path, smtp_host="mail.example").mail_driver == "smtp"
    assert settings_with(tmp_path, resend_api_key="re_1", mail="off").mail_driver == "off"


@pytest.mark.parametrize(
    "values",
    [
        {"google_client_id": "a"},
        {"google_client_secret": SecretStr("b")},
        {
            "google_issuer": "http://accounts.example",
            "environment": "production",
            "public_url": "https://kiln.example",
        },
    ],
)
def test_google_is_set_whole_and_over_tls(tmp_path, values):
    with pytest.raises(ValidationError, match="GOOGLE_"):
        settings_with(tmp_path, **values)
