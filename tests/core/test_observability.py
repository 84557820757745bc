"""What Sentry and Logfire get: names, types, places and ids; never what it was about."""

import pytest
from loguru import logger
from opentelemetry import trace
from sqlalchemy.exc import DBAPIError
from sqlmodel import text

from core.logs import bind_ids, log, log_context
from core.observability import set_up_observability
from core.tracing import span
from tests.conftest import settings_with

SECRET = "hunter2-in-an-argument"


def fail(password):
    raise ValueError(f"cannot use {password}")


def failing_call():
    with log_context(request_id="r-1", server_id="s-1"):
        try:
            fail(SECRET)
        except ValueError as error:
            log.opt(exception=error).error("tool.crashed", arguments={"password": SECRET})


def event_of(envelopes):
    return envelopes[0].get_event()


def test_a_failure_arrives_with_its_type_places_and_ids(sent):
    failing_call()
    event = event_of(sent)
    (error,) = event["exception"]["values"]
    assert error["type"] == "ValueError"
    assert error["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["tags"] == {"program": "runtime", "request_id": "r-1", "server_id": "s-1"}
    assert event["logentry"]["message"] == "tool.crashed"


def test_nothing_of_what_it_was_about_is_in_the_envelope(sent):
    failing_call()
    assert SECRET not in str(event_of(sent))
    assert SECRET.encode() not in sent[0].serialize()


def test_refusals_are_no_failures(sent):
    log.info("event.refused", code="not_found")
    assert sent == []


def test_logfire_gets_of_a_failure_what_sentry_gets(spans):
    failing_call()
    (record,) = spans
    assert record.attributes["event"] == "tool.crashed"
    assert record.attributes["request_id"] == "r-1"
    assert record.attributes["server_id"] == "s-1"
    assert "ValueError" in record.attributes["exception"]
    assert "test_observability.py" in record.attributes["exception"]
    assert SECRET not in record.to_json()


def test_what_libraries_say_is_cut_to_its_first_word(spans):
    log.info("{} was asked for {secret}", 5, secret=SECRET)
    log.warning("Cannot use " + SECRET)
    assert [record.attributes["event"] for record in spans] == ["5", "Cannot"]
    assert all(SECRET not in record.to_json() for record in spans)


def test_a_span_carries_ids_and_of_an_error_the_type_alone(spans):
    def fail_in_spans():
        with log_context(request_id="r-1"), span("runtime.request"):
            bind_ids(server_id="s-1")
            with span("tool.call", tool="get_city"):
                fail(SECRET)

    with pytest.raises(ValueError, match=SECRET):
        fail_in_spans()
    inner, outer = spans
    assert (inner.name, outer.name) == ("tool.call", "runtime.request")
    assert inner.parent.span_id == outer.context.span_id
    assert inner.attributes["tool"] == "get_city"
    for one in (inner, outer):
        assert one.attributes["request_id"] == "r-1"
        assert one.attributes["server_id"] == "s-1"
        assert one.attributes["error.type"] == "ValueError"
        assert one.events == ()
        assert SECRET not in one.to_json()


def test_libraries_send_no_spans_of_their_own(spans):
    with trace.get_tracer("a.library").start_as_current_span("GET", attributes={"url": SECRET}):
        pass
    assert spans == []


async def test_errors_of_the_database_do_not_tell_its_values(database):
    with pytest.raises(DBAPIError) as failed:
        async with database.read() as session:
            await session.exec(text("SELECT :password FROM nothing"), params={"password": SECRET})
    assert SECRET not in str(failed.value)


def test_without_a_dsn_nothing_is_set_up(tmp_path):
    logger.remove()
    set_up_observability(settings_with(tmp_path), program="web")
    log.error("tool.crashed")
    assert logger._core.handlers == {}
