"""What Sentry gets of a failure: its type, its places and its ids; never what it was about."""

import pytest
import sentry_sdk
from loguru import logger
from pydantic import SecretStr
from sentry_sdk.transport import Transport

from core.logs import log, log_context
from core.observability import set_up_observability
from tests.conftest import settings_with

DSN = SecretStr("https://public@sentry.example/1")
SECRET = "hunter2-in-an-argument"


class Kept(Transport):
    """Keeps the envelopes it is given."""

    def __init__(self):
        super().__init__()
        self.envelopes = []

    def capture_envelope(self, envelope):
        self.envelopes.append(envelope)


@pytest.fixture
def sent(tmp_path):
    """What goes out once Sentry is set up."""
    transport = Kept()
    logger.remove()
    logger.configure(extra={"program": "runtime"})
    settings = settings_with(tmp_path, sentry_dsn=DSN)
    set_up_observability(settings, program="runtime", transport=transport)
    yield transport.envelopes
    sentry_sdk.get_client().close()
    sentry_sdk.init()
    logger.remove()


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


def test_without_a_dsn_nothing_is_set_up(tmp_path):
    logger.remove()
    set_up_observability(settings_with(tmp_path), program="web")
    log.error("tool.crashed")
    assert logger._core.handlers == {}
