"""Names are looked up fairly: each once, a few at a time for each, and never for long."""

import asyncio
import socket
import threading
from collections import Counter
from uuid import uuid4

import pytest

from core.errors import UpstreamUnavailable
from core.lookups import AT_ONCE, KEPT_SECONDS, Lookups


class NameServer:
    """Answers for names, but those that begin with `slow` not before it is told to."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.may_answer = threading.Event()
        self.now = 100.0

    def find(self, host: str, _port: None, **_named: int) -> list[tuple]:
        self.asked[host] += 1
        if host.startswith("slow"):
            self.may_answer.wait(60)
        if host.startswith("no"):
            raise socket.gaierror("no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))] * 2

    def clock(self) -> float:
        return self.now


@pytest.fixture
def names():
    names = NameServer()
    yield names
    names.may_answer.set()


@pytest.fixture
def lookups(names):
    lookups = Lookups(find=names.find, clock=names.clock, longest_wait_seconds=20)
    yield lookups
    lookups.close()


async def started(names: NameServer, count: int) -> None:
    async with asyncio.timeout(20):
        while names.asked.total() < count:  # noqa: ASYNC110 - threads set no event of the loop
            await asyncio.sleep(0.005)


async def test_many_who_ask_for_a_name_look_it_up_once(names, lookups):
    shares = [lookups.share_of(uuid4()) for _ in range(5)]
    asked = [asyncio.create_task(share.addresses_of("slow.example")) for share in shares * 4]
    await started(names, 1)
    names.may_answer.set()
    assert set(await asyncio.gather(*asked)) == {("192.0.2.1",)}
    assert names.asked == {"slow.example": 1}


async def test_what_was_found_counts_for_some_seconds(names, lookups):
    share = lookups.share_of(uuid4())
    for host in ("a.example", "A.example", "a.example"):
        await share.addresses_of(host)
    assert names.asked == {"a.example": 1}
    names.now += KEPT_SECONDS
    await share.addresses_of("a.example")
    assert names.asked == {"a.example": 2}


async def test_a_name_that_is_not_found_is_looked_for_again(names, lookups):
    share = lookups.share_of(uuid4())
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable, match="could not be found"):
            await share.addresses_of("no.example")
    assert names.asked == {"no.example": 2}


async def test_slow_names_of_one_do_not_hold_up_the_lookups_of_others(names, lookups):
    greedy, other = lookups.share_of(uuid4()), lookups.share_of(uuid4())
    asked = [asyncio.create_task(greedy.addresses_of(f"slow{n}.example")) for n in range(100)]
    await started(names, AT_ONCE)
    assert await other.addresses_of("quick.example") == ("192.0.2.1",)
    assert sum(host.startswith("slow") for host in names.asked) == AT_ONCE
    names.may_answer.set()
    await asyncio.gather(*asked)
    assert names.asked.total() == 101


async def test_one_who_comes_again_and_again_has_no_more_turns(names, lookups):
    greedy = uuid4()
    asked = [
        asyncio.create_task(lookups.share_of(greedy).addresses_of(f"slow{n}.example"))
        for n in range(AT_ONCE + 3)
    ]
    await started(names, AT_ONCE)
    assert await lookups.share_of(uuid4()).addresses_of("quick.example") == ("192.0.2.1",)
    assert names.asked.total() == AT_ONCE + 1
    names.may_answer.set()
    await asyncio.gather(*asked)


async def test_a_lookup_that_takes_too_long_is_given_up_and_still_takes_its_turn(names):
    lookups = Lookups(find=names.find, longest_wait_seconds=0.05)
    share = lookups.share_of(uuid4())
    for number in range(AT_ONCE + 2):
        with pytest.raises(UpstreamUnavailable, match="looked up in time") as caught:
            await share.addresses_of(f"slow{number}.example")
        assert caught.value.can_retry
    assert names.asked.total() == AT_ONCE
    names.may_answer.set()
    lookups.close()


async def test_one_who_leaves_does_not_take_the_answer_from_the_others(names, lookups):
    first = asyncio.create_task(lookups.share_of(uuid4()).addresses_of("slow.example"))
    second = asyncio.create_task(lookups.share_of(uuid4()).addresses_of("slow.example"))
    await started(names, 1)
    first.cancel()
    names.may_answer.set()
    assert await second == ("192.0.2.1",)
