"""The family of programs, with small ones in the place of the product's."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from saas_app.launch import processes
from saas_app.launch.processes import Family, Program, ProgramStopped
from saas_app.launch.programs import answers
from tests.product import free_ports

SECONDS = 30


def a_program(name: str, port: int, *, comes_back: bool) -> Program:
    is_ready = answers(f"http://127.0.0.1:{port}", "/")
    arguments = ("--bind", "127.0.0.1", str(port))
    return Program(name, "http.server", is_ready, arguments=arguments, comes_back=comes_back)


def until(is_so: Callable[[], bool], family: Family) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        family.check()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_what_comes_back_is_started_again_and_what_does_not_ends_all(monkeypatch):
    monkeypatch.setattr(processes, "SECONDS_BETWEEN_STARTS", 0.2)
    ports = free_ports(2)
    back = a_program("sandbox", ports[0], comes_back=True)
    gone = a_program("runtime", ports[1], comes_back=False)
    with Family() as family:
        family.start(back)
        family.start(gone)
        family.wait_until_ready(seconds=SECONDS)
        for _ in range(2):
            killed = pid_of(family, "sandbox")
            os.kill(killed, signal.SIGKILL)
            until(lambda pid=killed: pid_of(family, "sandbox") != pid and back.is_ready(), family)
        assert gone.is_ready()
        os.kill(pid_of(family, "runtime"), signal.SIGKILL)
        with pytest.raises(ProgramStopped, match="runtime stopped with exit code -9"):
            until(lambda: False, family)
    assert not back.is_ready()


def test_what_ends_before_all_were_ready_does_not_come_back():
    with Family() as family:
        family.start(Program("sandbox", "no_such_module", lambda: False, comes_back=True))
        with pytest.raises(ProgramStopped, match="no_such_module"):
            family.wait_until_ready(seconds=SECONDS)


def pid_of(family: Family, name: str) -> int:
    (found,) = [one for one in family._running if one.program.name == name]
    return found._process.pid
