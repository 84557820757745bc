"""What production refuses, and that a sound set-up passes."""

import pytest

from core.production import NotFit, require_fit
from core.settings import Environment
from tests.conftest import settings_with

FIT = {
    "environment": Environment.PRODUCTION,
    "public_url": "https://kiln.example",
    "database_url": "postgresql://kiln@db/kiln",
    "master_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
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


def test_production_refuses_a_database_nobody_chose(tmp_path):
    assert "DATABASE=sqlite" in reasons(tmp_path, database_url=None)
    require_fit(settings_with(tmp_path, **{**FIT, "database_url": None, "database": "sqlite"}))


def test_production_refuses_a_missing_a_weak_and_a_broken_key(tmp_path):
    assert "MASTER_KEY is not set" in reasons(tmp_path, master_key=None)
    zeros = "A" * 43 + "="
    assert "not random" in reasons(tmp_path, master_key=zeros)
    assert "32 random bytes" in reasons(tmp_path, master_key="changeme")


def test_two_web_processes_need_redis_everywhere(tmp_path):
    with pytest.raises(NotFit, match="REDIS_URL"):
        require_fit(settings_with(tmp_path, web_workers=2))
    assert "REDIS_URL" in reasons(tmp_path, web_workers=2)
