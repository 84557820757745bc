"""The operator's command: how the first admin comes to be."""

import asyncio
import sys

import pytest

from core import schema
from core.database import Database
from saas_app import admin
from tests.cast import make_cast
from tests.conftest import settings_with


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Returns a function that runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def command(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["admin", *arguments])
        admin.main()
        return capsys.readouterr().out

    return command


async def _fill(folder) -> None:
    database = Database(settings_with(folder))
    async with database.write() as session:
        await make_cast(session)
    await database.close()


def test_an_operator_grants_lists_and_revokes(run, tmp_path):
    schema.migrate(settings_with(tmp_path))
    asyncio.run(_fill(tmp_path))
    assert run("list") == "There is no admin yet.\n"
    assert run("grant", "Alice@Example.com").startswith("alice@example.com is an admin.")
    assert run("list") == "alice@example.com  Alice\n"
    assert run("revoke", "alice@example.com") == "alice@example.com is no admin any more.\n"
    assert run("list") == "There is no admin yet.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("grant", "nobody@example.com"), "Nobody has signed up with nobody@example.com."),
        (("revoke", "bob@example.com"), "They are no admin."),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_an_error(run, tmp_path, arguments, words):
    schema.migrate(settings_with(tmp_path))
    asyncio.run(_fill(tmp_path))
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == words


def test_tables_that_are_not_there_are_no_trace(run):
    assert "Start Toolkiln first" in run("list")
