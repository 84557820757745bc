"""What production refuses, and that a sound set-up passes."""

import base64
import hashlib

import pytest
from pydantic import SecretStr

from core.environment import Environment
from core.production import NotFit, require_fit
from tests.conftest import RANDOM_KEY, settings_with

FIT = {
    "environment": Environment.PRODUCTION,
    "public_url": "https://kiln.example",
    "database_url": "postgresql://kiln:5d41402abc4b2a76b9719d911017c592@db/kiln",
    "redis_url": "redis://cache/0",
    "storage": "disk",
    "master_key": RANDOM_KEY,
    "mail": "off",
}


def reasons(tmp_path, **values: object) -> str:
    with pytest.raises(NotFit) as refused:
        require_fit(settings_with(tmp_path, **{**FIT, **values}))
    return refused.value.message


def test_development_needs_nothing(tmp_path):
    require_fit(settings_with(tmp_path, master_key=None))


def test_production_starts_with_real_parts(tmp_path):
    require_fit(settings_with(tmp_path, **FIT))


def test_production_refuses_plain_http(tmp_path):
    assert "PUBLIC_URL is http://kiln.example" in reasons(
        tmp_path, public_url="http://kiln.example"
    )
    assert "MCP_URL is http:" in reasons(tmp_path, mcp_url="http://kiln.example")


def test_production_refuses_an_address_of_this_machine(tmp_path):
    assert "this machine alone" in reasons(tmp_path, public_url="https://localhost")


def test_production_refuses_to_run_python_tools_without_isolation(tmp_path):
    assert "SANDBOX=unsafe-dev isolates nothing" in reasons(tmp_path, sandbox="unsafe-dev")
    require_fit(settings_with(tmp_path, **{**FIT, "sandbox": "compat"}))
    require_fit(settings_with(tmp_path, sandbox="unsafe-dev"))


def test_production_refuses_a_database_nobody_chose(tmp_path):
    assert "DATABASE=sqlite" in reasons(tmp_path, database_url=None)
    require_fit(settings_with(tmp_path, **{**FIT, "database_url": None, "database": "sqlite"}))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://kiln@db/kiln",
        "postgresql://kiln:@db/kiln",
        "postgresql://kiln:9f86d081884c7d6@db/kiln",
        "postgresql://kiln:ChangeMe-ChangeMe@db/kiln",
        "postgresql://kiln:your-postgres-password-here@db/kiln",
        "postgresql://kiln:aaaaaaaaaaaaaaaaaaaa@db/kiln",
        "postgresql://kiln:short@/kiln?host=db",
    ],
)
def test_production_refuses_a_missing_and_a_weak_password_of_the_database(tmp_path, url):
    told = reasons(tmp_path, database_url=url)
    assert "POSTGRES_PASSWORD" in told
    assert "openssl" in told


def test_the_password_in_parts_is_looked_at_alike(tmp_path):
    parts = {"database_url": None, "postgres_host": "db"}
    assert "POSTGRES_PASSWORD" in reasons(tmp_path, **parts)
    assert "POSTGRES_PASSWORD" in reasons(tmp_path, **parts, postgres_password="postgres")
    good = SecretStr("correct horse/battery@staple")
    require_fit(settings_with(tmp_path, **{**FIT, **parts, "postgres_password": good}))


@pytest.mark.parametrize("url", ["postgresql:///kiln?host=/run/postgresql", "postgresql:///kiln"])
def test_a_socket_of_the_machine_needs_no_password(tmp_path, url):
    require_fit(settings_with(tmp_path, **{**FIT, "database_url": url}))


def test_production_refuses_a_missing_and_a_broken_key(tmp_path):
    assert "MASTER_KEY is not set" in reasons(tmp_path, master_key=None)
    assert "32 random bytes" in reasons(tmp_path, master_key="changeme")


@pytest.mark.parametrize(
    "key",
    [
        bytes(32),
        bytes(range(32)),
        bytes(range(255, 223, -1)),
        bytes(range(0, 256, 8)),
        bytes(range(16)) + bytes(range(100, 116)),
        hashlib.sha256(b"half").digest()[:16] * 2,
        b"The quick brown fox jumps over t",
        b"a2c4e6a8f0b1d3e5a7c9f2b4d6e8a0c1",
    ],
)
def test_production_refuses_a_key_that_is_not_random(tmp_path, key):
    assert "not random" in reasons(tmp_path, master_key=base64.b64encode(key).decode())


def test_random_keys_pass(tmp_path):
    for number in range(1_000):
        key = hashlib.sha256(f"{number}".encode()).digest()
        require_fit(
            settings_with(tmp_path, **{**FIT, "master_key": base64.b64encode(key).decode()})
        )


def test_a_weak_key_can_be_left_behind(tmp_path):
    old = base64.b64encode(bytes(range(32))).decode()
    require_fit(settings_with(tmp_path, **{**FIT, "master_key_previous": old}))


def test_two_web_processes_need_redis_everywhere(tmp_path):
    with pytest.raises(NotFit, match="REDIS_URL"):
        require_fit(settings_with(tmp_path, web_workers=2))
    assert "REDIS_URL" in reasons(tmp_path, web_workers=2, redis_url=None, page_state="memory")


def test_production_keeps_pages_in_memory_only_where_that_was_chosen(tmp_path):
    assert "PAGE_STATE=memory" in reasons(tmp_path, redis_url=None)
    require_fit(settings_with(tmp_path, **{**FIT, "redis_url": None, "page_state": "memory"}))


SMTP = {"mail": "smtp", "smtp_host": "mail.example", "email_from": "Kiln <mail@kiln.example>"}


def test_production_refuses_the_outbox_and_mail_that_nobody_chose(tmp_path):
    for mail in ("", "outbox"):
        assert "The outbox sends nothing" in reasons(tmp_path, mail=mail)


@pytest.mark.parametrize("environment", Environment)
def test_a_provider_without_its_settings_is_refused_everywhere(tmp_path, environment):
    def told(**values: object) -> str:
        return reasons(tmp_path, environment=environment, mcp_url="https://kiln.example", **values)

    assert "MAIL=resend needs RESEND_API_KEY." in told(mail="resend")
    assert "MAIL=resend needs RESEND_API_KEY." in told(mail="resend", resend_api_key="")
    assert "MAIL=resend needs EMAIL_FROM." in told(mail="", resend_api_key="re_1")
    assert "MAIL=smtp needs SMTP_HOST." in told(mail="smtp", email_from="a@b.example")
    assert "MAIL=smtp needs EMAIL_FROM." in told(mail="", smtp_host="mail.example")


def test_production_takes_a_provider_by_name_or_by_its_settings(tmp_path):
    for values in (SMTP, {**SMTP, "mail": ""}, {"mail": "", "email_from": "a@b.example"}):
        given = {"resend_api_key": None if "smtp_host" in values else "re_1", **values}
        require_fit(settings_with(tmp_path, **{**FIT, **given}))


def test_production_sends_no_links_in_the_clear(tmp_path):
    assert "SMTP_TLS=off" in reasons(tmp_path, **SMTP, smtp_tls="off")
    local = {**SMTP, "smtp_host": "127.0.0.1", "smtp_tls": "off"}
    require_fit(settings_with(tmp_path, **{**FIT, **local}))
    plain = {"mail": "resend", "resend_api_key": "re_1", "email_from": "a@b.example"}
    assert "plain http" in reasons(tmp_path, **plain, resend_api_url="http://resend.example")


def test_production_refuses_a_store_of_files_nobody_chose(tmp_path):
    assert "STORAGE=disk" in reasons(tmp_path, storage="")
    assert "S3_BUCKET" in reasons(tmp_path, storage="s3")
    require_fit(settings_with(tmp_path, **{**FIT, "storage": "off"}))
