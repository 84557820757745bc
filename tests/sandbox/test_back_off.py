"""Who dies again and again waits longer and longer; whoever lives, or is new, does not wait."""

import pytest

from core.sandbox_protocol import Binding
from sandbox.admission import Busy
from sandbox.back_off import DEATHS_IN_A_ROW, BackOff
from sandbox.calls import End


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def binding(lane: str = "lane", revision: str = "one") -> Binding:
    return Binding(revision=revision, lane=lane, server="s", tenant="t", tools={}, env={})


def die(back_off: BackOff, clock: Clock, times: int = 1, end: End = End.CRASHED) -> None:
    for _ in range(times):
        back_off.note_death(binding(), end, started_at=clock.now)


def test_each_further_death_doubles_the_wait_up_to_its_end():
    clock = Clock()
    back_off, waits = BackOff(clock), []
    for _ in range(10):
        die(back_off, clock)
        waits.append(back_off.seconds_left(binding()))
        clock.now += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_start_that_comes_too_soon_is_told_why_and_when():
    clock = Clock()
    back_off = BackOff(clock)
    die(back_off, clock, DEATHS_IN_A_ROW + 1, End.MEMORY)
    clock.now += 0.5
    with pytest.raises(Busy, match="ran out of memory, 4 times in a row") as refused:
        back_off.require_start(binding())
    assert (refused.value.is_own, refused.value.retry_after_seconds) == (True, 2)
    clock.now += 1.5
    back_off.require_start(binding())


def test_workers_that_die_side_by_side_die_once():
    clock = Clock()
    back_off = BackOff(clock)
    clock.now = 5.0
    for _ in range(8):
        back_off.note_death(binding(), End.CRASHED, started_at=4.0)
    assert back_off.seconds_left(binding()) == 0
    die(back_off, clock, 2)
    assert back_off.seconds_left(binding()) == 1


@pytest.mark.parametrize("other", [binding(lane="other"), binding(revision="two")])
def test_another_server_and_a_new_revision_do_not_wait(other):
    clock = Clock()
    back_off = BackOff(clock)
    die(back_off, clock, 9)
    back_off.require_start(other)


def test_an_answer_wipes_the_slate():
    clock = Clock()
    back_off = BackOff(clock)
    die(back_off, clock, 9)
    back_off.forget("lane")
    die(back_off, clock, DEATHS_IN_A_ROW - 1)
    back_off.require_start(binding())


def test_only_so_many_lanes_are_remembered(monkeypatch):
    monkeypatch.setattr("sandbox.back_off.MAX_LANES", 2)
    back_off = BackOff(Clock())
    for lane in "abc":
        for _ in range(DEATHS_IN_A_ROW):
            back_off.note_death(binding(lane), End.CRASHED, started_at=0.0)
    waits = [back_off.seconds_left(binding(lane)) for lane in "abc"]
    assert waits == [0, 1, 1]
