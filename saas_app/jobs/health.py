"""The jobs program's sign of life: a file it touches, for the launcher and the container.

`python -m saas_app.jobs.health` ends with 0 while the program is alive.
"""

import sys
import time
from pathlib import Path

from core.settings import Settings, load_settings

BEAT_SECONDS = 2.0
SECONDS_UNTIL_SILENT = 30.0


def health_file(settings: Settings) -> Path:
    """Return the file whose time of change is the last sign of life."""
    return settings.data_dir / "jobs.alive"


def is_alive(settings: Settings, *, since: float = 0.0) -> bool:
    """Whether there was a sign of life lately, and after `since`."""
    try:
        beat = health_file(settings).stat().st_mtime
    except FileNotFoundError:
        return False
    return beat > since and time.time() - beat < SECONDS_UNTIL_SILENT


def give_sign(settings: Settings) -> None:
    """Say that the program is alive."""
    health_file(settings).touch()


if __name__ == "__main__":
    sys.exit(0 if is_alive(load_settings()) else 1)
