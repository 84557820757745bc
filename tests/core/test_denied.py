"""What is public and yet not for tools: the product's names, the machine's addresses, networks."""

import resource
import socket
import subprocess
import sys
from ipaddress import ip_address

import pytest

from core.denied import denied
from core.egress import EgressRefused, public_addresses
from core.lookups import Lookups
from tests.product import ROOT

OURS = denied(
    "198.51.100.0/24, 8.8.8.8\n2a00:1450::/32",
    "https://toolkiln.example.com",
    "https://tools.example.com:8443",
    "",
)
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
# In a network of its own, where the machine is given public addresses.
ON_A_PUBLIC_MACHINE = """
import asyncio, subprocess, sys
from core.egress import EgressRefused, public_addresses
from core.lookups import Lookups

async def is_refused(address):
    lookups = Lookups()
    try:
        await public_addresses(address, lookups.share_of(1))
    except EgressRefused:
        return True
    finally:
        lookups.close()
    return False

addresses = ("93.184.215.14", "93.184.215.15", "2a00:1450:4001::5", "2a00:1450:4001::6")
before = [asyncio.run(is_refused(address)) for address in addresses]
for command in ("link set lo up", "addr add 93.184.215.14/24 dev lo",
                "addr add 2a00:1450:4001::5/64 dev lo nodad"):
    subprocess.run(["ip", *command.split()], check=True)
mapped = ("::ffff:93.184.215.14", "64:ff9b::5db8:d70e")
print(before, [asyncio.run(is_refused(address)) for address in (*addresses, *mapped)])
"""


async def refused(host: str, *answer: str) -> bool:
    found = [(FAMILIES[ip_address(one).version], 1, 6, "", (one, 0)) for one in answer]
    lookups = Lookups(denied=OURS, find=lambda *_arguments, **_named: found)
    try:
        await public_addresses(host, lookups.share_of("tenant"))
    except EgressRefused:
        return True
    finally:
        lookups.close()
    return False


@pytest.mark.parametrize(
    "answer",
    [
        ("8.8.8.8",),
        ("1.1.1.1", "8.8.8.8"),
        ("::ffff:8.8.8.8",),
        ("64:ff9b::808:808",),
        ("2002:808:808::",),
        ("2a00:1450:ffff::1",),
    ],
)
async def test_networks_that_are_denied_are_refused_in_every_spelling(answer):
    assert await refused("api.example.org", *answer)


@pytest.mark.parametrize("answer", ["8.8.8.9", "1.1.1.1", "2a00:1451::1"])
async def test_their_neighbours_are_not(answer):
    assert not await refused("api.example.org", answer)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("toolkiln.example.com", True),
        ("TOOLKILN.example.COM.", True),
        ("tools.example.com", True),
        ("example.com", False),
        ("a.toolkiln.example.com", False),
        ("", False),
    ],
)
async def test_the_products_own_names_are_refused(host, is_ours):
    assert await refused(host, "1.1.1.1") is is_ours


def is_allowed_to_have_networks() -> bool:
    tried = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not is_allowed_to_have_networks(), reason="a network of one's own is needed")
def test_the_machines_own_public_addresses_are_refused():
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", ON_A_PUBLIC_MACHINE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    before = [False] * 4
    assert done.stdout.strip() == f"{before} {[True, False, True, False, True, True]}", done.stderr


def test_what_cannot_be_found_out_of_an_address_counts_against_it():
    """Whoever fills the table of open files must not come to the machine's own addresses so."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        is_denied = OURS.has_address(ip_address("127.0.0.1"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert is_denied


@pytest.mark.parametrize("text", ["example.com", "10.0.0.1/8", "1.2.3.4/33", "300.1.1.1"])
def test_what_is_no_network_is_named(text):
    with pytest.raises(ValueError, match=text):
        denied(f"10.0.0.0/8 {text}")
