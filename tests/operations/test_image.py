"""The image's own steps, run in a copy of the tree: what they make serves without JavaScript tools.

An engine is not needed. The paths of the image are those of a temporary folder, and its Python is
the one that runs the tests.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.conftest import RANDOM_KEY
from tests.operations.copies import copy_tree
from tests.product import ROOT, clean_environment, free_ports

Step = tuple[str, str]


def stages() -> list[list[Step]]:
    """Return the Dockerfile's instructions, stage by stage."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    found: list[list[Step]] = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        elif word.isupper():
            found[-1].append((word, rest.strip()))
    return found


def moved(text: str, image: Path) -> str:
    """Return a command with the image's folders in the temporary one."""
    return re.sub(r"(?<![\w.])/(venv|ui|app|data|tools)\b", rf"{image}/\1", text)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the second stage holds."""
    build, final = (tmp_path_factory.mktemp(name) for name in ("build", "final"))
    copy_tree(build / "app")
    for word, rest in stages()[0]:
        if word == "RUN":
            run(moved(rest, build), build / "app")
    for word, rest in stages()[1]:
        if word == "COPY":
            copy(rest, build, final)
    return final


def run(command: str, folder: Path) -> None:
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    if not (tools / "python").exists():
        (tools / "python").symlink_to(sys.executable)
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=folder,
        env=clean_environment(PATH=f"{tools}:{os.environ['PATH']}", DATA_DIR=str(folder / "d")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def copy(arguments: str, build: Path, final: Path) -> None:
    names = [name for name in arguments.split() if not name.startswith("--")]
    *sources, target = names
    is_from_build = "--from=build" in arguments
    for source in sources:
        origin = Path(moved(source, build)) if is_from_build else build / "app" / source
        place = Path(moved(target, final)) if target.startswith("/") else final / "app" / target
        if origin.is_dir():
            shutil.copytree(origin, place, symlinks=True)
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, place)


@contextmanager
def served(image: Path, port: int, data: Path) -> Iterator[str]:
    """Serve the image's web program with nothing on the PATH that could run JavaScript."""
    # The environment was made at another path, so its packages are named instead of its Python.
    packages = next((image / "venv/lib").glob("python3.*")) / "site-packages"
    process = subprocess.Popen(
        [sys.executable, "-S", "-m", "saas_app.web_server"],
        cwd=image / "app",
        env={
            "PATH": "/nowhere",
            "PYTHONPATH": f"{image / 'app'}:{packages}",
            "HOME": str(data),
            "REFLEX_DIR": str(data / "reflex"),
            "REFLEX_WEB_WORKDIR": str(image / "ui"),
            "ENVIRONMENT": "production",
            "DATABASE": "sqlite",
            "PUBLIC_URL": "https://kiln.example",
            "PAGE_STATE": "memory",
            "MASTER_KEY": RANDOM_KEY,
            "MAIL": "off",
            "STORAGE": "disk",
            "DATA_DIR": str(data),
            "WEB_PORT": str(port),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield wait_for(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, process.communicate()[0].decode()
        try:
            httpx2.get(f"{url}/api/health")
        except httpx2.TransportError:
            assert time.monotonic() < deadline, "It does not answer."
            time.sleep(0.2)
        else:
            return url


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_image_serves_pages_without_a_javascript_runtime(image, tmp_path):
    assert not list(image.rglob("bun"))
    assert not list(image.rglob("node_modules"))
    (port,) = free_ports(1)
    with served(image, port, tmp_path) as url:
        page = httpx2.get(f"{url}/", headers={"Accept-Encoding": "br"})
        assert page.status_code == 200
        assert "strict-transport-security" in page.headers
        assert page.headers["content-encoding"] == "br"
        assert httpx2.get(f"{url}/api/health").json() == {"status": "ok"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_python_tools_import_is_in_the_image(image):
    made = {folder.name.rsplit("-", 1)[0] for folder in (image / "tools").iterdir()}
    assert {"packages-lean", "packages-full", "jail", "etc"} <= made


def test_the_last_stage_runs_as_a_user_without_rights():
    words = [word for word, _ in stages()[1]]
    assert ("USER", "toolkiln") in stages()[1]
    assert words.index("USER") < words.index("CMD")


def test_the_folder_of_each_volume_belongs_to_the_user_who_runs():
    # A volume takes over the folder that it is mounted on; one that the image lacks is root's.
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    mounts = {
        volume.split(":")[1]
        for name in ("web", "worker")
        for volume in compose["services"][name]["volumes"]
    }
    (made,) = [rest for _, rest in stages()[1] if "mkdir" in rest]
    folders, owner = made.split("mkdir --parents ")[1].split(" && ")
    assert mounts == set(folders.split()) == {"/data/files"}
    assert compose["services"]["sandbox"]["volumes"] == ["sandbox:/data"]
    assert owner == "chown --recursive toolkiln /data"


def test_everything_that_runs_is_in_the_image():
    copied = " ".join(rest for word, rest in stages()[1] if word == "COPY")
    for name in ("alembic", "assets", "core", "mcp_runtime", "saas_app", "sandbox", "rxconfig.py"):
        assert f"{name} " in copied, name
