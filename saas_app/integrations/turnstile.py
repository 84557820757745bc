"""Cloudflare Turnstile: asks its server whether an answer of the widget is good."""

import httpx2

from core.errors import UpstreamUnavailable
from core.logs import log
from core.settings import Settings

SECONDS = 4.0
LONGEST_ANSWER = 2048  # Cloudflare's own limit


class NoHumanCheck:
    """Serves when Turnstile is not configured: everybody passes, and pages show no widget."""

    async def is_human(self, answer: str, *, address: str) -> bool:
        """Let everybody pass."""
        del answer, address
        return True


class Turnstile:
    """Speaks to siteverify. It fails closed: no answer of Cloudflare's opens no door."""

    def __init__(self, secret_key: str, verify_url: str, *, seconds: float = SECONDS) -> None:
        self._secret_key, self._verify_url, self._seconds = secret_key, verify_url, seconds

    async def is_human(self, answer: str, *, address: str) -> bool:
        """Ask once; an answer is good once and for five minutes.

        Raises:
            UpstreamUnavailable: Cloudflare is slow, overloaded, or not there.

        Source: Cloudflare's documentation of server-side validation.
        """
        if not answer or len(answer) > LONGEST_ANSWER:
            return False
        fields = {"secret": self._secret_key, "response": answer, "remoteip": address}
        try:
            async with httpx2.AsyncClient(timeout=self._seconds) as client:
                reply = await client.post(self._verify_url, data=fields)
            verdict = reply.json() if reply.status_code == httpx2.codes.OK else None
        except (httpx2.HTTPError, ValueError) as error:
            raise _unavailable(type(error).__name__) from error
        if not isinstance(verdict, dict):
            raise _unavailable(f"status {reply.status_code}")
        if verdict.get("success") is not True:
            log.info("human_check.refused", codes=_codes(verdict))
            return False
        return True


def make_human_check(settings: Settings) -> NoHumanCheck | Turnstile:
    """Return the check that the settings ask for."""
    if settings.turnstile_secret_key is None:
        return NoHumanCheck()
    secret_key = settings.turnstile_secret_key.get_secret_value()
    return Turnstile(secret_key, settings.turnstile_verify_url)


def _unavailable(why: str) -> UpstreamUnavailable:
    log.warning("human_check.unavailable", why=why)
    return UpstreamUnavailable(
        "The check that you are a person does not answer. Try again in a minute.", can_retry=True
    )


def _codes(verdict: dict[str, object]) -> str:
    codes = verdict.get("error-codes")
    return ", ".join(str(code)[:64] for code in codes[:5]) if isinstance(codes, list) else ""
