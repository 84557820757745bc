"""The configuration as admins read it: everything but what is secret."""

from uuid import uuid4

import pytest
from pydantic import SecretStr

from core.admin_access import Admin
from core.settings import Settings
from saas_app.services.admin.configuration import look_at_parts, look_at_settings
from tests.conftest import settings_with
from tests.people import FRESH

SECRETS = {
    name: f"{name}-hidden-value"
    for name in (
        "redis_url", "postgres_password", "s3_access_key_id", "s3_secret_access_key",
        "master_key", "master_key_previous", "resend_api_key", "smtp_password",
        "google_client_secret", "turnstile_secret_key", "logfire_token", "sentry_dsn",
    )
}  # fmt: skip


def test_the_configuration_says_of_secrets_only_whether_they_are_set(tmp_path, admin_stub):
    settings = settings_with(
        tmp_path,
        database_url="postgresql://me:database-hidden-value@db.example/x",
        s3_endpoint="https://who:endpoint-hidden-value@s3.example/",
        google_client_id="client",
        turnstile_site_key="site",
        **SECRETS,
    )
    groups = look_at_settings(admin_stub, settings)
    shown = {one.name: one for group in groups for one in group.settings}
    assert set(shown) == {name.upper() for name in Settings.model_fields}
    assert "hidden-value" not in str(groups)
    assert "hidden-value" not in str(look_at_parts(admin_stub, settings))
    secret = {name for name in Settings.model_fields if _is_secret(settings, name)}
    assert {one.name.lower() for one in shown.values() if one.is_secret} == secret | set(SECRETS)
    for name in (*SECRETS, "database_url"):
        assert shown[name.upper()].value == "Set"
    assert shown["S3_ENDPOINT"].value == "https://s3.example/"
    assert shown["GOOGLE_CLIENT_ID"].value == "client"
    unset = look_at_settings(admin_stub, settings_with(tmp_path))
    values = {one.name: one.value for group in unset for one in group.settings}
    assert (values["SMTP_PASSWORD"], values["MASTER_KEY"]) == ("Not set", "Set")


def test_a_longer_secret_looks_the_same(tmp_path, admin_stub):
    short = look_at_settings(admin_stub, settings_with(tmp_path, smtp_password="x"))
    long = look_at_settings(admin_stub, settings_with(tmp_path, smtp_password="x" * 99))
    assert short == long


def _is_secret(settings: Settings, name: str) -> bool:
    return isinstance(getattr(settings, name), SecretStr)


@pytest.fixture
def admin_stub():
    """An admin of no database: the settings are asked, not the rows."""
    return Admin(uuid4(), FRESH)
