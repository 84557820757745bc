"""Leads the sockets of a worker that has no network of its own through the egress guard.

`socket.socket` is changed in place, so that every library that opens its connections by it works as
it is: what looks like an IPv4 socket is an end of a pair, and the guard relays from the other end.
This is comfort for tools, and no barrier: the guard holds whoever leaves it out.
"""

import _socket
import operator
import os
import re
import socket
import threading
from array import array
from collections.abc import Callable
from errno import ECONNREFUSED, EISCONN, ENOTCONN, EPERM
from typing import Any

from sandbox.jail.broker import FAKE_ADDRESSES, HOST, MAX_HOST, UNANSWERED, request

INTERNET = (-1, socket.AF_INET, socket.AF_INET6)  # -1: what a socket is that is not said to be any
KIND = 0xF
MAX_NAMES = 10_000
HOST_NOT_FOUND = 1
UNBOUND = ("0.0.0.0", 0)  # noqa: S104 - an answer, bound to nothing

_Plain = _socket.socket
_plain_init = socket.socket.__init__
_plain_dup = socket.socket.dup
_plain_getaddrinfo = _socket.getaddrinfo
_plain_getnameinfo = _socket.getnameinfo


def install(broker: int) -> None:
    """Change the sockets of this process, once and for good.

    Args:
        broker: the descriptor of the worker's end of its broker.
    """
    names = Names()
    sockets = Sockets(socket.socket(fileno=broker), names)
    for name in ("connect", "connect_ex", "dup", "getpeername", "getsockname"):
        setattr(socket.socket, name, _as_method(getattr(sockets, name)))
    socket.socket.getsockopt = _as_method(sockets.getsockopt)
    socket.socket.setsockopt = _as_method(sockets.setsockopt)
    socket.socket.__init__ = _as_method(sockets.initialize)
    _socket.getaddrinfo = names.getaddrinfo  # what `socket.getaddrinfo` calls
    for name in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
        setattr(socket, name, getattr(names, name))


class Names:
    """Answers lookups: every name has an address that only means that name.

    The real name is looked up by the guard, when the tool connects.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_address: dict[str, str] = {}
        self._by_name = {"localhost": "127.0.0.1"}

    def meant_by(self, address: str) -> str:
        """Return the name that an address stands for, or the address."""
        return self._by_address.get(address, address)

    def getaddrinfo(
        self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:
        """Answer as the function of that name does, without asking anybody."""
        numeric = flags | socket.AI_NUMERICHOST
        try:
            return _plain_getaddrinfo(host, port, family, type, proto, numeric)
        except socket.gaierror as error:
            if error.errno != socket.EAI_NONAME or flags & socket.AI_NUMERICHOST:
                raise
        name = _valid(host)
        found = _plain_getaddrinfo(self._address_of(name), port, family, type, proto, numeric)
        return [(*entry[:3], entry[3] and name, entry[4]) for entry in found]

    def gethostbyname(self, host: Any) -> str:
        """Return the address that stands for a host."""
        return self.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]

    def gethostbyname_ex(self, host: Any) -> tuple[str, list[str], list[str]]:
        """Return a host's name and the one address that stands for it."""
        address = self.gethostbyname(host)
        return self.meant_by(address), [], [address]

    def gethostbyaddr(self, host: Any) -> tuple[str, list[str], list[str]]:
        """Return the name that an address stands for; no other has one."""
        name, _, addresses = self.gethostbyname_ex(host)
        if [name] == addresses:
            raise socket.herror(HOST_NOT_FOUND, "Unknown host")
        return name, [], addresses

    def getnameinfo(self, address: Any, flags: int) -> tuple[str, str]:
        """Return the name and the service that an address stands for."""
        host, service = _plain_getnameinfo(address, flags | socket.NI_NUMERICHOST)
        return host if flags & socket.NI_NUMERICHOST else self.meant_by(host), service

    def _address_of(self, name: str) -> str:
        with self._lock:
            address = self._by_name.get(name)
            if address is None:
                if len(self._by_address) >= MAX_NAMES:
                    raise socket.gaierror(socket.EAI_AGAIN, "Too many names")
                address = str(FAKE_ADDRESSES[len(self._by_address) + 1])
                self._by_name[name], self._by_address[address] = address, name
            return address


class Sockets:
    """What the methods of sockets do instead; those of another family do what they did.

    A socket that is not connected is an end whose other end is closed: nothing can be read from it
    and nothing sent. Connecting puts another pair in its place, under the same descriptor.
    """

    def __init__(self, broker: socket.socket, names: Names) -> None:
        self._broker = broker
        self._names = names
        self._peers: dict[int, tuple[str, int]] = {}

    def initialize(
        self,
        one: socket.socket,
        family: int = -1,
        type: int = -1,
        proto: int = -1,
        fileno: int | None = None,
    ) -> None:
        """Make a socket, of a descriptor of another kind where it is to be one of the Internet."""
        if fileno is not None or family not in INTERNET:
            _plain_init(one, family, type, proto, fileno)
            return
        type = socket.SOCK_STREAM if type == -1 else type
        if (family, type & KIND) not in STREAMS or proto not in (-1, 0, socket.IPPROTO_TCP):
            raise PermissionError(EPERM, os.strerror(EPERM))
        end, other = socket.socketpair(socket.AF_UNIX, type)
        other.close()
        self._peers.pop(end.fileno(), None)
        _plain_init(one, socket.AF_INET, type, max(proto, 0), end.detach())

    def connect(self, one: socket.socket, address: Any) -> None:
        """Have the guard connect; what becomes of that shows when the socket is used."""
        if one.family != socket.AF_INET:
            _Plain.connect(one, address)
            return
        if one.fileno() in self._peers:
            raise OSError(EISCONN, os.strerror(EISCONN))
        host, port = self._peer_of(address)
        flags = 0 if one.gettimeout() is None else socket.SOCK_NONBLOCK
        end, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM | flags)
        with end, other:
            end.send(UNANSWERED)
            os.dup2(end.fileno(), one.fileno(), inheritable=False)
            self._ask(self._names.meant_by(host), port, other)
        self._peers[one.fileno()] = host, port

    def connect_ex(self, one: socket.socket, address: Any) -> int:
        """Connect like `connect`; return the number of the error."""
        if one.family != socket.AF_INET:
            return _Plain.connect_ex(one, address)
        try:
            self.connect(one, address)
        except socket.gaierror:
            raise
        except OSError as error:
            return error.errno or ECONNREFUSED
        return 0

    def dup(self, one: socket.socket) -> socket.socket:
        """Return another socket of the same connection."""
        other = _plain_dup(one)
        self._peers.pop(other.fileno(), None)
        if one.fileno() in self._peers:
            self._peers[other.fileno()] = self._peers[one.fileno()]
        return other

    def getpeername(self, one: socket.socket) -> Any:
        """Return what the socket is connected to, as the tool sees it."""
        if one.family != socket.AF_INET:
            return _Plain.getpeername(one)
        if one.fileno() not in self._peers:
            raise OSError(ENOTCONN, os.strerror(ENOTCONN))
        return self._peers[one.fileno()]

    def getsockname(self, one: socket.socket) -> Any:
        """Return the socket's own address, of which an IPv4 one has none."""
        name = _Plain.getsockname(one)
        return UNBOUND if one.family == socket.AF_INET else name

    def setsockopt(self, one: socket.socket, level: int, *option: Any) -> None:
        """Set an option; those of IP and TCP, which the guard's own sockets have, are taken."""
        if one.family != socket.AF_INET or level == socket.SOL_SOCKET:
            _Plain.setsockopt(one, level, *option)

    def getsockopt(self, one: socket.socket, level: int, option: int, size: int = 0) -> int | bytes:
        """Return an option; those of IP and TCP are zero."""
        if one.family != socket.AF_INET or level == socket.SOL_SOCKET:
            return _Plain.getsockopt(one, level, option, size)
        return bytes(size) if size else 0

    def _peer_of(self, address: Any) -> tuple[str, int]:
        if not isinstance(address, tuple) or len(address) != 2:
            raise TypeError("AF_INET address must be a pair (host, port)")
        port = operator.index(address[1])
        if not 0 <= port <= 65_535:
            raise OverflowError("connect(): port must be 0-65535.")
        if port == 0:
            raise ConnectionRefusedError(ECONNREFUSED, os.strerror(ECONNREFUSED))
        return self._names.gethostbyname(address[0]), port

    def _ask(self, host: str, port: int, other: socket.socket) -> None:
        handed = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [other.fileno()]))
        try:
            self._broker.sendmsg([request(host, port)], [handed], socket.MSG_DONTWAIT)
        except OSError:  # more than the guard takes at a time, or it takes nothing any more
            raise ConnectionRefusedError(ECONNREFUSED, os.strerror(ECONNREFUSED)) from None


STREAMS = ((-1, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_STREAM))


def _valid(host: Any) -> str:
    """Return a name as it is looked up: in ASCII, small letters, without the final dot."""
    data = host.encode("idna") if isinstance(host, str) else bytes(host)
    name = data.decode("ascii", "replace").removesuffix(".").lower()
    if len(name) > MAX_HOST or re.fullmatch(HOST, name) is None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return name


def _as_method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that can be a method: a bound one is not bound once more."""

    def method(one: socket.socket, *values: Any, **named: Any) -> Any:
        return function(one, *values, **named)

    return method
