"""The compose file is sound, and Caddy sends each path where it belongs."""

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
from tests.conftest import RANDOM_KEY
from tests.operations.copies import copy_tree

ROOT = Path(__file__).parent.parent.parent
OURS = ("migrate", "web", "runtime", "worker")
# The files of docs/operating.md; what is not used is empty.
SECRETS = {
    "master_key": f"{RANDOM_KEY}\n",
    "postgres_password": "5d41402abc4b2a76b9719d911017c592\n",
    "logfire_token": "",
    "sentry_dsn": "",
    "resend_api_key": "",
    "smtp_password": "",
    "turnstile_secret_key": "",
    "google_client_secret": "",
}
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
    for name, value in SECRETS.items():
        (tmp_path / "secrets" / name).write_text(value)
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
        if name != "migrate":
            assert "healthcheck" in service, name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name


@pytest.mark.parametrize(
    ("name", "address"),
    [("web", "http://127.0.0.1:3000/api/ready"), ("runtime", "http://127.0.0.1:8800/ready")],
)
def test_caddy_waits_until_the_programs_behind_it_are_ready(compose, name, address):
    assert compose["services"]["caddy"]["depends_on"][name] == {"condition": "service_healthy"}
    assert address in compose["services"][name]["healthcheck"]["test"][-1]


def test_only_caddy_is_open_to_the_world(compose):
    open_to_world = [name for name, service in compose["services"].items() if "ports" in service]
    assert open_to_world == ["caddy"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert compose["services"]["postgres"]["networks"] == ["inside"]
    assert compose["services"]["redis"]["networks"] == ["inside"]


@pytest.mark.parametrize("name", [*OURS, "sandbox"])
def test_our_containers_have_no_rights(compose, name):
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", OURS)
def test_production_accepts_the_settings(compose, name, monkeypatch, tmp_path):
    environment = compose["services"][name]["environment"]
    secrets = compose["services"][name]["secrets"]
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    for setting, value in environment.items():
        assert setting.lower() in Settings.model_fields, setting
        monkeypatch.setenv(setting, filled(value))
    for secret in secrets:
        assert secret in Settings.model_fields, secret
        (tmp_path / secret).write_text(SECRETS[secret])
    settings = Settings(_env_file=None, _secrets_dir=tmp_path)  # pyright: ignore[reportCallIssue]
    assert settings.sentry_dsn is settings.logfire_token is None
    assert settings.runtime_url == "https://toolkiln.example.com"
    assert refusals(settings) == []


def test_no_secret_gets_into_the_repository_or_the_image(compose):
    paths = [Path(secret["file"]) for secret in compose["secrets"].values()]
    check = ["git", "check-ignore", "--no-index", *map(str, paths)]
    listed = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert paths
    for path in paths:
        assert path in map(Path, listed.splitlines())
        assert {str(path), *map(str, path.parents)} & set(ignored)
        assert not {f"!{path}", *(f"!{parent}" for parent in path.parents)} & set(ignored)


def test_no_secret_stands_in_the_file(compose):
    secret = {name.upper() for name in (*SECRETS, "database_url")}
    for name in OURS:
        assert secret.isdisjoint(compose["services"][name]["environment"]), name
    assert "POSTGRES_PASSWORD" not in compose["services"]["postgres"]["environment"]
