"""Hostile tools that treat connections and names in ways that no library does."""

import pytest

from sandbox.jail.tiers import Tier
from tests.sandbox.attacks.test_network import KNOCK, a_service

# What can be done with a connection besides asking and hearing.
ODDITIES = {
    "data after the end": "way.shutdown(1); tried(way.send, bytes(1000))",
    "an end of hearing": "way.shutdown(0); [tried(way.send, bytes(2**16)) for _ in range(50)]",
    "urgent data": "tried(way.send, b'x', socket.MSG_OOB); tried(way.send, bytes(10))",
    "an end as it begins": "way.setsockopt(1, 13, struct.pack('ii', 1, 0))",
    "data nobody waits for": "[tried(way.send, b'') for _ in range(1000)]",
    "one byte after the other": "[tried(way.send, b'x') for _ in range(1000)]",
    "a descriptor that is another": "os.dup2(0, way.fileno())",
    "two that write at once": """
            threads = [threading.Thread(target=tried, args=(way.sendall, bytes(10**6)))
                       for _ in range(4)]
            [thread.start() for thread in threads]""",
    "a lookup in its stead": "tried(way.send, bytes(12) + b'\\x01a\\x00\\x00\\x01\\x00\\x01')",
}


@pytest.mark.parametrize("oddity", ODDITIES)
async def test_a_connection_that_is_treated_oddly_is_its_own_trouble(attack, oddity):
    async with a_service() as (port, came):
        server = attack(
            f"""
        import socket
        def tool(port):
            way = socket.create_connection(("127.0.0.1", port), 5)
            {ODDITIES[oddity].strip()}
            way.close()
        def asks(port):
            with socket.create_connection(("127.0.0.1", port), 5) as way:
                way.sendall(b"\\n")
                return way.recv(100).decode()
            """,
            upstreams=(("127.0.0.1", port),),
        )
        tools = dict(server.binding.tools)
        tools["asks"] = tools["tool"].model_copy(update={"function": "asks"})
        server.binding = server.binding.model_copy(update={"tools": tools})
        for _ in range(3):
            await server.value(port=port)
        assert await server.value("asks", port=port) == "inside"
        assert came


async def test_an_address_that_stands_for_a_name_is_its_workers_alone(attack):
    source = """
        import socket
        def tool(name, address):
            found = name and socket.gethostbyname(name)
            way = socket.create_connection((address or found, 80), 5)
            tried(way.recv, 1)  # by then it is known what becomes of it
            return found
    """
    one, other = attack(source, hosts=("a.invalid",)), attack(source, hosts=("a.invalid",))
    address = await one.value(name="a.invalid", address="")
    answer = await other.call(name="", address=address)
    [connection] = answer["connections"]
    assert (connection["host"], connection["is_open"]) == (address, False)
    assert "is not among the hosts" in connection["refused"]


@pytest.mark.parametrize(
    ("name", "is_looked_up"),
    [
        ("ALLOWED.invalid", True),
        ("allowed.invalid.", True),
        ("allowed.invalid\0.evil.test", True),  # to the C library, the name ends there
        ("allowed.invalid@evil.test", False),
        ("allowed.invalid/.evil.test", False),
        ("\u0430llowed.invalid", False),
        ("allowed.inval\u0131d", False),
        ("xn--allowed.invalid", False),
        ("allowed..invalid", False),
    ],
)
async def test_a_name_in_another_spelling_is_that_name_or_none(attack, tier, name, is_looked_up):
    if tier is Tier.UIDS:
        is_looked_up = is_looked_up and "\0" not in name  # which is nobody's name there
    server = attack(KNOCK, hosts=("allowed.invalid",))
    answer = await server.call(hosts=[name], port=80)
    refusals = [connection["refused"] for connection in answer["connections"]]
    assert any("could not be found" in text for text in refusals) is is_looked_up
    assert answer["value"] == {name: ""}
