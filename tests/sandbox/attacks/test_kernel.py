"""Hostile tools in native code: what they ask the kernel for, past Python and its libraries."""

import platform
import socket

import pytest

from sandbox.jail.tiers import Tier
from tests.sandbox.attacks.conftest import PROC

IS_INTEL = platform.machine() == "x86_64"
# Calls by what they would gain: their numbers on x86-64 and on ARM (None where it has none).
CALLS: dict[str, dict[str, tuple[int | None, int | None]]] = {
    "processes": {
        "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "clone3": (435, 435),
        "execve": (59, 221), "execveat": (322, 281),
    },
    "namespaces": {
        "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "pivot_root": (155, 41),
        "sethostname": (170, 161), "setdomainname": (171, 162),
    },
    "mounts": {
        "mount": (165, 40), "umount2": (166, 39), "open_tree": (428, 428),
        "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
        "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
        "statmount": (457, 457), "listmount": (458, 458), "swapon": (167, 224),
    },
    "other processes": {
        "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
        "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
        "pidfd_send_signal": (424, 424), "process_madvise": (440, 440),
        "process_mrelease": (448, 448), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
        "rt_tgsigqueueinfo": (297, 240), "move_pages": (279, 239), "migrate_pages": (256, 238),
    },
    "the kernel's own": {
        "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
        "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "init_module": (175, 105),
        "finit_module": (313, 273), "kexec_load": (246, 104), "reboot": (169, 142),
        "syslog": (103, 116), "acct": (163, 89), "quotactl": (179, 60), "iopl": (172, None),
        "ioperm": (173, None), "modify_ldt": (154, None), "personality": (135, 92),
        "clock_settime": (227, 112), "settimeofday": (164, 170), "adjtimex": (159, 171),
        "lookup_dcookie": (212, 18), "vhangup": (153, 58),
    },
    "keys": {"add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219)},
    "files by other ways": {
        "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
        "fanotify_init": (300, 262), "inotify_init1": (294, 26), "mknodat": (259, 33),
        "linkat": (265, 37), "fchownat": (260, 54), "openat2": (437, 437), "splice": (275, 76),
        "tee": (276, 77), "vmsplice": (278, 75), "copy_file_range": (326, 285),
        "memfd_create": (319, 279), "memfd_secret": (447, 447), "flock": (73, 32),
    },
    "facts of the host": {
        "mincore": (27, 232), "statfs": (137, 43), "fstatfs": (138, 44), "ustat": (136, None),
        "sysfs": (139, None), "getrandom_vdso": (466, 466), "cachestat": (451, 451),
        "membarrier": (324, 283), "readahead": (187, 213), "preadv2": (327, 286),
        "lookup_dcookie": (212, 18), "syslog": (103, 116), "get_mempolicy": (239, 236),
    },
    "disks": {
        "sync": (162, 81), "syncfs": (306, 267), "sync_file_range": (277, 84),
        "pwritev2": (328, 287), "io_setup": (206, 0), "io_submit": (209, 2), "quotactl": (179, 60),
    },
    "memory that is not counted": {
        "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190),
        "mq_open": (240, 180), "mlockall": (151, 230), "mlock": (149, 228), "mbind": (237, 235),
        "set_mempolicy": (238, 237), "remap_file_pages": (216, 234), "timer_create": (222, 107),
        "signalfd4": (289, 74),
    },
    "rights": {
        "setuid": (105, 146), "setgid": (106, 144), "setgroups": (116, 159),
        "setresuid": (117, 147), "setresgid": (119, 149), "capset": (126, 91),
        "capget": (125, 90), "seccomp": (317, 277), "landlock_create_ruleset": (444, 444),
        "setns": (308, 268),
    },
    "the processor": {
        "setpriority": (141, 140), "sched_setaffinity": (203, 122),
        "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
        "sched_setattr": (314, 274), "ioprio_set": (251, 30), "sysinfo": (99, 179),
    },
    "being reached": {
        "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
        "sethostname": (170, 161),
    },
}  # fmt: skip
# Refused in other words, so that libraries go on by another way.
ANSWERS = {
    "fork": "EAGAIN", "vfork": "EAGAIN", "clone3": "ENOSYS", "memfd_create": "ENOSYS",
    "io_uring_setup": "ENOSYS", "io_uring_enter": "ENOSYS", "landlock_create_ruleset": "ENOSYS",
}  # fmt: skip


@pytest.mark.parametrize("what", CALLS)
async def test_the_kernel_refuses(attack, what):
    column = 0 if IS_INTEL else 1
    numbers = {name: row[column] for name, row in CALLS[what].items() if row[column] is not None}
    server = attack("""
        def tool(numbers):
            return {name: syscall(number, 0, 0, 0, 0, 0, 0) for name, number in numbers.items()}
    """)
    seen = await server.value(numbers=numbers)
    assert seen == {name: ANSWERS.get(name, "EPERM") for name in numbers}


# Calls that are allowed, with arguments that are not.
ARGUMENTS = {
    "a process by clone": "[syscall(56 if INTEL else 220, flags, 0, 0, 0, 0)"
    " for flags in (17, 0x100 | 17, 0x4100 | 17, 0x10000, 0x10011)]",
    "a namespace by clone": "[syscall(56 if INTEL else 220, 0x10d00 | space, 0, 0, 0, 0)"
    " for space in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 1 << 30)]",
    "signals": "[tried(os.kill, pid, 9) for pid in (-1, 0, 2, 3, 4, 100, 2 ** 31 - 1)]"
    " + [tried(os.killpg, 0, 9)]",
    "signals to threads": "[syscall(234 if INTEL else 131, pid, pid, 9) for pid in (0, 2, 3, -1)]",
    "controls of files": "[tried(fcntl.fcntl, 3, what, 0) for what in"
    " (8, 9, 10, 11, 15, 16, 36, 37, 38, 1024, 1025, 1026, 1029, 1031, 1033, 1034, 1036)]",
    "limits of others": "[syscall(302 if INTEL else 261, pid, 7, 0, 0) for pid in (1, 2, 3)]",
    "properties": "[libc.prctl(what, 1, 0, 0, 0) for what in"
    " (1, 4, 8, 10, 13, 19, 22, 23, 24, 28, 35, 36, 38, 40, 41, 47, 53, 55, 59, 64, 0x59616d61)]",
    "a thread with descriptors of its own": "[syscall(436, 60, 60, 2)] +"
    " [syscall(56 if INTEL else 220, 0x10900 | more, 0, 0, 0, 0) for more in (0, 0x200, 0x40000)]",
    "huge pages, which the host keeps for others": "[syscall(9 if INTEL else 222, 0, 2**21, 3,"
    " 0x40022 | size << 26, -1, 0) for size in (0, 21, 30)]",
    "what other tenants share": "[syscall(28 if INTEL else 233, libc_page(), 4096, advice)"
    " for advice in (9, 12, 13, 20, 21, 22, 23, 24, 25, 100, 101)]",
    "locks that lend their rank": "[syscall(202 if INTEL else 98, bytes(64), op | 128, 0, 0, 0, 0)"
    " for op in (2, 6, 7, 8, 11, 12, 13)]",
    "reading past the host's memory": "[tried(os.open, path, os.O_RDONLY | os.O_DIRECT | more)"
    " for path in (os.__file__, '/tmp') for more in (0, os.O_TMPFILE)] +"
    " [tried(fcntl.fcntl, os.open(os.__file__, 0), fcntl.F_SETFL, os.O_DIRECT)]",
    "terminals and devices": "[tried(fcntl.ioctl, 0, what, bytes(64)) for what in (0x5412, 0x541c,"
    " 0x5452, 0x5410, 0x40049409, 0x8912, 0x8914, 0x8933, 0x89a2, 0x5100, 0x6601, 0xc0185879)]",
}


@pytest.mark.parametrize("what", ARGUMENTS)
async def test_the_kernel_looks_at_arguments(attack, what):
    server = attack(f"""
        import fcntl
        INTEL = platform.machine() == "x86_64"
        def libc_page():
            return ctypes.cast(libc.getpid, ctypes.c_void_p).value & ~4095
        def tool():
            return {ARGUMENTS[what]}
    """)
    assert set(await server.value()) <= {"EPERM", -1}


# Where a worker has no network of its own, it has no socket of the Internet at all.
SOCKETS = {Tier.NAMESPACES: [[2, 1, 0], [2, 1, 6], [2, 2, 0], [2, 2, 17]], Tier.UIDS: []}
# And no pair of datagram sockets: those send to any other by its name.
PAIRS = {Tier.NAMESPACES: [1, 2, 3, 5], Tier.UIDS: [1, 5]}


async def test_no_socket_but_tcp_and_udp(attack, tier):
    server = attack("""
        import socket
        def made(held):
            if held >= 0:
                os.close(held)
            return held >= 0
        def tool():
            kinds, ends = (1, 2, 3, 4, 5, 6, 10), (ctypes.c_int * 2)()
            sockets = [
                [family, kind, protocol]
                for family in range(48)
                for kind in kinds
                for protocol in (0, 1, 2, 6, 17, 33, 132, 255, 262)
                if made(libc.socket(family, kind, protocol))
            ]
            pairs = [kind for kind in kinds if libc.socketpair(1, kind, 0, ends) == 0]
            others = [tried(socket.socketpair, family, 1) for family in (2, 10, 16, 40)]
            return [sockets, pairs, others]
    """)
    sockets, pairs, others = await server.value()
    assert sockets == SOCKETS[tier]
    assert pairs == PAIRS[tier]
    assert set(others) == {"EPERM"}


async def test_no_option_of_a_socket_but_the_plain_ones(attack):
    server = attack("""
        import _socket, socket
        PLAIN = {(1, o) for o in (2, 4, 9, 13, 20, 21, 66, 67)}
        PLAIN |= {(1, 7), (1, 8)}  # said to be done, and not done
        PLAIN |= {(0, 1), (0, 11)} | {(6, o) for o in (1, 2, 3, 4, 5, 6, 12, 18)}
        def tool():
            set_option = _socket.socket.setsockopt  # the kernel's, whatever Python makes of it
            with socket.socket() as held:
                return [
                    [level, option]
                    for level in (0, 1, 6, 17, 41, 255, 270, 282)
                    for option in range(80)
                    if (level, option) not in PLAIN
                    and tried(set_option, held, level, option, bytes(64)) != "EPERM"
                ]
    """)
    assert await server.value() == []


async def test_nothing_connects_on_its_way(attack):
    """Landlock and the filter see a connection in `connect` alone; TCP fast open is one too."""
    server = attack("""
        import socket
        FAST_OPEN = 0x20000000
        def tool():
            with socket.socket() as held:
                return [
                    tried(held.sendto, b"x", FAST_OPEN, ("127.0.0.1", 80)),
                    tried(held.sendmsg, [b"x"], [], FAST_OPEN, ("127.0.0.1", 80)),
                    syscall(307 if platform.machine() == "x86_64" else 269, 9, 0, 0, FAST_OPEN),
                ]
    """)
    assert set(await server.value()) == {"EPERM"}


LOCKS = """
    import fcntl, httpx
    def locked(path, flags, kind, places):
        held = os.open(path, flags)
        return sum(
            tried(fcntl.fcntl, held, 6, struct.pack("hhqqi4x", kind, 0, place, 1, 0)) != "EPERM"
            for place in places
        )
    def tool(asks=False, has_scratch=True):
        if asks:
            held = os.open(httpx.__file__, os.O_RDONLY)
            answer = fcntl.fcntl(held, 5, struct.pack("hhqqi4x", 1, 0, 0, 0, 0))
            return struct.unpack_from("h", answer)[0]
        locked(httpx.__file__, os.O_RDONLY, 0, [0])
        path, flags = httpx.__file__, os.O_RDONLY
        if has_scratch:
            path, flags = "/tmp/file", os.O_RDWR | os.O_CREAT
        return locked(path, flags, 1, range(40_000, 0, -2))
"""


async def test_locks_take_no_memory_of_the_kernel_and_tell_nobody_anything(attack, tier):
    """No limit counts them; a lock in a worker is never in anybody's way, and so is none."""
    before = len((PROC / "locks").read_text().splitlines())
    server, other = attack(LOCKS), attack(LOCKS)
    assert await server.value(has_scratch=tier is Tier.NAMESPACES, seconds=30) == 20_000
    assert len((PROC / "locks").read_text().splitlines()) < before + 1_000
    assert await other.value(asks=True) == 2, "there is no lock"


async def test_a_database_in_a_file_works_all_the_same(attack, tier):
    server = attack("""
        import sqlite3
        def tool():
            with sqlite3.connect("/tmp/base") as base:
                base.execute("create table t (n)")
                base.executemany("insert into t values (?)", [(n,) for n in range(100)])
            other = sqlite3.connect("/tmp/base", timeout=0)
            other.execute("pragma journal_mode = wal")
            with other:
                other.execute("delete from t where n < 50")
            return [base.execute("select count(*) from t").fetchone()[0], os.listdir("/tmp")]
    """)
    if tier is Tier.UIDS:
        assert "unable to open database file" in (await server.error())["message"]
        return
    count, files = await server.value()
    assert count == 50
    assert "base" in files


async def test_no_disk_is_kept_busy(attack):
    """What is packaged lies on the host's disk; flushing it, or forgetting it, costs everybody."""
    server = attack("""
        import mmap
        def tool():
            held = os.open(os.__file__, os.O_RDONLY)
            shared = mmap.mmap(held, 0, mmap.MAP_SHARED, mmap.PROT_READ)
            for _ in range(20_000):
                os.fsync(held)
                os.fdatasync(held)
                shared.flush()
                os.posix_fadvise(held, 0, 0, os.POSIX_FADV_DONTNEED)
            return "done"
    """)
    before = flushes()
    assert await server.value(seconds=30) == "done"
    assert flushes() - before < 5_000


def flushes():
    """Return how often the host's disks were told to flush."""
    lines = (PROC / "diskstats").read_text().splitlines()
    return sum(int(fields[18]) for fields in map(str.split, lines) if len(fields) > 18)


async def test_unix_sockets_of_others_are_out_of_reach(attack, supervisor, tmp_path):
    name = f"\0toolkiln-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract:
        abstract.bind(name)
        abstract.setblocking(False)
        server = attack("""
            import socket
            def tool(names):
                try:
                    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
                except PermissionError:
                    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                out = socket.socket(fileno=os.dup(1))
                return [
                    tried(way, *arguments, name)
                    for name in names
                    for way, arguments in [
                        (one.connect, ()), (one.sendto, (b"x",)),
                        (out.connect, ()), (out.sendto, (b"x",)),
                    ]
                ]
        """)
        paths = ["/run/systemd/journal/socket", "/dev/log", str(supervisor.folder / "sandbox.sock")]
        seen = await server.value(names=[name, *(path[:107] for path in paths)])
        # One byte is sent where the name is not looked at: to the pair's own other end.
        assert set(seen) <= {"ECONNREFUSED", "EACCES", "ENOENT", "EPERM", "EISCONN", "EINVAL", 1}
        with pytest.raises(BlockingIOError):
            abstract.recv(1)


async def test_no_socket_that_is_handed_over_can_be_aimed(attack):
    """One that was made outside looks up names there, whatever namespaces its holder is in."""
    server = attack("""
        import socket
        def tool():
            kinds = []
            for number in range(64):
                try:
                    kinds.append(socket.socket(fileno=os.dup(number)).type.name)
                except OSError:
                    continue
            return kinds
    """)
    assert set(await server.value()) == {"SOCK_STREAM", "SOCK_SEQPACKET"}


async def test_limits_only_go_down(attack):
    server = attack("""
        import resource
        def tool():
            kept = {}
            for name in dir(resource):
                if name.startswith("RLIMIT_"):
                    which = getattr(resource, name)
                    soft, hard = resource.getrlimit(which)
                    if hard != resource.RLIM_INFINITY:
                        kept[name] = tried(resource.setrlimit, which, (soft, hard + 1))
            return kept
    """)
    kept = await server.value()
    counted = ("AS", "NPROC", "NOFILE", "FSIZE", "CPU", "CORE", "MEMLOCK", "MSGQUEUE")
    assert {f"RLIMIT_{name}" for name in counted} <= set(kept)
    assert not {None, 0} & set(kept.values())


@pytest.mark.parametrize(
    "starts",
    [
        "os.fork()",
        "os.system('true')",
        "subprocess.run(['/usr/bin/true'])",
        "os.posix_spawn('/usr/bin/true', ['true'], {})",
        "os.execv('/usr/bin/true', ['true'])",
        "multiprocessing.get_context('fork').Process(target=print).start()",
        "pty.fork()",
    ],
)
async def test_no_program_is_started(attack, starts):
    server = attack(f"""
        import multiprocessing, pty, subprocess
        def tool():
            try:
                return {starts}
            except Exception as error:
                return type(error).__name__
    """)
    answer = await server.call()
    assert answer.get("value") in {None, -1, 32_512} or "Error" in answer["content"][0]["text"]


@pytest.mark.skipif(not IS_INTEL, reason="machine code of x86-64")
@pytest.mark.parametrize(
    "code",
    [
        # The calls of 32-bit programs have other numbers: 2 is fork there.
        "b8 02 00 00 00  cd 80  c3",
        # And so have those of x32: fork with its bit set.
        "b8 39 00 00 40  0f 05  c3",
    ],
)
async def test_other_ways_into_the_kernel_are_death(attack, code):
    server = attack(f"""
        import mmap
        def tool():
            held = mmap.mmap(-1, 4096, prot=7)
            held.write(bytes.fromhex("{code}"))
            address = ctypes.addressof(ctypes.c_char.from_buffer(held))
            return ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    """)
    assert (await server.error())["message"] == "The tool's process crashed (SIGSYS)."
