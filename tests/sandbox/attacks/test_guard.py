"""The guard's own judgement, with name servers that lie: no dial ever leads inside.

These look at the gate itself, since what is dialled cannot be seen from inside a worker. What is
inside is listed here anew, from the registries, so that a fault in the product's list shows.
"""

import gc
import random
import socket
import struct
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UpstreamUnavailable
from core.lookups import Lookups
from sandbox.egress.gate import Connection, Gate, Refused
from sandbox.egress.names import Names
from sandbox.egress.policy import Bucket, Policy

INSIDE = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32", "100.100.100.200/32",
        "::/8", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
]  # fmt: skip
# Ranges that hold an IPv4 address: where it lies in the number, as bits from the right.
CARRIERS = {"::ffff:0:0/96": 0, "64:ff9b::/96": 0, "2002::/16": 80, "::/96": 0}
CASES = 10_000
PLENTY = Bucket(2**40, 1.0)
HTTPS = frozenset({443})
HOSTS = ("api.example.com", "example.org", "localhost", "127.0.0.1", "0x7f.1", "a.b.example.com")
POLICIES = (("*",), ("*.example.com",), ("example.org",), ("127.0.0.1",), ("localhost",), ())


def is_inside(text: str) -> bool:
    """Whether an address leads inside, also when it only carries one that does."""
    address = ip_address(text.partition("%")[0])
    for network, shift in CARRIERS.items():
        if isinstance(address, IPv6Address) and address in ip_network(network):
            carried = str(IPv4Address(int(address) >> shift & 0xFFFF_FFFF))
            return is_inside(carried)
    return any(address in network for network in INSIDE)


class WatchedGate(Gate):
    """A gate that notes what it would dial, and dials nothing."""

    def __init__(self) -> None:
        super().__init__(lambda _connection: None)
        self.dialled: list[str] = []

    async def _connect(self, address: str, port: int) -> socket.socket:
        self.dialled.append(address)
        raise OSError(port)

    async def tried(self, host: str, port: int = 443) -> str:
        """Return why a connection is refused."""
        try:
            await self._dialled(Connection(1, host, port))
        except (Refused, UpstreamUnavailable) as refusal:
            return str(refusal)
        return ""


@pytest.fixture
async def gate():
    made = WatchedGate()
    yield made
    made.close()


def found(*addresses: str):
    """Return what the system's resolver returns for these addresses."""
    return [
        (socket.AF_INET6 if ":" in text else socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 0))
        for text in addresses
    ]


async def test_a_name_server_that_answers_twice_differently_gains_nothing(gate):
    """DNS rebinding: what was looked up is what is dialled, and each lookup is judged anew."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]] * 10)
    moments = iter(range(0, 10_000, 100))
    lookups = Lookups(
        find=lambda *_arguments, **_named: found(*next(answers)), clock=lambda: next(moments)
    )
    gate.allow(Policy(hosts=("*",), ports=HTTPS), lookups.share_of("tenant"), PLENTY)
    told = [await gate.tried("rebinding.example") for _ in range(20)]
    lookups.close()
    assert gate.dialled == ["93.184.215.14"] * 10
    assert told[1::2] == [refusal for refusal in told if "not a public address" in refusal]


@pytest.mark.parametrize(
    "answer",
    [
        ("8.8.8.8", "127.0.0.1"),
        ("8.8.8.8", "::ffff:169.254.169.254"),
        ("2606:4700::1111", "fe80::1%eth0"),
        ("8.8.8.8", "64:ff9b::a9fe:a9fe"),
        ("8.8.8.8", "2002:7f00:1::"),
        ("8.8.8.8", "0.0.0.0"),
    ],
)
async def test_one_inside_address_among_others_spoils_all(gate, answer):
    lookups = Lookups(find=lambda *_arguments, **_named: found(*answer))
    gate.allow(Policy(hosts=("*",), ports=HTTPS), lookups.share_of("tenant"), PLENTY)
    assert "not a public address" in await gate.tried("mixed.example")
    lookups.close()
    assert gate.dialled == []


async def test_no_dial_of_ten_thousand_leads_inside(gate):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    answers: list[str] = []
    moment = iter(range(0, 10**9, 100))
    lookups = Lookups(
        find=lambda *_arguments, **_named: found(*answers), clock=lambda: next(moment)
    )
    share, dialled = lookups.share_of("tenant"), 0
    for _ in range(CASES):
        answers[:] = [an_address(chance) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
        hosts = chance.choice(POLICIES)
        gate.allow(Policy(hosts=hosts, ports=HTTPS), share, PLENTY)
        gate.dialled.clear()
        host = spelled(chance, chance.choice((*HOSTS, *answers)))
        await gate.tried(host)
        dialled += len(gate.dialled)
        assert not [one for one in gate.dialled if is_inside(one)], (seed, host, answers)
        assert not gate.dialled or not any(map(is_inside, answers)), (seed, host, answers)
        assert not gate.dialled or hosts, (seed, host)
    lookups.close()
    assert dialled > CASES // 100, "the guard lets the public through"


def an_address(chance: random.Random) -> str:
    """Return an address: public, inside, at the edge of a range, or carried by another."""
    network = chance.choice(INSIDE)
    edge = int(chance.choice((network.network_address, network.broadcast_address)))
    of = type(network.network_address)
    most = 2**32 if of is IPv4Address else 2**128
    plain = chance.choice(
        (
            of((edge + chance.choice((-1, 0, 1))) % most),
            network[chance.randrange(min(network.num_addresses, 2**62))],
            IPv4Address(chance.randrange(2**32)),
            IPv6Address(0x2000 << 112 | chance.randrange(2**125)),
        )
    )
    if isinstance(plain, IPv4Address) and chance.random() < 0.3:
        prefix, shift = chance.choice(list(CARRIERS.items()))
        return str(IPv6Address(int(ip_network(prefix).network_address) | int(plain) << shift))
    scope = "%eth0" if isinstance(plain, IPv6Address) and chance.random() < 0.1 else ""
    return f"{plain}{scope}"


def spelled(chance: random.Random, host: str) -> str:
    """Return a host as somebody might write it."""
    ways = (
        str.upper, str.title, lambda text: text + ".", lambda text: f"[{text}]",
        lambda text: text.replace(".", "。"), lambda text: text.replace("1", "①"),
        lambda text: text + "\\000.example.com", lambda text: " " + text, lambda text: text,
    )  # fmt: skip
    return chance.choice(ways)(host)


host_names = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(HOSTS)


@given(st.lists(host_names | st.just("*.example.com"), max_size=4), host_names)
def test_an_allow_list_allows_what_it_names_and_no_more(patterns, host):
    allowed = Policy(hosts=tuple(patterns)).allows(host)
    plain = host.rstrip(".").lower()
    for pattern in map(str.lower, patterns):
        if pattern in {"*", plain} or (pattern[:2] == "*." and plain.endswith(pattern[1:])):
            return
    assert not allowed


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("*.example.com", "example.com"),
        ("*.example.com", "evilexample.com"),
        ("*.example.com", "example.com.evil.test"),
        ("*.1", "127.0.0.1"),
        ("*.0.0.1", "127.0.0.1"),
        ("example.com", "example.com\\000.evil.test"),
        ("example.com", "example.com/evil"),
        ("exa*.com", "example.com"),
        ("", "example.com"),
        (".", "example.com"),
        ("*.", "example.com"),
    ],
)
def test_a_pattern_is_no_more_than_it_says(pattern, host):
    assert not Policy(hosts=(pattern,)).allows(host)


@given(st.binary(max_size=1_500))
@settings(max_examples=400)
def test_whatever_arrives_as_a_query_is_answered_or_not(data):
    answer = Names().answer(data)
    assert answer is None or len(answer) <= 1_500


@given(st.integers(0, 599), st.binary(max_size=8))
@settings(max_examples=400)
def test_a_query_with_an_error_in_it_is_answered_or_not(place, change):
    query = bytearray(dns.message.make_query("a.example.com", "A", use_edns=0).to_wire())
    at = place % len(query)
    query[at : at + len(change)] = change
    answer = Names().answer(bytes(query))
    assert answer is None or dns.message.from_wire(answer, ignore_trailing=True)


def test_nothing_is_kept_of_what_queries_make_up():
    made_up, names = random.Random(1), Names()

    def ask(times: int) -> None:
        for _ in range(times):
            names.answer(_made_up_query(made_up))

    ask(1_000)
    gc.collect()
    before = sys.getallocatedblocks()
    ask(5_000)
    gc.collect()
    assert sys.getallocatedblocks() - before < 500


def _made_up_query(made_up: random.Random) -> bytes:
    """Return a query for one name, of any kind, with any flags, and records of any kind in it."""
    records = b"".join(
        b"\xc0\x0c" + made_up.randbytes(8) + b"\0\0" for _ in range(made_up.randrange(100))
    )
    counts = struct.pack("!HHHH", 1, 0, 0, len(records) // 12)
    name = b"\1a\7example\3com\0"
    kind = made_up.choice((b"\0\1\0\1", made_up.randbytes(4)))
    flags = made_up.choice((made_up.randbytes(2), struct.pack("!H", made_up.randrange(0x800))))
    return made_up.randbytes(2) + flags + counts + name + kind + records


@given(st.lists(st.text(st.characters(max_codepoint=255), min_size=1, max_size=60), max_size=30))
def test_each_name_has_an_address_of_its_own(names):
    answered = Names()
    addresses = {}
    for label in names:
        wire = bytes([len(label)]) + label.encode("latin-1") + b"\0"
        query = b"\0\1\1\0\0\1\0\0\0\0\0\0" + wire + b"\0\1\0\1"
        answer = answered.answer(query)
        assert answer is not None
        address = dns.message.from_wire(answer).answer[0][0].address
        assert addresses.setdefault(answered.name_of(address), address) == address
    assert len(set(addresses.values())) == len(addresses)
