"""What the tests of jobs know of a worker process."""

import subprocess
import threading

from core.settings import Settings
from tests.conftest import MASTER_KEY
from tests.product import clean_environment


class Worker:
    """A running worker and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.wait()

    def wait(self, seconds: float = 60) -> int:
        """Wait for its end and return the exit code."""
        code = self.process.wait(seconds)
        self._reader.join(seconds)  # it ends with the pipe, however busy the machine is
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.decode())


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment in which a process reads the same settings."""
    values = clean_environment(DATA_DIR=str(settings.data_dir), MASTER_KEY=MASTER_KEY)
    if settings.database_url is not None:
        values["DATABASE_URL"] = settings.database_url.get_secret_value()
    return values
