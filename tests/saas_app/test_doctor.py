"""The doctor names each part, and finds what stands against running."""

import json
import sys

import pytest

from core import schema
from saas_app import doctor
from tests.conftest import settings_with


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
