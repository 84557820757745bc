"""What is counted of each server's workers."""

import asyncio

import pytest

from sandbox.statistics import MAX_HOSTS, MAX_SERVERS, HostTraffic, ServerStatistics, Statistics
from tests.sandbox.attacks.test_network import a_service
from tests.sandbox.processes import SECONDS_TO_SETTLE


def opened(host="example.com"):
    return {"host": host, "refused": "", "sent": 0, "received": 0, "is_open": True}


def over(host="example.com", *, refused="", sent=1, received=2):
    return opened(host) | {"refused": refused, "sent": sent, "received": received, "is_open": False}


def test_waits_are_added_up_and_the_longest_is_known():
    statistics = ServerStatistics()
    for waited_ms in (1.0, 5.0, 3.0):
        statistics.note_call(waited_ms, is_cold=waited_ms == 5.0)
    assert (statistics.calls, statistics.cold_starts) == (3, 1)
    assert (statistics.waited_ms, statistics.longest_wait_ms) == (9.0, 5.0)


def test_traffic_is_counted_by_host_and_refusals_apart():
    statistics = ServerStatistics()
    for told in (opened(), opened("other"), over(), opened(), over(sent=10, received=20)):
        statistics.note_connection(told)
    statistics.note_connection(over(refused="no", sent=0, received=0))
    assert statistics.hosts == {
        "example.com": HostTraffic(connections=2, refused=1, sent=11, received=22),
        "other": HostTraffic(connections=1, refused=0, sent=0, received=0),
    }


def test_who_reaches_for_ever_new_hosts_fills_no_memory():
    statistics = ServerStatistics()
    for number in range(MAX_HOSTS + 50):
        statistics.note_connection(opened(f"host-{number}"))
    statistics.note_connection(opened("host-0"))
    assert len(statistics.hosts) == MAX_HOSTS
    assert statistics.hosts["host-0"].connections == 2


@pytest.mark.parametrize("used_again", [True, False])
def test_the_server_that_was_idle_longest_is_forgotten_first(used_again):
    statistics = Statistics()
    statistics.of("first").note_call(1.0, is_cold=True)
    for number in range(MAX_SERVERS - 1):
        statistics.of(f"server-{number}")
    if used_again:
        statistics.of("first")
    statistics.of("one more")
    assert statistics.of("first").calls == (1 if used_again else 0)


async def test_what_passed_is_counted_of_connections_that_end_with_their_worker(host, client):
    async with a_service() as (port, _):
        server = host(
            """
            import socket
            def tool(port):
                global way
                way = socket.create_connection(("127.0.0.1", port), 5)
                way.sendall(b"\\n")
                return way.recv(100).decode()
            """,
            upstreams=(("127.0.0.1", port),),
            isolation="per_call",
        )
        for _ in range(2):
            assert await server.value(port=port) == "inside"
        async with asyncio.timeout(SECONDS_TO_SETTLE):
            while True:
                [traffic] = (await client.status(server.binding.server))["hosts"].values()
                if traffic["received"] == 12:
                    break
                await asyncio.sleep(0.05)
        assert traffic == {"connections": 2, "refused": 0, "sent": 2, "received": 12}
