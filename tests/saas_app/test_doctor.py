"""The doctor names each part, and finds what stands against running."""

import json
import sys

import pytest

from core import schema
from core.production import Part, refusals
from saas_app import doctor
from saas_app.jobs.names import claim_name, live_workers
from tests.conftest import settings_with
from tests.sandbox.conftest import (
    start_refusing_supervisor,
    start_supervisor,
    stop_supervisor,
)


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


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_a_worker_on_another_machine_is_seen_through_the_database(
    settings, database, tmp_path
):
    url = settings.database_url.get_secret_value()
    from_elsewhere = settings_with(tmp_path / "elsewhere", database_url=url)

    async def jobs() -> str:
        findings = await doctor.examine(from_elsewhere)
        return next(finding.state for finding in findings if finding.part == "Jobs")

    assert await jobs() == "does not run"
    async with claim_name(settings, database) as first, claim_name(settings, database):
        assert await jobs() == "runs"
        await first.require()
        assert await live_workers(database, within_seconds=30) == 2
        assert await live_workers(database, within_seconds=0) == 0
    assert await jobs() == "does not run"


async def test_the_user_interface_of_an_image_is_found_where_the_image_has_it(
    tmp_path, monkeypatch
):
    async def interface() -> str:
        findings = await doctor.examine(settings_with(tmp_path))
        return next(finding.state for finding in findings if finding.part == "User interface")

    monkeypatch.setenv("REFLEX_WEB_WORKDIR", str(tmp_path / "ui"))
    assert await interface() == "not built yet; bin/run does"
    (tmp_path / "ui/build/client").mkdir(parents=True)
    assert await interface() == "built"


async def test_no_reason_against_running_is_left_out(tmp_path):
    settings = settings_with(
        tmp_path, environment="production", turnstile_verify_url="http://turnstile.example"
    )
    findings = {finding.part: finding for finding in await doctor.examine(settings)}
    assert set(Part) <= set(findings)
    for refusal in refusals(settings):
        assert refusal.reason in findings[refusal.part].problems
    assert findings["Signing in"].problems == ("TURNSTILE_VERIFY_URL needs https://.",)


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


async def python_tools(settings) -> doctor.Finding:
    findings = await doctor.examine(settings)
    return next(finding for finding in findings if finding.part == "Python tools")


async def test_a_host_that_cannot_isolate_is_a_problem_with_its_reason_and_remedy(tmp_path):
    settings = settings_with(tmp_path)
    assert (await python_tools(settings)).state == "does not run"
    refusing = start_refusing_supervisor(settings.data_dir)
    try:
        finding = await python_tools(settings)
    finally:
        stop_supervisor(refusing)
    assert finding.state == "does not work"
    assert finding.problems[0].startswith("namespaces: bwrap: No permissions")
    assert "docs/sandbox.md" in finding.problems[0]


async def test_the_tier_that_isolates_is_named(tmp_path):
    settings = settings_with(tmp_path, sandbox="unsafe-dev")
    running = start_supervisor(settings.data_dir, SANDBOX="unsafe-dev")
    try:
        finding = await python_tools(settings)
    finally:
        stop_supervisor(running)
    assert (finding.state, finding.problems) == ("works, tier none; limits: rlimit", ())
    assert finding.driver == "processes that nothing isolates for certain"


async def test_python_tools_that_are_switched_off_are_no_problem(tmp_path):
    settings = settings_with(tmp_path, sandbox="off")
    running = start_supervisor(settings.data_dir, SANDBOX="off")
    try:
        finding = await python_tools(settings)
    finally:
        stop_supervisor(running)
    assert (finding.driver, finding.state, finding.problems) == ("switched off", "off", ())
