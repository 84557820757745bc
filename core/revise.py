"""Writes a new migration from the difference between the models and the newest revision."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from core import schema
from core.settings import Settings


def main(message: str) -> None:
    """Make the revision file, comparing against a throw-away SQLite database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        schema.migrate(settings)
        with schema.locked_connection(settings) as connection:
            command.revision(schema.config_for(connection), message=message, autogenerate=True)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "Change the schema")
