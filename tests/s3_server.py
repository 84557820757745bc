"""A real S3-compatible server that the suite brings itself, from a wheel: SeaweedFS on loopback."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.product import free_ports

KEY_ID, SECRET = "toolkiln-tests", "a-secret-of-the-tests"
SECONDS_TO_START = 60


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it listens."""

    endpoint: str


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """Start a throw-away server and wait until it answers."""
    folder = Path(tempfile.mkdtemp(prefix="toolkiln-s3-"))
    identities = {
        "identities": [
            {
                "name": "tests",
                "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
                "actions": ["Admin", "Read", "Write", "List"],
            }
        ]
    }
    (folder / "s3.json").write_text(json.dumps(identities))
    master, volume, filer, s3, *grpc = free_ports(8)
    command = [
        str(Path(sys.executable).parent / "weed"),
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={master}",
        f"-master.port.grpc={grpc[0]}",
        f"-volume.port={volume}",
        f"-volume.port.grpc={grpc[1]}",
        f"-filer.port={filer}",
        f"-filer.port.grpc={grpc[2]}",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.port.grpc={grpc[3]}",
        f"-s3.config={folder / 's3.json'}",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=20",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{s3}/", process)
        yield S3Server(f"http://127.0.0.1:{s3}")
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=1)  # noqa: S310 - loopback
        except urllib.error.HTTPError:
            return  # it answers, and refuses who is not signed in
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("The S3 server did not start.")
