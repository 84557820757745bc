"""The doctor names each part, and finds what stands against running."""

import json
import sys

import pytest

from core import schema
from core.production import NotFit, require_fit
from core.settings import Environment
from saas_app import doctor
from tests.conftest import settings_with

FIT = {
    "storage": "disk",
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


async def test_every_part_is_named_with_its_driver_and_its_settings(tmp_path):
    settings = settings_with(tmp_path)
    schema.migrate(settings)
    findings = {finding.part: finding for finding in await doctor.examine(settings)}
    assert findings["Database"].driver.startswith("SQLite in ")
    assert "DATABASE_URL" in findings["Database"].settings
    assert findings["Database"].state == "works"
    assert findings["Secrets"].state == "works"
    assert findings["Page state"].driver == "memory of one web process"
    assert findings["Jobs"].state == "does not run"
    assert not any(finding.problems for finding in findings.values())


async def test_a_part_that_does_not_answer_is_a_problem(tmp_path):
    settings = settings_with(
        tmp_path,
        redis_url="redis://127.0.0.1:1/0",
        database_url="postgresql://nobody@127.0.0.1:1/none",
    )
    findings = {finding.part: finding for finding in await doctor.examine(settings)}
    assert findings["Page state"].problems == ("Redis cannot be reached: ConnectionError.",)
    assert findings["Database"].problems == ("It cannot be reached: OperationalError.",)


def test_programs_get_json_and_an_exit_code(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setattr(sys, "argv", ["doctor", "--json"])
    with pytest.raises(SystemExit) as ended:
        doctor.main()
    report = json.loads(capsys.readouterr().out)
    assert (ended.value.code, report["well"]) == (1, False)
    assert {part["part"] for part in report["parts"] if part["problems"]} >= {
        "Addresses",
        "Database",
        "Secrets",
    }
