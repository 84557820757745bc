"""A database that fails, in the tests that look at what is shown then."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def without_table(data_dir: Path, table: str) -> Iterator[None]:
    """Take a table away, as far as anybody who asks can tell, and bring it back."""
    with closing(sqlite3.connect(data_dir / "toolkiln.db", isolation_level=None)) as file:
        file.execute("PRAGMA busy_timeout=30000")
        file.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            yield
        finally:
            file.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
