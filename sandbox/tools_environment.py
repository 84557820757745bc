"""The packages that Python tools may import: installed once for each set of pins, apart from ours.

They lie in a folder that the supervisor's uid can read, outside of /tmp, which workers have for
themselves. Where that uid cannot read the Python that runs us (one below /root, say), a copy of it
lies beside them.
"""

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
    """Where the packages and the Python that runs them are."""

    packages: Path
    python: Path


def cache_folder() -> Path:
    """Return where environments are kept: of the system for root, else of the person."""
    if os.geteuid() == 0:
        return SYSTEM_CACHE
    return Path.home() / ".cache" / "toolkiln"


def prepare(cache: Path, *, which: str, is_readable: Callable[[Path], bool]) -> ToolsEnvironment:
    """Return an environment, which is installed first when it is not there yet.

    Args:
        cache: where environments are kept.
        which: "lean" or "full".
        is_readable: whether the uid that tools run as can read a folder.

    Raises:
        ToolsNotInstalled: the installer failed.
    """
    packages = _installed_once(cache / f"packages-{which}-{_digest(which)}", _installing(which))
    base = Path(sys.base_prefix).resolve()
    if is_readable(base):
        return ToolsEnvironment(packages, base)
    copy = cache / f"python-{platform.python_version()}-{_digest_of(str(base))}"
    return ToolsEnvironment(
        packages, _installed_once(copy, lambda folder: _copy_python(base, folder))
    )


def _digest(which: str) -> str:
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


def _installing(which: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
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

    return install


def _copy_python(base: Path, folder: Path) -> None:
    """Copy what of a Python is needed to run it."""
    log.info("sandbox.copying_python", of=str(base))
    skip = shutil.ignore_patterns(*LEFT_OUT, "site-packages", "__pycache__", "config-*")
    shutil.copytree(base / "lib", folder / "lib", symlinks=True, ignore=skip, dirs_exist_ok=True)
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (folder / "bin").mkdir()
    shutil.copy2(base / "bin" / name, folder / "bin" / name)
