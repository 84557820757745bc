"""Tries, from within a worker, whether workers are as shut in as they must be."""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.logs import log
from core.sandbox_protocol import Binding, EgressLimits, ToolSource
from sandbox.admission import Busy
from sandbox.calls import Answer, Call, StoreRefused, WorkerFailed
from sandbox.health import Health
from sandbox.jail.tiers import Tier
from sandbox.pool import Pool

NAME = "self-test"
SECONDS = 30.0
SECONDS_BETWEEN = 3_600.0
# Read now: the supervisor gives up root, and with it what lies below a home folder.
SOURCE = (Path(__file__).parent / "attempts.py").read_text()
REMEDY = "Run no Python tools on this host; docs/sandbox.md says what the test tries."
_numbers = itertools.count(1)


class Untested(Exception):
    """The attempts did not run, so nothing is known."""


async def tested(pool: Pool, health: Health) -> Health:
    """Return a health with the outcome of a test in a worker of its own: a breach refuses.

    Where nothing is meant to isolate, what got through is only told.

    Raises:
        Untested: there was no worker for it.
    """
    found = await _found(pool, health.tier)
    breaches = [f"{name}: {', '.join(got)}" for name, got in found.items() if got]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    if not breaches:
        held = f"{len(found)} of {len(found)} attempts held at {at}"
        return replace(health, tested=held)
    through = f"{len(breaches)} of {len(found)} attempts got through at {at}"
    if health.tier == Tier.NONE:
        return replace(health, tested=through)
    return replace(
        health,
        state="refused",
        probe=NAME,
        reason=f"A worker got out of bounds. {'; '.join(breaches)}.",
        remedy=REMEDY,
        tested=through,
    )


async def tested_hourly(pool: Pool, health: Health, tell: Callable[[Health], None]) -> None:
    """Test again and again, telling each outcome, until there is a breach."""
    while health.state == "ready":
        await asyncio.sleep(SECONDS_BETWEEN)
        try:
            health = await tested(pool, health)
        except Untested as error:
            log.warning("sandbox.untested", why=str(error))
        else:
            tell(health)


async def _found(pool: Pool, tier: str) -> Mapping[str, list[str]]:
    call = Call("tool", {"tier": tier}, SECONDS, _refuse_store)
    try:
        answer = (await pool.serve(_binding(), call)).answer
    except (Busy, WorkerFailed) as error:
        raise Untested(str(error)) from error
    return _value(answer)


def _binding() -> Binding:
    """Return what binds a fresh worker to the attempts; every public host may be reached."""
    return Binding(
        revision=f"{NAME}-{next(_numbers)}",
        lane=NAME,
        server=NAME,
        tenant=NAME,
        tools={"tool": ToolSource(source=SOURCE, function="tool")},
        env={},
        egress=EgressLimits(hosts=("*",)),
        isolation="per_call",
    )


def _value(answer: Answer) -> Mapping[str, list[str]]:
    body = answer.body or {}
    if "value" not in body:
        raise Untested(f"The attempts did not end: {answer.end or body.get('error')}")
    return body["value"]


async def _refuse_store(_request: Mapping[str, Any]) -> Any:
    raise StoreRefused("There is no store.")
