"""`python -m saas_app`: starts all, says so once, and leaves nothing behind however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import httpx2
import pytest

from core.sandbox_protocol import ask_status
from saas_app.launch import development
from tests.cast import PASSWORD
from tests.operations.copies import copy_tree
from tests.operations.launching import Launched, launched
from tests.product import READY, clean_environment, free_ports


def wait_until_gone(programs: dict[int, str], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    left = set(programs)
    while left and time.monotonic() < deadline:
        left = {pid for pid in left if is_alive(pid)}
        time.sleep(0.1)
    assert {pid: programs[pid] for pid in left} == {}


def is_alive(pid: int) -> bool:
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(command, capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


@pytest.mark.slow
def test_ctrl_c_ends_everything(tree, tmp_path):
    with launched(tmp_path, root=tree) as one:
        programs = one.until_ready().programs()
        assert one.output.count(READY) == 1
        assert f"{READY}{one.web_url}" in one.output
        names = " ".join(programs.values())
        assert all(name in names for name in ("web_server", "mcp_runtime", "saas_app.jobs"))
        one.process.send_signal(signal.SIGINT)
        assert one.wait() == 0
        assert one.lines[-1] == "Stopped\n"
        wait_until_gone(programs, seconds=10)


@pytest.mark.slow
def test_a_second_ctrl_c_does_not_cut_the_stopping_short(tree, tmp_path):
    with launched(tmp_path, root=tree) as one:
        programs = one.until_ready().programs()
        one.process.send_signal(signal.SIGINT)
        while "runtime.draining" not in one.output:
            time.sleep(0.01)
        one.process.send_signal(signal.SIGINT)
        assert one.wait() == 0
        wait_until_gone(programs, seconds=10)


@pytest.mark.slow
def test_a_killed_launcher_leaves_nothing_running(tree, tmp_path):
    with launched(tmp_path, root=tree) as one:
        programs = one.until_ready().programs()
        one.process.kill()
        wait_until_gone(programs, seconds=30)


@pytest.mark.slow
def test_when_one_program_dies_the_rest_end_and_its_name_is_told(tree, tmp_path):
    with launched(tmp_path, root=tree) as one:
        programs = one.until_ready().programs()
        (runtime,) = [pid for pid, command in programs.items() if "mcp_runtime" in command]
        os.kill(runtime, signal.SIGKILL)
        assert one.wait() == 1
        assert "runtime stopped with exit code -9. Its last lines:" in one.output
        wait_until_gone(programs, seconds=10)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no sandbox")
def test_a_sandbox_that_dies_is_started_again_and_the_rest_goes_on(tree, tmp_path):
    with launched(tmp_path, root=tree) as one:
        programs = one.until_ready().programs()
        # The first of them: it forks what installs packages.
        sandbox = min(pid for pid, command in programs.items() if command.endswith(" sandbox"))
        os.kill(sandbox, signal.SIGKILL)
        wait_until(lambda: ask_status(tmp_path) is None, seconds=10)
        wait_until(lambda: (ask_status(tmp_path) or {}).get("state") == "ready", seconds=60)
        assert answers(f"{one.web_url}/api/ready")
        others = {pid for pid, command in programs.items() if not command.endswith(" sandbox")}
        assert [programs[pid] for pid in others if not is_alive(pid)] == []


@pytest.mark.slow
def test_a_taken_port_is_told_with_the_setting_that_moves_it(tree, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        web, sample = free_ports(2)
        one = Launched(tmp_path, [web, other.getsockname()[1], sample], root=tree)
        assert one.wait() == 1
    assert "is taken by another program" in one.output
    assert "RUNTIME_PORT=" in one.output


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has all of 127/8")
@pytest.mark.slow
def test_it_is_ready_on_another_interface_too(tree, tmp_path):
    with launched(tmp_path, root=tree, HOST="127.0.0.2") as one:
        one.until_ready()
        port = one.web_url.rpartition(":")[2]
        assert httpx2.get(f"http://127.0.0.2:{port}/api/ready").status_code == 200


@pytest.mark.parametrize(
    ("edited", "down", "restarted"),
    [
        ({"mcp_runtime"}, set(), ["runtime"]),
        ({"core"}, set(), ["sample API", "runtime", "jobs", "sandbox"]),
        ({"sandbox"}, set(), ["sandbox"]),
        ({"saas_app"}, set(), ["jobs"]),
        ({"saas_app"}, {"web"}, ["jobs", "web"]),
        ({"assets"}, {"web", "runtime"}, ["web"]),
        (set(), {"web", "runtime", "jobs"}, []),
    ],
)
def test_an_edit_restarts_what_it_concerns(edited, down, restarted):
    assert development.concerned(edited, down=down) == restarted


@pytest.mark.slow
def test_a_second_start_builds_nothing_and_two_copies_run_side_by_side(tree, tmp_path):
    with launched(tmp_path / "a", root=tree) as first:
        first.until_ready()
        with launched(tmp_path / "b", root=tree) as second:
            second.until_ready()
            assert "Building" not in second.output
            assert first.process.poll() is None


@pytest.mark.slow
def test_a_build_that_fails_shows_the_error(tmp_path):
    copy = tmp_path / "copy"
    copy_tree(copy)
    with (copy / "saas_app/saas_app.py").open("a") as file:
        file.write("\nraise RuntimeError('a page is broken')\n")
    done = subprocess.run(
        [sys.executable, "-m", "saas_app", "build"],
        cwd=copy,
        env=clean_environment(DATA_DIR=str(tmp_path / "data")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "a page is broken" in done.stderr
    assert "The whole log is in" in done.stderr


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_development_has_one_origin_and_restarts_on_edits(tmp_path):
    copy = tmp_path / "copy"
    copy_tree(copy)
    with launched(tmp_path / "data", "--dev", root=copy) as one:
        one.until_ready()
        form = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
        answer = httpx2.post(
            f"{one.web_url}/api/auth/sign-up", data=form, headers={"Origin": one.web_url}
        )
        assert answer.status_code == 303, answer.text
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert httpx2.get(f"{one.web_url}/sign-in").status_code == 200
        with (copy / "mcp_runtime/errors.py").open("a") as file:
            file.write("\n# edited\n")
        wait_until(lambda: "Restarting runtime" in one.output, seconds=60)
        wait_until(lambda: one.output.count("runtime.started") == 2, seconds=60)

        # Reflex runs under the same words again; the launcher's own child comes first.
        web = [pid for pid, command in one.programs().items() if "leash reflex run" in command]
        os.kill(web[0], signal.SIGKILL)
        wait_until(
            lambda: "web stopped; it starts again at the next edit" in one.output, seconds=60
        )
        with (copy / "saas_app/pages/home.py").open("a") as file:
            file.write("\n# edited\n")
        wait_until(lambda: "Restarting web" in one.output, seconds=60)
        wait_until(lambda: answers(f"{one.web_url}/api/ready"), seconds=120)


def answers(url: str) -> bool:
    try:
        return httpx2.get(url).status_code == 200
    except httpx2.TransportError:
        return False


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "It did not come about."
        time.sleep(0.1)
