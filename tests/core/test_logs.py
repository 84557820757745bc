"""Logs are events with fields and ids, for people or for programs, and without secrets."""

import asyncio
import json
import logging

import pytest
from loguru import logger

from core.environment import Environment
from core.logs import bind_ids, log, log_context, set_up_logs
from tests.conftest import settings_with

SECRET = "hunter2-in-an-argument"


@pytest.fixture
def written(tmp_path, capsys):
    """Sets the logs up for an environment, and returns a function that reads what was written."""
    kept = logging.root.handlers[:], logging.root.level

    def begin(environment: Environment):
        set_up_logs(settings_with(tmp_path, environment=environment), program="web")
        return lambda: capsys.readouterr().err

    yield begin
    logger.remove()
    logger.configure(extra={})
    logging.root.handlers[:], logging.root.level = kept


@pytest.fixture
def events(written):
    """Returns the events that were written in production, as programs read them."""
    read = written(Environment.PRODUCTION)
    return lambda: [json.loads(line) for line in read().splitlines()]


def fail(password):
    raise ValueError(f"cannot use {password}")


def test_in_production_an_event_is_one_line_of_json(events):
    log.info("version.published", number=3, note="two\nlines")
    (event,) = events()
    assert event.pop("time").startswith("20")
    assert event.pop("where").startswith("tests.core.test_logs:")
    assert event == {
        "level": "INFO",
        "event": "version.published",
        "program": "web",
        "number": 3,
        "note": "two\nlines",
    }


def test_in_development_an_event_is_a_line_that_people_read(written):
    read = written(Environment.DEVELOPMENT)
    with log_context(request_id="r-1"):
        log.info("version.published", number=3)
    line = read()
    assert "INFO" in line
    assert "version.published" in line
    assert "number=3" in line
    assert "request_id=r-1" in line
    assert line.count("\n") == 1


def test_ids_stand_on_every_event_of_a_block_and_on_none_after_it(events):
    with log_context(request_id="r-1"):
        with log_context(server_id="s-1"):
            log.info("inner")
        log.info("outer")
    log.info("after")
    ids = [{name for name in event if name.endswith("_id")} for event in events()]
    assert ids == [{"request_id", "server_id"}, {"request_id"}, set()]


def test_an_id_that_is_learnt_on_the_way_stays_until_the_block_ends(events):
    with log_context(request_id="r-1"):
        bind_ids(organization_id="o-1")
        log.info("inside")
    log.info("after")
    inside, after = events()
    assert (inside["request_id"], inside["organization_id"]) == ("r-1", "o-1")
    assert "organization_id" not in after


def test_what_an_event_says_itself_wins_over_what_is_bound(events):
    with log_context(server_id="s-1"):
        log.info("draft.tool_incomplete", server_id="s-2")
    assert events()[0]["server_id"] == "s-2"


async def test_tasks_beside_each_other_keep_their_ids_apart(events):
    async def serve(number: int) -> None:
        bind_ids(request_id=number)
        await asyncio.sleep(0)
        log.info("served", number=number)

    await asyncio.gather(*(asyncio.create_task(serve(number)) for number in range(3)))
    assert [event["request_id"] for event in events()] == ["0", "1", "2"]


def test_a_failure_is_told_by_type_and_place_without_what_it_was_about(events):
    password = SECRET
    try:
        fail(password)
    except ValueError as error:
        log.opt(exception=error).error("event.failed")
    (event,) = events()
    assert event["exception"].startswith("ValueError at ")
    assert "test_logs.py" in event["exception"]
    assert " fail < " in event["exception"]
    assert SECRET not in str(event)


@pytest.mark.parametrize("environment", Environment)
def test_no_secret_of_the_settings_is_written(written, environment, tmp_path):
    read = written(environment)
    settings = settings_with(tmp_path, redis_url=f"redis://:{SECRET}@cache/0")
    log.info("settings.read", settings=settings)
    assert SECRET not in read()


def test_what_libraries_log_comes_in_the_same_form_with_the_same_ids(events):
    with log_context(request_id="r-1"):
        logging.getLogger("some.library").warning("slow %s", "answer")
    (event,) = events()
    assert (event["event"], event["level"]) == ("slow answer", "WARNING")
    assert (event["logger"], event["request_id"]) == ("some.library", "r-1")


def test_chatter_of_libraries_is_left_out(events):
    logging.getLogger("httpx2").info("GET https://api.example.com/?token=%s", SECRET)
    assert events() == []
