"""The packages that Python tools may import: installed once for each set of pins, apart from ours.

They lie in a folder that the supervisor's uid can read, outside of /tmp, which workers have for
themselves. Beside them lie the jail's own code and, where that uid cannot come to the Python that
runs us (one below /root, say), a copy of it.
"""

import compileall
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from core.logs import log
from core.sandbox_protocol import Packages
from sandbox.jail_command import ETC, JAIL, PYTHON, jail_command, write_etc
from sandbox.plain_command import plain_command, readable

ROOT = Path(__file__).parent.parent
REQUIREMENTS = {"lean": "requirements-tools.txt", "full": "requirements-tools-pro.txt"}
CONSTRAINTS = "constraints-tools.txt"
SYSTEM_CACHE = Path("/var/cache/toolkiln")
# What a copy of Python does without: tests, and what only builds extensions.
LEFT_OUT = ("test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "*.a")


class ToolsNotInstalled(Exception):
    """The packages could not be installed; the message is the installer's last words."""


@dataclass(frozen=True, slots=True)
class ToolsEnvironment:
    """What a zygote is made of; all of it the uid of tools can read.

    Attributes:
        bubblewrap: the program that makes jails, where there are any.
    """

    bubblewrap: Path | None
    python: Path
    packages: Path
    jail: Path
    etc: Path

    @property
    def readable(self) -> tuple[str, ...]:
        """What workers may read where there is no jail."""
        return readable(python=self.python, tools=self.packages, jail=self.jail)

    def command(self, control: int) -> list[str]:
        """Return the command of a zygote whose control socket is this descriptor."""
        if self.bubblewrap is None:
            return plain_command(
                python=self.python, tools=self.packages, jail=self.jail, control=control
            )
        return jail_command(
            str(self.bubblewrap),
            python=self.python,
            tools=self.packages,
            jail=self.jail,
            etc=self.etc,
            control=control,
        )


def cache_folder() -> Path:
    """Return where environments are kept: of the system for root, else of the person."""
    if os.geteuid() == 0:
        return SYSTEM_CACHE
    return Path.home() / ".cache" / "toolkiln"


def prepare(cache: Path, program: Path | None, *, uid: int) -> ToolsEnvironment:
    """Return the environment with the lean set; what is not there yet is installed first.

    Args:
        cache: where environments are kept.
        program: bubblewrap; None to do without jails.
        uid: whom tools run as.

    Raises:
        ToolsNotInstalled: the installer failed.
    """
    return ToolsEnvironment(
        bubblewrap=program and _readable(program, cache, uid, _copy_file),
        python=_readable(Path(sys.base_prefix).resolve(), cache, uid, _copy_python),
        packages=install(cache, "lean"),
        jail=_installed_once(cache / f"jail-{_digest_of_jail()}", _copy_jail),
        etc=_installed_once(cache / f"etc-{_digest_of(repr(ETC))}", write_etc),
    )


def install(cache: Path, which: Packages) -> Path:
    """Return the folder of a set of packages, installed if it is not there yet.

    Raises:
        ToolsNotInstalled: the installer failed.
    """
    return _installed_once(packages_folder(cache, which), lambda made: _install(made, which))


def packages_folder(cache: Path, which: Packages) -> Path:
    """Return where a set of packages is kept, be it there or not."""
    return cache / f"packages-{which}-{_digest(which)}"


def _readable(path: Path, cache: Path, uid: int, copy: Callable[[Path, Path], None]) -> Path:
    """Return a path, or that of a copy where a uid cannot come to it."""
    if all(_may_enter(folder, uid) for folder in path.parents):
        return path
    is_of = str(path) if path.is_dir() else path.read_bytes().hex()
    name = f"copy-{path.name}-{platform.python_version()}-{_digest_of(is_of)}"
    folder = _installed_once(cache / name, lambda made: copy(path, made))
    return folder if path.is_dir() else folder / path.name


def _may_enter(folder: Path, uid: int) -> bool:
    facts = folder.stat()
    return bool(facts.st_mode & 0o001) or (facts.st_uid == uid and bool(facts.st_mode & 0o100))


def _digest_of_jail() -> str:
    return _digest_of("\0".join(path.read_text() for path in sorted(JAIL.glob("*.py"))))


def _copy_jail(folder: Path) -> None:
    target = folder / "sandbox" / "jail"
    target.mkdir(parents=True)
    for path in JAIL.glob("*.py"):
        (target / path.name).write_bytes(path.read_bytes())
    compileall.compile_dir(target, quiet=2, ddir="/jail/sandbox/jail")


def _copy_file(path: Path, folder: Path) -> None:
    shutil.copy2(path, folder / path.name)


def _digest(which: Packages) -> str:
    texts = [(ROOT / name).read_text() for name in (*REQUIREMENTS.values(), CONSTRAINTS)]
    return _digest_of("\0".join([which, sys.version, platform.machine(), *texts]))


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _installed_once(folder: Path, install: Callable[[Path], None]) -> Path:
    """Fill a folder, unless it is there; of several who do so at once, one wins."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        install(made)
        made.chmod(0o755)
        if not folder.exists():
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _install(folder: Path, which: Packages) -> None:
    log.info("sandbox.installing_packages", which=which)
    done = subprocess.run(  # noqa: S603 - our own requirement files
        [
            *(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
            *("--target", str(folder), "--only-binary", ":all:", "--no-warn-conflicts"),
            *("--requirement", REQUIREMENTS[which], "--constraint", CONSTRAINTS),
        ],
        cwd=ROOT,
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ToolsNotInstalled(done.stderr.strip()[-2_000:])


def _copy_python(base: Path, folder: Path) -> None:
    """Copy what of a Python is needed to run it, compiled: a zygote keeps nothing it compiles."""
    log.info("sandbox.copying_python", of=str(base))
    skip = shutil.ignore_patterns(*LEFT_OUT, "site-packages", "__pycache__", "config-*")
    shutil.copytree(base / "lib", folder / "lib", symlinks=True, ignore=skip, dirs_exist_ok=True)
    compileall.compile_dir(folder / "lib", quiet=2, ddir="/python/lib")
    (folder / "bin").mkdir()
    shutil.copy2(base / "bin" / PYTHON, folder / "bin" / PYTHON)
