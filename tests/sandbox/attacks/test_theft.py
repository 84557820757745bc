"""Hostile tools that look for what is not theirs: files, variables, memory, descriptors, facts."""

import re
import secrets
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.jail.tiers import Tier
from sandbox.tools_environment import cache_folder
from tests.product import ROOT
from tests.sandbox.attacks.conftest import (
    CANARY,
    PROC,
    below,
    no_canary_in,
    workers_of,
)
from tests.sandbox.processes import family_of

# Of /usr and /etc, what libraries read.
SHARED = {"ca-certificates", "zoneinfo"}
ETC = {"group", "hosts", "mime.types", "nsswitch.conf", "passwd", "resolv.conf", "ssl"}
# Its own descriptors, which are nothing and the supervisor, and a time zone among those shown.
HARMLESS = re.compile("/dev/fd/0$|/proc/self/fd/3$|/etc/localtime$")


async def test_files_of_the_host_are_not_there(attack, supervisor, tier, tmp_path):
    canary = tmp_path / "canary"
    canary.write_text(CANARY)
    paths = [
        canary, ROOT / "pyproject.toml", supervisor.folder / "sandbox.sock", supervisor.log,
        "/etc/shadow", "/etc/hostname", "/etc/machine-id", "/etc/ssl/private", "/etc/environment",
        "/root", "/home", "/var", "/run", "/sys", "/boot", "/opt", "/srv", "/mnt", "/dev/shm",  # noqa: S108
        "/dev/tty", "/dev/kmsg", "/dev/mem", "/dev/fd/0", "/dev/ptmx", "/dev/random", "/dev/net",
        "/usr/local/etc", "/usr/etc", "/usr/src", "/usr/local/src", "/usr/sbin", "/usr/libexec",
        "/usr/bin", "/usr/local/bin", "/usr/local/lib", "/usr/lib/python3", "/usr/share/doc",
        "/usr/lib/systemd", "/usr/lib/ssl/private", "/etc/ld.so.cache", "/etc/localtime",
        "/etc/alternatives", "/var/lib/dpkg", "/tools/bin/httpx", "/usr/share/fonts",
        "/proc/self", "/proc/1/environ", "/proc/self/maps", "/proc/self/root", "/proc/self/fd/3",
        f"/proc/{supervisor.process.pid}/environ", "/proc/kallsyms", "/proc/sys", "/oldroot",
    ]  # fmt: skip
    server = attack("""
        def tool(paths):
            ways = ["", "/tmp/../../../..", "/python/..", "/tools/../..", "/tmp/link"]
            tried(os.symlink, "/", "/tmp/link")  # where there is a scratch folder
            below, seen = os.open(os.path.dirname(os.__file__), os.O_RDONLY), []
            for path in paths:
                seen += [[way + path, tried(os.open, way + path, os.O_RDONLY)] for way in ways]
                seen.append([path, tried(os.open, "../.." + path, os.O_RDONLY, dir_fd=below)])
            return [one for one in seen if one[1] not in ("ENOENT", "EACCES", "ENOTDIR")]
    """)
    seen = await server.value(paths=list(map(str, paths)))
    if tier is Tier.UIDS:
        seen = [[path, got] for path, got in seen if not HARMLESS.search(path)]
    assert seen == []


async def test_what_is_shown_is_what_libraries_need(attack, tier):
    server = attack("""
        import sys
        def tool():
            python = f"/python/lib/python{sys.version_info[0]}.{sys.version_info[1]}"
            names = ("/etc", "/dev", "/etc/ssl", "/jail/sandbox", "/python", "/python/bin", "/tmp")
            hidden = ("/tools/bin", python + "/site-packages")
            closed = ("/", "/proc", "/usr", "/usr/local", "/usr/lib", "/usr/lib64", "/lib")
            shared = [tried(os.listdir, name) for name in ("/usr/share", "/usr/local/share")]
            return [shared, *([tried(os.listdir, name) for name in some]
                              for some in (hidden, closed, names))]
    """)
    shared, hidden, closed, shown = await server.value()
    if tier is Tier.UIDS:  # of the host's own folders; what is listed lies below them
        assert not [
            one for one in (*shared, *hidden, *closed, *shown) if one not in ("EACCES", "ENOENT")
        ]
        return
    assert {name for names in shared if names != "ENOENT" for name in names} <= SHARED
    assert [names for names in hidden if names not in ("ENOENT", [])] == []
    assert set(closed) <= {"EACCES", "ENOENT"}, "folders that only lead to others"
    etc, devices, ssl, jail, python, programs, scratch = shown
    assert set(etc) <= ETC
    assert set(devices) == {"null", "zero", "urandom"}
    assert set(ssl) <= {"certs", "openssl.cnf"}
    assert jail == ["jail"]
    assert set(python) <= {"bin", "lib", "lib64"}
    assert len(programs) == 1
    assert scratch == []


async def test_what_is_shown_does_not_say_whose_host_it_is(attack):
    """Compiled files and programs hold the paths of those who compiled and installed them."""
    server = attack("""
        def tool(names):
            found = set()
            for top in ("/jail", "/tools", "/etc", "/dev/../jail"):
                for base, _, files in os.walk(top):
                    for path in (f"{base}/{name}" for name in files):
                        with open(path, "rb") as file:
                            seen = file.read()
                        found.update(path for name in names if name.encode() in seen)
            return sorted(found)
    """)
    names = [str(ROOT), str(cache_folder()), ".making-"]
    assert await server.value(names=names, seconds=60) == []


async def test_libraries_find_what_they_read_of_the_host(attack):
    server = attack("""
        import locale, mimetypes, ssl, zoneinfo
        def tool():
            trusted = ssl.create_default_context().cert_store_stats()["x509_ca"]
            lazily = os.listdir(ssl.get_default_verify_paths().capath or "/etc/ssl/certs")
            return [
                trusted + len(lazily) > 100,
                str(zoneinfo.ZoneInfo("Europe/Vienna")),
                len(zoneinfo.available_timezones()) > 400,
                locale.setlocale(locale.LC_ALL, "C.UTF-8"),
                time.tzname[0],
            ]
    """)
    assert await server.value() == [True, "Europe/Vienna", True, "C.UTF-8", "UTC"]


async def test_a_path_that_is_held_opens_nothing(attack, tier):
    tops = ["/", "/usr", "/usr/lib", "/proc", "/etc"]
    if tier is Tier.NAMESPACES:  # without them, its own /proc/self leads to what it may read anyway
        tops.append("/usr/lib/ssl")
    server = attack("""
        def tool(tops):
            PATH_ONLY = os.O_PATH
            ways = []
            for top in tops:
                held = tried(os.open, top, PATH_ONLY)
                if isinstance(held, str):
                    continue
                ways += [
                    tried(os.listdir, held), tried(os.fchdir, held), tried(os.read, held, 1),
                    tried(os.open, "..", os.O_RDONLY, dir_fd=held),
                    tried(os.open, "shadow", os.O_RDONLY, dir_fd=held),
                    tried(os.open, "new", os.O_WRONLY | os.O_CREAT, dir_fd=held),
                    tried(os.open, ".", os.O_WRONLY | os.O_TMPFILE, dir_fd=held),
                    tried(os.open, f"/proc/self/fd/{held}", os.O_RDONLY),
                    syscall(437, held, b"..", struct.pack("QQQ", 0, 0, 0), 24),
                ]
            return [way for way in ways if not isinstance(way, str) and way != sorted(ETC)]
        ETC = tried(os.listdir, "/etc")
    """)
    opened = await server.value(tops=tops)
    assert all(isinstance(names, list) and set(names) <= ETC for names in opened), opened


async def test_nothing_is_writable_but_the_scratch_folder(attack):
    server = attack("""
        def tool():
            top = ["/", "/etc", "/usr", "/dev", "/jail", "/tools", "/python", "/proc", "/lib"]
            able = []
            for start in [*top, "/usr/share/zoneinfo", "/usr/lib/ssl", "/etc/ssl/certs"]:
                for number, (base, folders, files) in enumerate(os.walk(start)):
                    for path in [base + "/new", *(base + "/" + name for name in files[:3])]:
                        how = os.O_WRONLY | (os.O_CREAT if path.endswith("/new") else 0)
                        if isinstance(tried(os.open, path, how), int):
                            able.append(path)
                    if number > 100:
                        break
            changes = [
                tried(os.chmod, "/tools", 0o777), tried(os.utime, "/tools"),
                tried(os.rename, "/tools", "/tmp/tools"), tried(os.unlink, "/etc/passwd"),
                tried(os.truncate, "/etc/passwd", 0), tried(os.mkdir, "/new"),
                tried(os.symlink, "/tmp", "/dev/new"), tried(os.link, "/etc/passwd", "/tmp/x"),
            ]
            return [able, changes]
    """)
    able, changes = await server.value()
    assert set(able) <= {"/dev/null", "/dev/zero", "/dev/urandom"}
    assert set(changes) <= {"EROFS", "EACCES", "EPERM", "EXDEV", "ENOENT", "EBUSY"}


async def test_what_everybody_may_write_to_stays_as_it_is(attack, tmp_path):
    """Landlock guards contents, and times and modes not at all; older ones not even lengths."""
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o777)
    file = shared / "file"
    file.write_text("kept")
    for path in (shared, file):
        path.chmod(0o777)
    for path in tmp_path.parents[:-2]:
        path.chmod(0o755)
    tmp_path.chmod(0o755)
    before = file.stat()
    server = attack("""
        def tool(folder):
            path = folder + "/file"
            tried(os.truncate, path, 0), tried(os.utime, path), tried(os.chmod, path, 0o600)
            tried(os.rename, path, path + "2"), tried(os.unlink, path)
            tried(os.mkdir, folder + "/new"), tried(os.symlink, "/", folder + "/link")
            return [tried(os.open, path, how) for how in (os.O_WRONLY, os.O_TRUNC, os.O_RDONLY)]
    """)
    assert set(await server.value(folder=str(shared))) <= {"EACCES", "ENOENT", "EPERM"}
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_mode) == (
        before.st_size, before.st_mtime_ns, before.st_mode
    )  # fmt: skip
    assert [one.name for one in shared.iterdir()] == ["file"]


async def test_the_machine_has_no_name(attack, tier):
    server = attack("""
        import socket
        def tool():
            return [*os.uname(), socket.gethostname(), tried(socket.getfqdn)]
    """)
    seen = await server.value()
    name = socket.gethostname()
    told = [text for text in seen if name in text.split(".")]
    assert bool(told) is (tier is Tier.UIDS), "a namespace hides it, and nothing else"


async def test_the_environment_is_the_jails(attack):
    server = attack("""
        import re
        def tool():
            environ = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
            native, n = [], 0
            while environ[n]:
                native.append(environ[n].decode())
                n += 1
            return [sorted(os.environ), native, list(env)]
    """, env={"MINE": "1"})  # fmt: skip
    names, native, own = await server.value()
    assert set(names) <= {
        "PATH", "HOME", "LANG", "TZ", "PWD", "MALLOC_ARENA_MAX", "OPENBLAS_NUM_THREADS",
        "OMP_NUM_THREADS", "LD_LIBRARY_PATH",
    }  # fmt: skip
    assert no_canary_in(native)
    assert own == ["MINE"]


async def test_memory_holds_no_others_secret(attack):
    """The scan finds the attacker's own secret, so it would find another's."""
    own = f"canary-{secrets.token_hex(16)}"
    server = attack("""
        import gc, re
        PAGE, REACH = 4096, 64 * 1024 * 1024
        SECRET = re.compile(rb"canary-[0-9a-f]{32}")

        def tool():
            libc.sbrk.restype = ctypes.c_void_p
            seen, found = set(), set()
            stack = ctypes.addressof(ctypes.c_void_p.in_dll(libc, "environ"))
            starts = {id(o) for o in gc.get_objects()} | {id(v) for v in env.values()}
            starts |= {libc.sbrk(0) - PAGE, stack}
            reader, writer = os.pipe()
            for page in {start // PAGE * PAGE for start in starts}:
                for step in (PAGE, -PAGE):
                    at = page
                    while at not in seen and abs(at - page) < REACH:
                        if libc.write(writer, ctypes.c_void_p(at), PAGE) != PAGE:
                            break
                        seen.add(at)
                        found.update(SECRET.findall(os.read(reader, PAGE)))
                        at += step
            texts = [o for o in gc.get_objects() if isinstance(o, (str, bytes, dict, list))]
            found.update(SECRET.findall(repr(texts).encode()))
            return [len(seen), sorted(map(bytes.decode, found))]
    """, env={"OWN": own})  # fmt: skip
    pages, found = await server.value(seconds=60)
    assert pages > 500
    assert found == [own]


async def test_a_secret_is_in_its_own_workers_alone(attack, supervisor):
    assert await attack("def tool(): return 1").value() == 1
    its_own = command_of(supervisor.process.pid)  # its installer's too, which is forked from it
    workers = set(workers_of(supervisor.process.pid))
    holders = {
        pid
        for pid in below(supervisor.process.pid)
        if command_of(pid) != its_own and holds(pid, CANARY)
    }
    workers |= set(workers_of(supervisor.process.pid))  # they come and go meanwhile
    assert holders & workers, "the scan finds the one that holds it"
    assert holders <= workers, "neither zygote nor guard holds it"


def command_of(pid):
    with suppress(OSError):  # it ended meanwhile
        return (PROC / str(pid) / "cmdline").read_bytes()
    return b""


def holds(pid, secret):
    """Whether a process has a secret anywhere in its memory, or in what /proc shows of it."""
    with suppress(OSError):  # it ended meanwhile
        return is_shown(pid, secret) or is_in_memory(pid, secret)
    return False


def is_shown(pid, secret):
    shown = [PROC / str(pid) / name for name in ("environ", "cmdline")]
    return any(secret.encode() in path.read_bytes() for path in shown)


def is_in_memory(pid, secret):
    with (PROC / str(pid) / "mem").open("rb", buffering=0) as memory:
        for start, end in writable_ranges(pid):
            try:
                memory.seek(start)
                if secret.encode() in memory.read(end - start):
                    return True
            except (OSError, ValueError, OverflowError):
                continue
    return False


def writable_ranges(pid):
    lines = (PROC / str(pid) / "maps").read_text().splitlines()
    for line in lines:
        if found := re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line):
            yield int(found[1], 16), int(found[2], 16)


async def test_descriptors_are_its_own(attack, supervisor, tier):
    server = attack("""
        import socket, stat
        def tool():
            held = {}
            for number in range(64):
                facts = tried(os.fstat, number)
                if facts != "EBADF":
                    held[number] = stat.S_IFMT(facts.st_mode)
            with socket.socket(fileno=os.dup(3)) as rpc:
                facts = [
                    tried(rpc.getsockname), tried(rpc.getpeername),
                    tried(rpc.getsockopt, socket.SOL_SOCKET, socket.SO_PEERCRED, 12),
                ]
                pid = struct.unpack("3i", facts[2])[0] if isinstance(facts[2], bytes) else 0
            return [held, facts[:2], pid, len(held)]
    """)
    held, addresses, pid, count = await server.value()
    is_shared = tier is Tier.UIDS
    assert count <= 8 + is_shared, "and its broker"
    assert {int(number) for number in held} == set(range(count))
    assert addresses == ["", ""]
    number = supervisor.process.pid if is_shared else 0
    assert pid == number, "only where numbers are shared has the supervisor one inside"


async def test_chance_is_not_shared(attack):
    source = """
        import random, secrets, uuid
        def tool():
            return [random.random(), str(uuid.uuid4()), secrets.token_hex(), os.urandom(8).hex()]
    """
    mine, other = await attack(source).value(), await attack(source).value()
    assert not set(mine) & set(other)


async def test_its_id_is_the_only_one(attack, supervisor, tier):
    server = attack("""
        def tool():
            own = os.getpid()
            others = {str(tried(os.getpgid, pid)) for pid in range(16, 5_000) if pid != own}
            return [sorted(others), own, os.getppid(), os.getsid(0), tried(os.getpriority, 0, 1)]
    """)
    others, pid, parent, session, priority = await server.value()
    assert (session, priority) == (pid, "EPERM")
    if tier is Tier.NAMESPACES:
        assert (others, pid, parent) == (["ESRCH"], 1, 0)
    else:
        (zygote,) = family_of(supervisor.process.pid).zygote
        assert (others, parent) == (["EPERM"], zygote.pid), "of others the filter says nothing"


async def test_the_product_is_not_there_to_import(attack):
    server = attack("""
        import importlib, sys
        def tool():
            names = ("core.settings", "sandbox.worker", "sandbox.pool", "mcp_runtime", "saas_app")
            return [tried(importlib.import_module, name) for name in names] + [
                name for name in sys.modules if name.split(".")[0] in ("core", "saas_app")
            ]
    """)
    assert set(await server.value()) == {"ModuleNotFoundError"}


@pytest.mark.parametrize(
    "climb",
    [
        "json.codecs.builtins.open('/etc/shadow').read()",
        "'{0.__globals__}'.format(tool)",
        "[c for c in ().__class__.__base__.__subclasses__() if 'Popen' in c.__name__]",
        "[f.f_locals for f in climbed(sys._getframe())]",
        "sys.modules['sandbox.jail.worker'].toolkiln.env._values",
        "[o for o in gc.get_objects() if type(o).__name__ == 'Worker'][0]._tools",
        "sys.modules['sandbox.jail.zygote'].sys.argv",
    ],
)
async def test_climbing_through_objects_leads_to_ones_own(attack, climb):
    """Nothing guards the interpreter; what can be climbed to is the worker's own and no more."""
    server = attack(f"""
        import gc, sys
        def climbed(frame):
            while frame:
                yield frame
                frame = frame.f_back
        def tool():
            try:
                return repr({climb})[:100_000]
            except OSError as error:
                return type(error).__name__
    """)
    seen = await server.value()
    assert no_canary_in(seen)
    assert "root:" not in seen


def test_the_canary_is_no_constant():
    assert CANARY not in Path(__file__).read_text()
