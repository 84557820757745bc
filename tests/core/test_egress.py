"""The egress guard: every spelling of an inside address, before and after the name server."""

import asyncio
import socket
from contextlib import asynccontextmanager
from ipaddress import ip_address
from uuid import uuid4

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.egress import EgressRefused, GuardedTransport, is_public, public_addresses
from core.errors import UpstreamUnavailable
from core.lookups import Lookups

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:db8::1",
    "168.63.129.16", "::ffff:168.63.129.16", "fec0::1", "64:ff9b:1::1", "3fff::1", "192.88.99.1",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_addresses_are_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside_addresses_are(address):
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_inside_ipv6(address):
    mapped = ip_address(f"::ffff:{address}")
    nat64 = ip_address(int(ip_address("64:ff9b::")) | int(address))
    assert is_public(mapped) == is_public(nat64) == is_public(address)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::1]", "0"],
)
async def test_no_spelling_of_this_machine_is_reached(host, share):
    async with httpx2.AsyncClient(transport=GuardedTransport(frozenset(), lookups=share)) as client:
        with pytest.raises((EgressRefused, UpstreamUnavailable, httpx2.InvalidURL)):
            await client.get(f"http://{host}:1/")


async def test_a_name_with_one_inside_address_is_refused_whole():
    answers = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80)),
    ]

    lookups = Lookups(find=lambda *_arguments, **_named: answers)
    with pytest.raises(EgressRefused):
        await public_addresses("mixed.example", lookups.share_of(uuid4()))


async def test_an_unknown_name_is_said_to_be_unknown(share):
    with pytest.raises(UpstreamUnavailable) as refusal:
        await public_addresses("does-not-exist.invalid", share)
    assert "does-not-exist.invalid" in refusal.value.message


@asynccontextmanager
async def a_server(answer: bytes):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_development_reaches_exactly_the_upstream_it_allows(share):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    async with a_server(answer) as port, a_server(answer) as other:
        transport = GuardedTransport(frozenset({("127.0.0.1", port)}), lookups=share)
        async with httpx2.AsyncClient(transport=transport) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).text == "hi"
            for address in (f"http://127.0.0.1:{other}/", f"http://localhost:{port}/"):
                with pytest.raises(EgressRefused):
                    await client.get(address)


async def test_a_redirect_inside_meets_the_same_guard(share):
    answer = (
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    async with a_server(answer) as port:
        transport = GuardedTransport(frozenset({("127.0.0.1", port)}), lookups=share)
        async with httpx2.AsyncClient(transport=transport, follow_redirects=True) as client:
            with pytest.raises(EgressRefused) as refusal:
                await client.get(f"http://127.0.0.1:{port}/")
    assert "169.254.169.254" in refusal.value.message


async def test_no_proxy_of_the_environment_is_used(monkeypatch, share):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    async with a_server(answer) as port:
        transport = GuardedTransport(frozenset({("127.0.0.1", port)}), lookups=share)
        async with httpx2.AsyncClient(transport=transport) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).text == "hi"
