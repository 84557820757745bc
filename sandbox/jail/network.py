"""The network of a worker: a loopback on which every address in the world is its own.

Whatever a tool connects to arrives at a listening socket in the worker's own network namespace.
The egress guard, outside, accepts from it: the address that the tool wanted is the local address of
the connection, so no library needs to know of a proxy. Nothing else leads out of the namespace.
"""

import os
import socket
import struct
from contextlib import suppress

LISTEN_BACKLOG = 64
# What the kernel keeps of a connection at most, each way: its memory is not the worker's.
MAX_BUFFER_BYTES = 256 * 1024
DNS_ADDRESS = ("127.0.0.1", 53)

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
RTM_NEWROUTE, NLMSG_ERROR = 24, 2
NLM_F_REQUEST, NLM_F_ACK, NLM_F_EXCL, NLM_F_CREATE = 0x001, 0x004, 0x200, 0x400
RT_TABLE_LOCAL, RTPROT_KERNEL, RT_SCOPE_HOST, RTN_LOCAL, RTA_OIF = 255, 2, 254, 2, 4
LOOPBACK_INDEX = 1


def open_everything() -> None:
    """Bring the loopback up and route every IPv4 address to it; needs the new namespace."""
    import fcntl  # noqa: PLC0415 - Linux only, and this module is read on other systems too

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        up = struct.pack("16sh14x", b"lo", flags | IFF_UP)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, up)
    _route_all_to_loopback()
    for which, default in {"wmem": 16_384, "rmem": 131_072}.items():
        # Where a container shows these read-only, the guard's own buffers are bounded all the same.
        with suppress(OSError), open(f"/proc/sys/net/ipv4/tcp_{which}", "w") as file:  # noqa: PTH123
            file.write(f"4096 {default} {MAX_BUFFER_BYTES}")


def listeners(ports: list[int]) -> list[socket.socket]:
    """Return a socket that answers names, then one that listens on each port."""
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(DNS_ADDRESS)
    opened = [names]
    for port in ports:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", port))  # noqa: S104 - of a namespace that holds one process
        listener.listen(LISTEN_BACKLOG)
        opened.append(listener)
    return opened


def _route_all_to_loopback() -> None:
    """Say `ip route add local 0.0.0.0/0 dev lo` in one netlink message (rtnetlink(7))."""
    route = struct.pack(
        "BBBBBBBBI",
        socket.AF_INET,
        0,
        0,
        0,
        RT_TABLE_LOCAL,
        RTPROT_KERNEL,
        RT_SCOPE_HOST,
        RTN_LOCAL,
        0,
    )
    attribute = struct.pack("HHI", 8, RTA_OIF, LOOPBACK_INDEX)
    flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL
    size = 16 + len(route) + len(attribute)
    header = struct.pack("IHHII", size, RTM_NEWROUTE, flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        netlink.send(header + route + attribute)
        answer = netlink.recv(4096)
    kind, error = struct.unpack_from("=4xH10xi", answer)
    if kind == NLMSG_ERROR and error != 0:
        raise OSError(-error, os.strerror(-error), "route")
