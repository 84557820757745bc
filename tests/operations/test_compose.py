"""The compose file is sound, and Caddy sends each path where it belongs."""

import base64
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from core.production import refusals
from core.settings import Settings
from tests.operations.copies import copy_tree

ROOT = Path(__file__).parent.parent.parent
OURS = ("migrate", "web", "runtime", "worker")
RANDOM_KEY = base64.b64encode(bytes(range(32))).decode()
VALUES = {"DOMAIN": "toolkiln.example.com", "ACME_EMAIL": "ops@example.com", "MAIL": "off"}
LOCAL_DOMAIN = "toolkiln.localhost"


def answers(*command: str) -> bool:
    """Whether a program is there and succeeds."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def filled(value: str) -> str:
    """Fill `${NAME:-default}` and `${NAME:?message}` as compose does."""
    while "${" in value:
        before, rest = value.split("${", 1)
        inside, after = rest.split("}", 1)
        name, _, default = inside.partition(":")
        value = before + VALUES.get(name, default[1:] if default.startswith("-") else "") + after
    return value


@pytest.mark.skipif(not answers("docker", "compose", "version"), reason="compose is not installed")
def test_compose_accepts_the_file():
    command = ["docker", "compose", "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    subprocess.run(command, env={**os.environ, **VALUES}, check=True)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not answers("docker", "info"), reason="no container engine answers here")
def test_the_containers_start_and_answer_over_tls(tmp_path):
    copy_tree(tmp_path)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/master_key").write_text(RANDOM_KEY)
    (tmp_path / "secrets/postgres_password").write_text("only-for-this-test")
    for unused in ("resend_api_key", "smtp_password"):
        (tmp_path / "secrets" / unused).touch()
    compose = ["docker", "compose", "--project-name", "toolkiln-test"]
    # Caddy makes certificates of its own for names under localhost.
    values = {**os.environ, **VALUES, "DOMAIN": LOCAL_DOMAIN}
    try:
        up = [*compose, "up", "--build", "--detach", "--wait"]
        subprocess.run(up, cwd=tmp_path, env=values, check=True)
        answer = httpx2.get(
            "https://127.0.0.1/api/ready",
            headers={"Host": LOCAL_DOMAIN},
            extensions={"sni_hostname": LOCAL_DOMAIN},
            verify=False,
        )
        assert answer.json()["status"] == "ready"
    finally:
        subprocess.run([*compose, "down", "--volumes"], cwd=tmp_path, env=values, check=True)


def test_everything_that_is_named_is_declared(compose):
    for name, service in compose["services"].items():
        assert set(service.get("networks", [])) <= set(compose["networks"]), name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
        mounts = [volume.split(":")[0] for volume in service.get("volumes", [])]
        named = {mount for mount in mounts if not mount.startswith((".", "/"))}
        assert named <= set(compose["volumes"]), name


def test_everything_that_stays_up_is_watched_and_started_again(compose):
    for name, service in compose["services"].items():
        if name not in ("migrate", "caddy"):
            assert "healthcheck" in service, name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name


def test_only_caddy_is_open_to_the_world(compose):
    open_to_world = [name for name, service in compose["services"].items() if "ports" in service]
    assert open_to_world == ["caddy"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert compose["services"]["postgres"]["networks"] == ["inside"]
    assert compose["services"]["redis"]["networks"] == ["inside"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights(compose, name):
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", OURS)
def test_production_accepts_the_settings(compose, name, monkeypatch):
    environment = compose["services"][name]["environment"]
    secrets = compose["services"][name]["secrets"]
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    for setting, value in environment.items():
        assert setting.lower() in Settings.model_fields, setting
        monkeypatch.setenv(setting, filled(value))
    for secret in secrets:
        assert secret in Settings.model_fields, secret
        monkeypatch.setenv(secret.upper(), RANDOM_KEY if secret == "master_key" else "given")
    settings = Settings(_env_file=None)  # pyright: ignore[reportCallIssue]
    assert settings.runtime_url == "https://toolkiln.example.com"
    assert refusals(settings) == []


def test_no_secret_stands_in_the_file(compose):
    names = ("master_key", "postgres_password", "database_url", "resend_api_key", "smtp_password")
    secret = {name.upper() for name in names}
    for name in OURS:
        assert secret.isdisjoint(compose["services"][name]["environment"]), name
    assert "POSTGRES_PASSWORD" not in compose["services"]["postgres"]["environment"]
