"""Which kernel calls a worker may make. Whatever is not named here is refused with EPERM."""

from dataclasses import dataclass
from errno import EAGAIN, ENOSYS, EOPNOTSUPP
from typing import Literal

from sandbox.jail import uids
from sandbox.jail.tiers import Tier

# In the process namespace that a worker has for itself; elsewhere, what stands for its number in
# the program until each worker writes its own there.
OWN_PID = {Tier.NAMESPACES: 1, Tier.UIDS: uids.OWN_PID}
WHOLE = 0xFFFF_FFFF
AF_UNIX, AF_INET, SOCKET_KIND = 1, 2, 0xF
# Pairs of streams, and of messages in order: no datagram, which may be sent to any other socket.
PAIRS = (1, 5)
# TCP and UDP alone: kind of socket, and the protocols that mean them.
PROTOCOLS = {1: (0, 6), 2: (0, 17)}
MSG_FASTOPEN = 0x2000_0000
CLONE_VM, CLONE_FILES, CLONE_THREAD = 0x100, 0x400, 0x10000
THREAD = CLONE_VM | CLONE_FILES | CLONE_THREAD
NAMESPACES = 0x7E02_0000 | 0x80
PR_SET_NAME, PR_GET_NAME, PR_SET_VMA = 15, 16, 0x5356_4D41
FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ = (
    0x541B,
    0x5421,
    0x5451,
    0x5450,
    0x5401,
    0x5413,
)


@dataclass(frozen=True, slots=True)
class Check:
    """What one argument must be: equal to `value`, after `mask` when there is one."""

    argument: int
    value: int
    mask: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A call that is allowed when its arguments are so, or refused with an error of its own."""

    call: str
    checks: tuple[Check, ...] = ()
    error: int | None = None
    architecture: str | None = None  # None: any


Group = tuple[str, ...]

FILES: Group = (
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "lseek",
    "close", "dup", "dup2", "dup3",
    "stat", "fstat", "lstat", "newfstatat", "statx",
    "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "chdir",
    "umask", "sendfile",
)  # fmt: skip
# For a file system of one's own: Landlock guards times and modes not at all, lengths since ABI 3.
CHANGES: Group = (
    "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
    "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "utimensat",
    "truncate", "ftruncate", "fallocate",
)  # fmt: skip
MEMORY: Group = ("brk", "munmap", "mremap", "mprotect")
WAITING: Group = (
    "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe", "pipe2",
    "timerfd_create", "timerfd_settime", "timerfd_gettime", "nanosleep", "clock_nanosleep",
    "pause", "restart_syscall", "wait4", "waitid",
)  # fmt: skip
THREADS: Group = (
    "set_robust_list", "rseq", "sched_yield", "getcpu",
    "exit", "exit_group",
)  # fmt: skip
SIGNALS: Group = (
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait",
    "rt_sigsuspend", "sigaltstack", "getitimer",
)  # fmt: skip
# These end a process that nothing shields from its own signals, and with it others' calls.
TIMERS: Group = ("alarm", "setitimer")
FACTS: Group = (
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getgroups",
    "getresuid", "getresgid", "getpgrp", "uname", "times",
    "getrusage", "getrlimit", "clock_gettime", "clock_getres", "gettimeofday", "time", "getrandom",
)  # fmt: skip
# These name a process, and tell of any that there is.
OF_A_PROCESS: Group = (
    "getpgid", "getsid", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
)  # fmt: skip
CONNECTIONS: Group = (
    "getsockname", "getpeername", "getsockopt", "recvfrom", "recvmsg", "recvmmsg", "shutdown",
)  # fmt: skip
# What libraries set on sockets: by level (socket, IP, TCP), the options.
SOCKET_OPTIONS: dict[int, tuple[int, ...]] = {
    1: (2, 4, 9, 13, 20, 21, 66, 67),  # reuse, error, keep-alive, linger, time-outs
    0: (1, 11),  # type of service, and errors told, which the C library's resolver asks for
    6: (1, 2, 3, 4, 5, 6, 12, 18),  # no delay, segment, cork, keep-alive, quick ack, time-out
}
# Buffers stay as they are, since the kernel's memory is not counted as the worker's; libraries that
# ask for larger ones are told yes.
SOCKET_BUFFERS = (7, 8)
# Copies of descriptors, their flags, and who holds a lock: no signals, leases or larger pipes.
FILE_CONTROLS = (0, 1, 2, 3, 5, 1030)
F_SETFL = 4
# Reading past the memory that all share takes the disk that all share, each time.
O_DIRECT = {"x86_64": 0x4000, "aarch64": 0x10000}
# Locks of files: nobody else is there to be kept out, and the kernel would keep any number of them.
# Libraries that ask for one, SQLite for example, are told that they have it.
FILE_LOCKS = (6, 7)
# A table of descriptors for a thread alone would double how many there may be.
CLOSE_RANGE_UNSHARE = 2
MAP_HUGETLB = 0x40000  # of a stock that the host keeps for others
# What a worker says of its own memory; not what merges it with others', or drops what they share.
ADVICE = (0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19)
# Waiting and waking, without locks that lend their rank: nobody uses those, and they had faults.
FUTEXES = (0, 1, 3, 4, 5, 9, 10)
FUTEX_OPERATION = 0x7F  # without whose it is, and by which clock
# Where these are answered so, libraries go on by another way instead of failing. To 0, as if done:
# scratch is no disk, and what is packaged is the disk that all others share.
ANSWERED: dict[int, Group] = {
    0: ("fsync", "fdatasync", "msync", "fadvise64"),
    ENOSYS: (
        "clone3", "memfd_create", "io_uring_setup", "io_uring_enter", "io_uring_register",
        "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
    ),
    EAGAIN: ("fork", "vfork"),
    EOPNOTSUPP: (
        "getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr",
        "setxattr", "lsetxattr", "fsetxattr",
    ),
}  # fmt: skip


def all_rules(tier: Tier) -> list[Rule]:
    """Return every rule of a tier, `NAMESPACES` or `UIDS`."""
    itself = Check(0, OWN_PID[tier], WHOLE)
    plain = (*FILES, *MEMORY, *WAITING, *THREADS, *SIGNALS, *FACTS, *CONNECTIONS)
    return [
        *(Rule(call) for call in plain),
        *(Rule(call, error=error) for error, calls in ANSWERED.items() for call in calls),
        Rule("clone", (Check(0, THREAD, THREAD | NAMESPACES),)),
        Rule("close_range", (Check(2, 0, CLOSE_RANGE_UNSHARE),)),
        Rule("mmap", (Check(3, 0, MAP_HUGETLB),)),
        *(Rule("madvise", (Check(2, what, WHOLE),)) for what in ADVICE),
        *(Rule("futex", (Check(1, what, FUTEX_OPERATION),)) for what in FUTEXES),
        *(Rule("prctl", (Check(0, what),)) for what in (PR_SET_NAME, PR_GET_NAME, PR_SET_VMA)),
        *(Rule("ioctl", (Check(1, what, WHOLE),)) for what in IOCTLS),
        *(Rule("fcntl", (Check(1, what, WHOLE),)) for what in FILE_CONTROLS),
        *(Rule("fcntl", (Check(1, what, WHOLE),), error=0) for what in FILE_LOCKS),
        *(Rule("setsockopt", (Check(1, 1), Check(2, what)), error=0) for what in SOCKET_BUFFERS),
        Rule("prlimit64", (Check(0, 0),)),
        Rule("kill", (itself,)),
        Rule("tgkill", (itself,)),
        *(
            Rule("setsockopt", (Check(1, level), Check(2, option)))
            for level, options in SOCKET_OPTIONS.items()
            for option in options
        ),
        *_opening(),
        *_sending(),
        *(_with_namespaces() if tier is Tier.NAMESPACES else _without_namespaces(itself)),
    ]


IOCTLS = (FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ)
Which = Literal["sendto", "sendmsg", "sendmmsg"]


def _opening() -> list[Rule]:
    return [
        rule
        for architecture, flag in O_DIRECT.items()
        for rule in (
            Rule("open", (Check(1, 0, flag),), architecture=architecture),
            Rule("openat", (Check(2, 0, flag),), architecture=architecture),
            Rule("fcntl", (Check(1, F_SETFL, 0xFFFF_FFFF), Check(2, 0, flag)), None, architecture),
        )
    ]


def _sending() -> list[Rule]:
    """Sending that does not connect on the way: Landlock and the filter see no connect in that."""
    places: dict[Which, int] = {"sendto": 3, "sendmsg": 2, "sendmmsg": 3}
    return [Rule(call, (Check(place, 0, MSG_FASTOPEN),)) for call, place in places.items()]


def _with_namespaces() -> list[Rule]:
    return [
        *(Rule(call) for call in (*CHANGES, *OF_A_PROCESS, *TIMERS)),
        Rule("socketpair", (Check(0, AF_UNIX),)),
        Rule("connect"),
        *(
            Rule("socket", (Check(0, AF_INET), Check(1, kind, SOCKET_KIND), Check(2, protocol)))
            for kind, protocols in PROTOCOLS.items()
            for protocol in protocols
        ),
    ]


def _without_namespaces(itself: Check) -> list[Rule]:
    """Refuse what namespaces would have for one alone: processes, files and the network."""
    return [
        *(Rule(call, (one,)) for call in OF_A_PROCESS for one in (Check(0, 0, WHOLE), itself)),
        *(Rule("socketpair", (Check(0, AF_UNIX), Check(1, k, SOCKET_KIND))) for k in PAIRS),
    ]
