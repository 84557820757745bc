"""Builds the UI once and keeps the result by the digest of all that went into it.

Reflex builds in `.web`, which it owns and rewrites. What serving needs is copied to
`.ui/<digest>`, so that a copy which runs keeps its files while another one builds. Nothing of the
settings is in it but PUBLIC_URL (the site map and the pages' metadata name it).
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from core.errors import DomainError
from core.settings import Settings

SOURCES = ("core", "saas_app", "assets")
LOCK = "reflex.lock"
FILES = ("rxconfig.py", "requirements.txt", "constraints.txt")
SERVED = ("build/client", "backend", "routes.json", "reflex.json")
KEPT_BUILDS = 3
LINES_SHOWN = 25


class BuildFailed(DomainError):
    """The UI could not be built; the message holds the end of the build's log."""

    code = "build_failed"


def ui_folder(settings: Settings, root: Path) -> Path:
    """Return where the UI of this source is, or will be."""
    return _folder(root, source_digest(settings, root))


def build_ui(settings: Settings, root: Path, say: Callable[[str], None]) -> Path:
    """Build the UI unless it is there already, and return its folder.

    Raises:
        BuildFailed: the build ended with an error.
    """
    folder = ui_folder(settings, root)
    if not folder.is_dir():
        with _one_build_at_a_time(root):
            if not folder.is_dir():
                say("Building the user interface (under a minute; only after a change)")
                folder = _build(settings, root)
    folder.touch()
    return folder


def source_digest(settings: Settings, root: Path) -> str:
    """Return the digest of everything the built files depend on, but the packages' lock."""
    files = [root / name for name in FILES]
    for name in SOURCES:
        files += [path for path in (root / name).rglob("*") if "__pycache__" not in path.parts]
    sha = _digest_of(root, files)
    for value in (settings.public_url, settings.environment.value):
        sha.update(f"{value}\0".encode())
    return sha.hexdigest()[:16]


def _folder(root: Path, digest: str) -> Path:
    locked = _digest_of(root, (root / LOCK).rglob("*")).hexdigest()[:8]
    return root / ".ui" / f"{digest}-{locked}"


def _digest_of(root: Path, paths: Iterable[Path]) -> "hashlib._Hash":
    sha = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        sha.update(f"{path.relative_to(root)}\0".encode())
        sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha


def _build(settings: Settings, root: Path) -> Path:
    digest = source_digest(settings, root)
    with _lock_kept_as_written(root / LOCK / "package.json"):
        _run_build(settings, root)
    folder = _folder(root, digest)  # after a change of packages the build has written the lock
    _keep(root / ".web", folder)
    _forget_old_builds(folder)
    return folder


@contextmanager
def _lock_kept_as_written(path: Path) -> Iterator[None]:
    """Put back a lock that says the same as before; Reflex lays it out now one way, now another."""
    before = path.read_bytes() if path.is_file() else None
    yield
    if before is not None and json.loads(path.read_bytes()) == json.loads(before):
        path.write_bytes(before)


@contextmanager
def _one_build_at_a_time(root: Path) -> Iterator[None]:
    with (root / ".web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run_build(settings: Settings, root: Path) -> None:
    log_path = settings.data_dir.resolve() / "ui-build.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log_file:
        exit_code = _export(root, log_file)
    if exit_code != 0 or not (root / ".web/build/client").is_dir():
        lines = log_path.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
        raise BuildFailed(
            "The user interface could not be built. The end of the log:\n"
            + "\n".join(f"    {line}" for line in lines)
            + f"\nThe whole log is in {log_path}. If a package could not be fetched, check the "
            "network (the npm registry is needed) and run the same command again. If the lines "
            "above name a file of saas_app, the error is there. Otherwise delete .web and retry."
        )


def _export(root: Path, log_file: IO[bytes]) -> int:
    export = subprocess.Popen(
        [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
        cwd=root,
        env=_build_environment(),
        stdin=subprocess.DEVNULL,
        stdout=log_file,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return export.wait()
    finally:
        # Interrupted half-way, it must not go on building behind our back.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(export.pid, signal.SIGKILL)


def _build_environment() -> dict[str, str]:
    return {
        **os.environ,  # noqa: TID251 - the proxy, registry and cache settings of the machine
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "NO_COLOR": "1",
    }


def _keep(web: Path, folder: Path) -> None:
    """Copy what serving needs; the folder appears in one step, so it is there whole or not."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for name in SERVED:
        source, target = web / name, partial / name
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _forget_old_builds(newest: Path) -> None:
    builds = sorted(newest.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in builds[KEPT_BUILDS:]:
        if old != newest:
            shutil.rmtree(old, ignore_errors=True)
