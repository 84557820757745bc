"""What a worker that has no network of its own says to the egress guard, over its broker.

The broker is a socket that keeps messages apart. Each message asks for one connection and hands
over an end of a pair of sockets, which the guard then relays from. A byte waits in that end until
the guard has connected: closing an end in which something is unread resets the other one, and so a
refused tool is told that it was.
"""

import json
from ipaddress import ip_network

# The address that stands for a name inside a worker; the benchmark range, which nobody reaches.
FAKE_ADDRESSES = ip_network("198.18.0.0/15")
# A name as the resolver of the C library takes it, or an address.
HOST = r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_-]{1,63})*$"
MAX_HOST = 253
MAX_REQUEST_BYTES = 512
UNANSWERED = b"\0"


def request(host: str, port: int) -> bytes:
    """Return the message that asks for a connection; the end goes with it."""
    return json.dumps({"host": host, "port": port}).encode()
