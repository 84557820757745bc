"""Sends mail with Resend.

Its library keeps key, address and client in globals of its module. Only the client is set there, to
one that looks up in the context which mailer is sending: so keys stay with their mailers.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import httpx
import resend
from resend.exceptions import ResendError
from resend.http_client_async import AsyncHTTPClient

from core.settings import Settings
from saas_app.services.ports import MailRefused, MailUnavailable, Message

API = "https://api.resend.com"
TIMEOUT_SECONDS = 10.0
LARGEST_ANSWER_BYTES = 100_000
QUOTAS = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
# Errors of an account that was not set up: the message is fine, but trying again does not help.
OURS = frozenset({"missing_api_key", "invalid_api_key", "restricted_api_key", "invalid_access"})
SENT_BEFORE = "invalid_idempotent_request"
BEING_SENT = "concurrent_idempotent_requests"


class ResendMailer:
    """One account at Resend."""

    name = "resend"

    def __init__(self, settings: Settings) -> None:
        key = settings.resend_api_key
        self._key = key.get_secret_value() if key else ""
        self._url = (settings.resend_api_url or API).rstrip("/")
        self._sender = settings.mail_sender
        resend.default_async_http_client = _CLIENT

    async def send(self, message: Message, *, idempotency_key: str) -> str:
        """Hand a message over; a key that was used within 24 hours sends nothing again.

        Raises:
            MailUnavailable: no answer, too many at once, or the account cannot send.
            MailRefused: it will never take this message.
        """
        params: resend.Emails.SendParams = {
            "from": self._sender,
            "to": [message.to],
            "subject": message.subject,
            "html": message.html,
            "text": message.text,
        }
        if message.reply_to:
            params["reply_to"] = message.reply_to
        token = _SENDING.set(self)
        try:
            sent = await resend.Emails.send_async(params, {"idempotency_key": idempotency_key})
        except ResendError as error:
            if error.error_type == SENT_BEFORE:
                return ""  # taken in an earlier try, written a little differently
            raise _in_our_words(error) from error
        finally:
            _SENDING.reset(token)
        return str(sent["id"])

    def address(self, url: str) -> str:
        """Return where a request of the library goes."""
        return f"{self._url}{url.removeprefix(resend.api_url)}"

    @property
    def authorization(self) -> str:
        """The value of the header that names the account."""
        return f"Bearer {self._key}"


class _Client(AsyncHTTPClient):
    """Sends the library's requests for whichever mailer is sending in this task."""

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: Any = None,
        files: Any = None,
        data: Any = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request; failures to connect become the library's own error."""
        del files, data
        mailer = _SENDING.get()
        ours = {**headers, "Authorization": mailer.authorization}
        limits = httpx.Timeout(TIMEOUT_SECONDS)
        async with httpx.AsyncClient(timeout=limits, follow_redirects=False) as client:
            answer = await client.request(method, mailer.address(url), headers=ours, json=json)
        return answer.content[:LARGEST_ANSWER_BYTES], answer.status_code, answer.headers


_SENDING: ContextVar[ResendMailer] = ContextVar("resend_mailer")
_CLIENT = _Client()


def _in_our_words(error: ResendError) -> MailUnavailable | MailRefused:
    """Say what an error means for the message; `code` may be a number or a text."""
    status = int(error.code) if str(error.code).isdigit() else 500
    kind = error.error_type
    if kind == "HttpClientError":
        return MailUnavailable("Resend did not answer.", can_retry=True)
    if kind in QUOTAS:
        words = "The quota at Resend is used up; raise it or wait for the next period."
        return MailUnavailable(words, can_retry=False)
    if status == 429:
        words = "Resend takes no more messages at the moment."
        return MailUnavailable(words, can_retry=True, wait_seconds=_wait(error))
    if status >= 500 or kind == BEING_SENT:
        return MailUnavailable(f"Resend failed (HTTP {status}).", can_retry=True)
    if status in (401, 403) or kind in OURS:
        words = f"Resend does not let us send ({kind}); check RESEND_API_KEY and EMAIL_FROM."
        return MailUnavailable(words, can_retry=False)
    return MailRefused(f"Resend refused the message ({kind}).")


def _wait(error: ResendError) -> float:
    for name, value in error.headers.items():
        if name.lower() == "retry-after" and value.isascii() and value.isdigit():
            return float(value)
    return 0
