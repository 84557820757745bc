"""Resend, against a server that speaks its API."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import resend

from saas_app.integrations import resend_mail
from saas_app.integrations.resend_mail import ResendMailer
from saas_app.services.ports import MailRefused, MailUnavailable, Message
from tests.conftest import settings_with
from tests.upstreams.raw import RESET, raw_service
from tests.vendors.resend import KEY, FakeResend, fake_resend

MESSAGE = Message("ada@example.com", "Hello", "<p>Hello</p>", "Hello\n")


@pytest.fixture
async def provider() -> AsyncIterator[FakeResend]:
    async with fake_resend() as fake:
        yield fake


def mailer_for(tmp_path, url: str, *, key: str = KEY) -> ResendMailer:
    return ResendMailer(
        settings_with(
            tmp_path,
            resend_api_key=key,
            resend_api_url=url,
            email_from="Kiln <mail@kiln.example>",
        )
    )


async def refusal_of(mailer: ResendMailer, *, key: str = "k") -> MailUnavailable:
    with pytest.raises(MailUnavailable) as refused:
        await mailer.send(MESSAGE, idempotency_key=key)
    return refused.value


async def test_a_message_arrives_as_it_was_written(provider, tmp_path):
    message = Message(
        "ada@example.com", "Hello", "<p>Hello</p>", "Hello\n", reply_to="bob@example.com"
    )
    given = await mailer_for(tmp_path, provider.url).send(message, idempotency_key="mail-1")
    assert given == provider.known["mail-1"][0]
    assert provider.delivered == [
        {
            "from": "Kiln <mail@kiln.example>",
            "to": ["ada@example.com"],
            "subject": "Hello",
            "html": "<p>Hello</p>",
            "text": "Hello\n",
            "reply_to": "bob@example.com",
        }
    ]


async def test_the_same_key_sends_once_and_gives_the_same_id(provider, tmp_path):
    mailer = mailer_for(tmp_path, provider.url)
    first = await mailer.send(MESSAGE, idempotency_key="k")
    assert await mailer.send(MESSAGE, idempotency_key="k") == first
    assert len(provider.delivered) == 1


async def test_a_message_that_was_taken_and_is_worded_anew_counts_as_sent(provider, tmp_path):
    mailer = mailer_for(tmp_path, provider.url)
    await mailer.send(MESSAGE, idempotency_key="k")
    changed = Message("ada@example.com", "Hello", "<p>Hello!</p>", "Hello!\n")
    assert await mailer.send(changed, idempotency_key="k") == ""
    assert len(provider.delivered) == 1


async def test_two_accounts_at_once_keep_their_keys_apart(provider, tmp_path):
    right = mailer_for(tmp_path, provider.url)
    wrong = mailer_for(tmp_path, provider.url, key="re_wrong")
    kept = (resend.api_key, resend.api_url)
    outcomes = await asyncio.gather(
        *[
            mailer.send(MESSAGE, idempotency_key=f"{number}")
            for number, mailer in enumerate([right, wrong] * 5)
        ],
        return_exceptions=True,
    )
    assert [isinstance(outcome, str) for outcome in outcomes] == [True, False] * 5
    assert (resend.api_key, resend.api_url) == kept


async def test_too_many_at_once_is_tried_again_when_it_says(provider, tmp_path):
    provider.fail_next(429, "rate_limit_exceeded", retry_after="7")
    refusal = await refusal_of(mailer_for(tmp_path, provider.url))
    assert (refusal.can_retry, refusal.wait_seconds) == (True, 7)


@pytest.mark.parametrize("name", ["daily_quota_exceeded", "monthly_quota_exceeded"])
async def test_a_used_up_quota_is_final(provider, tmp_path, name):
    provider.fail_next(429, name, retry_after="1")
    refusal = await refusal_of(mailer_for(tmp_path, provider.url))
    assert refusal.can_retry is False
    assert "quota at Resend is used up" in refusal.message


@pytest.mark.parametrize(
    ("status", "name"),
    [(500, "application_error"), (503, "unheard_of"), (409, "concurrent_idempotent_requests")],
)
async def test_what_passes_is_tried_again(provider, tmp_path, status, name):
    provider.fail_next(status, name)
    assert (await refusal_of(mailer_for(tmp_path, provider.url))).can_retry is True


async def test_an_answer_that_is_not_json_is_tried_again(provider, tmp_path):
    provider.is_down = True
    assert (await refusal_of(mailer_for(tmp_path, provider.url))).can_retry is True


@pytest.mark.parametrize(("status", "name"), [(401, "missing_api_key"), (403, "invalid_api_key")])
async def test_an_account_that_may_not_send_names_the_settings(provider, tmp_path, status, name):
    provider.fail_next(status, name)
    refusal = await refusal_of(mailer_for(tmp_path, provider.url))
    assert refusal.can_retry is False
    assert "RESEND_API_KEY" in refusal.message


@pytest.mark.parametrize(
    ("status", "name"), [(422, "validation_error"), (400, "validation_error"), (404, "not_found")]
)
async def test_a_refused_message_is_refused_for_good(provider, tmp_path, status, name):
    provider.fail_next(status, name)
    with pytest.raises(MailRefused, match=name):
        await mailer_for(tmp_path, provider.url).send(MESSAGE, idempotency_key="k")


async def test_no_answer_is_tried_again(tmp_path):
    async with raw_service([RESET]) as service:
        assert (await refusal_of(mailer_for(tmp_path, service.url))).can_retry is True
    refusal = await refusal_of(mailer_for(tmp_path, service.url))
    assert (refusal.can_retry, refusal.message) == (True, "Resend did not answer.")


async def test_a_slow_answer_is_not_waited_for(provider, tmp_path, monkeypatch):
    monkeypatch.setattr(resend_mail, "TIMEOUT_SECONDS", 0.2)
    provider.hangs = asyncio.Event()
    refusal = await refusal_of(mailer_for(tmp_path, provider.url))
    provider.hangs.set()
    assert (refusal.can_retry, refusal.message) == (True, "Resend did not answer.")


async def test_a_redirect_is_not_followed_with_the_key(tmp_path):
    answer = b"HTTP/1.1 307 Temporary\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with raw_service([answer]) as service:
        assert (await refusal_of(mailer_for(tmp_path, service.url))).can_retry is True
        assert len(service.requests) == 1
