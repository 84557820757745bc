"""Who runs next, who waits, and who is told to come back later."""

import asyncio
from collections import Counter

import pytest

from core.sandbox_protocol import Share
from sandbox.admission import Admission, Busy


class Callers:
    """Calls that wait for their turn, keep it until they are told to end, and note the order."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.order: list[str] = []
        self.calls: dict[str, list[asyncio.Task[None]]] = {}
        self._ends: list[asyncio.Event] = []

    async def call(self, tenant: str, share: Share, count: int = 1) -> None:
        """Begin calls, and go on until each of them runs, waits or was refused."""
        for _ in range(count):
            task = asyncio.create_task(self._call(tenant, share))
            self.calls.setdefault(tenant, []).append(task)
        await all_have_run()

    async def end_one(self) -> None:
        """End the call that has run longest."""
        self._ends.pop(0).set()
        await all_have_run()

    async def _call(self, tenant: str, share: Share) -> None:
        async with self.admission.turn(tenant, share):
            self.order.append(tenant)
            end = asyncio.Event()
            self._ends.append(end)
            await end.wait()


async def all_have_run() -> None:
    """Let everything go on that can; nothing here waits for the system."""
    for _ in range(10):
        await asyncio.sleep(0)


WIDE = Share(calls=1_000, waiting=1_000)


async def test_a_thousand_calls_of_one_delay_the_call_of_another_by_one():
    callers = Callers(Admission(calls=1, waiting=2_000))
    await callers.call("many", WIDE, 1_000)
    await callers.call("few", WIDE)
    await callers.end_one()
    await callers.end_one()
    assert callers.order[:3] == ["many", "many", "few"]
    assert callers.admission.waiting == 998


async def test_all_who_wait_take_turns():
    callers = Callers(Admission(calls=1, waiting=100))
    for tenant in "abc":
        await callers.call(tenant, WIDE, 4)
    for _ in range(9):
        await callers.end_one()
    assert Counter(callers.order[1:10]) == {"a": 3, "b": 3, "c": 3}
    assert [set(callers.order[n : n + 3]) for n in (1, 4, 7)] == [set("abc")] * 3


async def test_who_has_all_that_it_may_holds_up_nobody_else():
    callers = Callers(Admission(calls=4, waiting=100))
    await callers.call("narrow", Share(calls=1, waiting=5), 3)
    await callers.call("other", WIDE, 2)
    assert callers.order == ["narrow", "other", "other"]
    assert (callers.admission.running, callers.admission.waiting) == (3, 2)


async def test_one_organization_leaves_a_part_of_the_host_to_others():
    callers = Callers(Admission(calls=16, waiting=100))
    await callers.call("large", WIDE, 20)
    await callers.call("small", WIDE)
    assert Counter(callers.order) == {"large": 14, "small": 1}


async def test_the_host_runs_no_more_than_it_may():
    callers = Callers(Admission(calls=2, waiting=100))
    for tenant in "abc":
        await callers.call(tenant, WIDE)
    assert (callers.admission.running, callers.admission.waiting) == (2, 1)


async def test_an_organization_that_fills_its_own_queue_is_told_so():
    callers = Callers(Admission(calls=10, waiting=100))
    await callers.call("one", Share(calls=1, waiting=2), 4)
    (refused,) = [task for task in callers.calls["one"] if task.done()]
    error = refused.exception()
    assert isinstance(error, Busy)
    assert error.is_own
    assert "2 calls of this organization wait already" in str(error)


async def test_a_full_host_is_nobodys_own_fault():
    callers = Callers(Admission(calls=1, waiting=1))
    await callers.call("a", WIDE, 2)
    await callers.call("b", WIDE)
    error = callers.calls["b"][0].exception()
    assert isinstance(error, Busy)
    assert not error.is_own


@pytest.mark.parametrize(("who_runs", "is_own"), [("late", True), ("other", False)])
async def test_a_call_that_waits_too_long_is_told_whose_calls_it_waited_for(
    monkeypatch, who_runs, is_own
):
    callers = Callers(Admission(calls=1, waiting=10))
    share = Share(calls=1, waiting=10)
    await callers.call(who_runs, share)
    monkeypatch.setattr("sandbox.admission.SECONDS_TO_WAIT", 0.0)
    with pytest.raises(Busy, match="waited too long") as refused:
        async with callers.admission.turn("late", share):
            pass
    assert refused.value.is_own is is_own
    assert (callers.admission.running, callers.admission.waiting) == (1, 0)


async def test_who_leaves_while_waiting_leaves_no_gap():
    callers = Callers(Admission(calls=1, waiting=10))
    await callers.call("a", WIDE, 2)
    await callers.call("b", WIDE)
    callers.calls["a"][1].cancel()
    await all_have_run()
    assert callers.admission.waiting == 1
    await callers.end_one()
    assert callers.order == ["a", "b"]


async def test_who_leaves_as_its_turn_comes_passes_it_on():
    admission = Admission(calls=1, waiting=10)
    callers = Callers(admission)
    await callers.call("a", WIDE)
    await callers.call("b", WIDE)
    await callers.call("c", WIDE)
    callers._ends.pop(0).set()
    while callers.admission.waiting == 2:  # noqa: ASYNC110 - as in `all_have_run`
        await asyncio.sleep(0)
    callers.calls["b"][0].cancel()  # its turn has come, and it has not noticed yet
    await all_have_run()
    assert callers.order == ["a", "c"]
    assert (admission.running, admission.waiting) == (1, 0)
    assert set(admission._running) == {"c"}


async def test_nothing_is_kept_of_those_who_have_gone():
    callers = Callers(Admission(calls=1, waiting=10))
    for tenant in "abc":
        await callers.call(tenant, WIDE)
    callers.calls["b"][0].cancel()
    for _ in range(2):
        await callers.end_one()
    assert (callers.admission.running, callers.admission.waiting) == (0, 0)
    assert not callers.admission._running
    assert not callers.admission._queues
