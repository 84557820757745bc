"""The kernel's own calls that a worker locks itself down with; Linux, no packages.

Every function raises `OSError`, with the name of the call as its `filename`, when the kernel
refuses: whoever locks down stops there rather than going on half locked.
"""

import ctypes
import os
import platform
import struct
from collections.abc import Collection, Sequence

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
ALL_NAMESPACES = (
    CLONE_NEWUSER
    | CLONE_NEWNS
    | CLONE_NEWPID
    | CLONE_NEWNET
    | CLONE_NEWIPC
    | CLONE_NEWUTS
    | CLONE_NEWCGROUP
)

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REC, MS_PRIVATE = 0x4000, 0x40000

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS = 1, 4, 8
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 24, 38, 36
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
LAST_CAPABILITY, CAPABILITY_VERSION = 63, 0x2008_0522

SECCOMP_SET_MODE_FILTER, SECCOMP_GET_ACTION_AVAIL = 1, 2
SECCOMP_RET_ERRNO = 0x0005_0000
LANDLOCK_CREATE_RULESET_VERSION = 1
LANDLOCK_RULE_PATH_BENEATH = 1
# All file rights that an ABI of Landlock knows (linux/landlock.h), by ABI.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
FILE_RIGHTS_NOW = (1 << 16) - 1  # ABI 5 and newer: with ioctl on devices
RIGHTS_TO_READ = 1 | 4 | 8  # execute (also to map code), read a file, list a folder
RIGHTS_TO_LOAD = 1 | 4
RIGHTS_OF_A_FILE = 1 | 2 | 4  # all that there is for one: to write it too
NET_BIND_TCP, NET_CONNECT_TCP = 1, 2
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1, 2

# The numbers of calls that libc has no function for in all supported versions.
NUMBERS = {
    "x86_64": {"capget": 125, "capset": 126, "seccomp": 317},
    "aarch64": {"capget": 90, "capset": 91, "seccomp": 277},
}
CLOSE_RANGE = 436
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def unshare(flags: int) -> None:
    """Leave namespaces for new ones."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount a file system."""
    done = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _check(done, "mount")


def prctl(option: int, argument: int = 0, more: int = 0) -> None:
    """Set a property of the process."""
    done = _libc.prctl(option, ctypes.c_ulong(argument), ctypes.c_ulong(more), 0, 0)
    _check(done, "prctl")


def close_from(first: int) -> None:
    """Close every descriptor from a number on."""
    _check(_syscall(CLOSE_RANGE, first, 0xFFFFFFFF, 0), "close_range")


def drop_capabilities() -> None:
    """Give up every capability, and the chance to gain one by starting a program."""
    bound_capabilities(())
    _set_capabilities(0)


def hold_capabilities(held: Collection[int]) -> None:
    """Hold these capabilities and no others, also in the programs that are started."""
    _set_capabilities(sum(1 << capability for capability in held))
    for capability in held:
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)


def bound_capabilities(kept: Collection[int]) -> None:
    """Give up the chance to gain a capability by starting a program, but for these."""
    for capability in range(LAST_CAPABILITY + 1):
        if capability in kept:
            continue
        if _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0:
            break  # the kernel knows no more of them


def _set_capabilities(mask: int) -> None:
    header = struct.pack("Ii", CAPABILITY_VERSION, 0)
    _check(_syscall(_number("capset"), header, struct.pack("6I", *[mask] * 3, *[0] * 3)), "capset")


def has_capability(capability: int) -> bool:
    """Whether this process may use a capability."""
    header, held = struct.pack("Ii", CAPABILITY_VERSION, 0), ctypes.create_string_buffer(24)
    _check(_syscall(_number("capget"), header, held), "capget")
    effective = struct.unpack("6I", held.raw)[0]
    return bool(effective >> capability & 1)


def can_filter_calls() -> bool:
    """Whether the kernel takes filters of kernel calls."""
    refuse = ctypes.byref(ctypes.c_uint32(SECCOMP_RET_ERRNO))
    return _syscall(_number("seccomp"), SECCOMP_GET_ACTION_AVAIL, 0, refuse) == 0


def filter_calls(program: bytes) -> None:
    """Allow only the kernel calls that a compiled seccomp program allows, for good.

    Args:
        program: BPF instructions of 8 bytes each, as `sandbox.seccomp` builds them.
    """
    held = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]

    filter_ = Program(len(program) // 8, ctypes.addressof(held))
    done = _syscall(_number("seccomp"), SECCOMP_SET_MODE_FILTER, 0, ctypes.byref(filter_))
    _check(done, "seccomp")


def landlock_abi() -> int:
    """Return which Landlock the kernel has; 0 for none."""
    return max(0, _syscall(LANDLOCK_CREATE, None, 0, LANDLOCK_CREATE_RULESET_VERSION))


def restrict_files(
    readable: Sequence[str],
    *,
    loadable: Sequence[str],
    writable: Sequence[str],
    ports: int = NET_BIND_TCP,
) -> None:
    """Shut the file system but for some places, and ports, as far as the kernel knows how.

    Args:
        readable: folders and files to read below; those that do not exist are left out.
        loadable: the same for folders whose files may be read by those who know their names.
        writable: folders to do anything below, and files to write.
        ports: what to refuse on every TCP port.
    """
    abi = landlock_abi()
    if abi == 0:
        raise OSError(38, "The kernel has no Landlock", "landlock")
    rights = FILE_RIGHTS.get(abi, FILE_RIGHTS_NOW)
    net = 0 if abi < 4 else ports
    scopes = 0 if abi < 6 else SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    attributes = struct.pack("QQQ", rights, net, scopes)[:size]
    rules = _check(_syscall(LANDLOCK_CREATE, attributes, size, 0), "landlock_create_ruleset")
    try:
        for path in filter(os.path.exists, readable):
            _allow(rules, path, RIGHTS_TO_READ)
        for path in filter(os.path.exists, loadable):
            _allow(rules, path, RIGHTS_TO_LOAD)
        for path in writable:
            _allow(rules, path, rights)
        _check(_syscall(LANDLOCK_RESTRICT, rules, 0), "landlock_restrict_self")
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - a string is all there is
            rights &= RIGHTS_OF_A_FILE
        rule = struct.pack("=Qi", rights, beneath)
        done = _syscall(LANDLOCK_ADD, rules, LANDLOCK_RULE_PATH_BENEATH, rule, 0)
        _check(done, "landlock_add_rule")
    finally:
        os.close(beneath)


def _syscall(number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _libc.syscall(ctypes.c_long(number), *wide)


def _number(name: str) -> int:
    return NUMBERS[platform.machine()][name]


def _check(result: int, name: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), name)
    return result
