"""How often the API may be asked, and the headers that say so.

The headers are those of the IETF's draft "RateLimit header fields for HTTP", version 10.
"""

from datetime import timedelta

from core.clock import now_utc
from saas_app import resources
from saas_app.api.v1.contract import Operation
from saas_app.services.attempts import place_of
from saas_app.services.key_actors import Program
from saas_app.services.limits import Limit, Spent, TooOften

PER_KEY = Limit("rest_key", 600, timedelta(minutes=1))
FAILURES = Limit("rest_failures", 60, timedelta(minutes=5))


async def spend_on_key(program: Program, headers: dict[str, str]) -> None:
    """Count a request of a key, and say what is left of its limit.

    Raises:
        TooOften: nothing is.
    """
    window = int(PER_KEY.window.total_seconds())
    headers["ratelimit-policy"] = f'"key";q={PER_KEY.count};w={window}'
    try:
        left = await _spend(PER_KEY, str(program.key_id))
    except TooOften as refusal:
        headers["ratelimit"] = _left(Spent(0, refusal.wait_seconds))
        raise
    headers["ratelimit"] = _left(left)


async def spend_on(operation: Operation, program: Program) -> None:
    """Count what is dear, for the whole organization.

    Raises:
        TooOften: it was done too often.
    """
    if operation.limit is not None:
        await _spend(operation.limit, str(program.opened.organization.id))


async def spend_on_failure(address: str) -> None:
    """Count a request without a good key, by the address it comes from.

    Raises:
        TooOften: there were too many.
    """
    await _spend(FAILURES, place_of(address))


async def _spend(limit: Limit, subject: str) -> Spent:
    return await resources.get().limiter.spend(limit, subject, now=now_utc())


def _left(spent: Spent) -> str:
    return f'"key";r={spent.remaining};t={spent.resets_in_seconds}'
