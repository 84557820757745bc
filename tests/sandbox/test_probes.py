"""A host that cannot isolate is told what failed, why, and what to do about it."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from core.sandbox_protocol import ask_status
from core.sandbox_settings import SandboxSettings
from sandbox import probes
from sandbox.jail_command import bubblewrap
from tests.product import ROOT
from tests.sandbox.conftest import start_refusing_supervisor, start_supervisor, stop_supervisor

UIDS = SandboxSettings().worker_uids
SAYS = "import sys, json; from pathlib import Path; from sandbox.probes import *; "


def said_by(code: str, *before: str) -> dict[str, Any]:
    """Return the health that code prints in a process of its own, started by another command."""
    command = [*before, sys.executable, "-c", SAYS + code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_this_machine_lacks_nothing():
    assert probes.failed_probe(bubblewrap()) is None
    assert probes.failed_jail(bubblewrap(), uid=os.getuid(), worker_uids=UIDS) is None


def test_another_system_is_named(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    health = probes.failed_probe(bubblewrap())
    assert (health.state, health.probe) == ("refused", "system")
    assert "container" in health.remedy


def test_another_architecture_is_named(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    health = probes.failed_probe(bubblewrap())
    assert health.probe == "architecture"
    assert "riscv64" in health.reason
    assert health.remedy == "Use a machine of x86_64 or aarch64."


def test_a_host_without_bubblewrap_is_told_how_to_get_it(tmp_path):
    health = probes.failed_probe(tmp_path / "bwrap")
    assert (health.probe, health.remedy) == ("bubblewrap", "apt-get install bubblewrap")


def test_a_kernel_without_landlock_is_named():
    health = said_by(
        "from sandbox.jail import kernel; from sandbox.seccomp import program_here; "
        "from sandbox.jail.tiers import Tier; "
        "kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1); "
        # It answers Landlock's calls as an old kernel does.
        "kernel.filter_calls(program_here(Tier.NAMESPACES)); "
        "print(json.dumps(failed_probe(Path('/bin/sh')).as_data()))"
    )
    assert health["probe"] == "landlock"
    assert "5.13" in health["remedy"]


def test_a_host_that_grants_no_namespaces_is_told_the_switch():
    health = said_by(
        "Path('/proc/sys/user/max_user_namespaces').write_text('0'); "
        f"failed = failed_jail(Path('{bubblewrap()}'), uid=0, worker_uids=range(1, 3)); "
        "print(json.dumps(failed.as_data()))",
        *("unshare", "--user", "--map-root-user"),
    )
    assert health["probe"] == "namespaces"
    assert "namespace" in health["reason"]
    assert health["remedy"] == "sysctl -w user.max_user_namespaces=10000"


def test_a_supervisor_that_cannot_isolate_runs_and_says_what_bubblewrap_said(tmp_path):
    running = start_refusing_supervisor(tmp_path)
    try:
        status = ask_status(tmp_path)
    finally:
        stop_supervisor(running)
    assert (status["state"], status["probe"]) == ("refused", "namespaces")
    assert status["reason"] == "bwrap: No permissions"
    assert "docs/sandbox.md" in status["remedy"]
    assert ("SANDBOX=compat" in status["remedy"]) is (os.getuid() == 0), "where that is possible"


@pytest.mark.skipif(os.getuid() != 0, reason="Only root becomes somebody else.")
def test_root_that_cannot_become_another_user_says_so(tmp_path):
    running = start_supervisor(tmp_path, within=("unshare", "--user", "--map-root-user"))
    try:
        status = ask_status(tmp_path)
    finally:
        stop_supervisor(running)
    assert (status["state"], status["probe"]) == ("refused", "user")
    assert "62901" in status["reason"]
    assert "SANDBOX_UID" in status["remedy"]


def test_the_packaged_bubblewrap_serves_where_the_system_has_none(tmp_path):
    (tmp_path / "bin").mkdir()
    running = start_supervisor(tmp_path, PATH=str(tmp_path / "bin"))
    try:
        status = ask_status(tmp_path)
    finally:
        stop_supervisor(running)
    assert (status["state"], status["tier"]) == ("ready", "namespaces")


COMPAT = "print(json.dumps(failed_compat(range(30_000, 30_010)).as_data()))"
AS_ROOT = ("unshare", "--user", "--map-root-user")


@pytest.mark.skipif(os.getuid() != 0, reason="Only root can give each worker a uid of its own.")
def test_root_of_this_machine_can_do_without_namespaces():
    assert probes.failed_compat(UIDS) is None


@pytest.mark.parametrize(
    ("before", "reason", "remedy"),
    [
        (("unshare", "--user"), "cannot do that", "Start it as root"),
        (AS_ROOT, "Root cannot become the user 30000", "SANDBOX_UID"),
        ((*AS_ROOT, "setpriv", "--bounding-set=-kill,-setgid"), "CAP_KILL, CAP_SETGID", "KILL"),
    ],
)
def test_who_cannot_make_workers_other_users_is_told_why(before, reason, remedy):
    health = said_by(COMPAT, *before)
    assert (health["state"], health["probe"]) == ("refused", "user")
    assert reason in health["reason"]
    assert remedy in health["remedy"]


@pytest.mark.skipif(os.getuid() != 0, reason="Only root can give each worker a uid of its own.")
def test_numbers_of_users_that_a_container_does_not_have_are_refused():
    health = probes.failed_compat(range(65_000, 65_536))
    assert health.probe == "user"
    assert "65534 is nobody" in health.reason
    assert "SANDBOX_UID" in health.remedy


def test_a_kernel_without_filters_of_calls_is_named():
    # Answers seccomp(2) as a kernel does that has none, and allows all else.
    refuse = "[(0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x5_0026), (6, 0, 0, 0x7FFF_0000)]"
    health = said_by(
        "import platform, struct; from sandbox.jail import kernel; "
        "number = kernel.NUMBERS[platform.machine()]['seccomp']; "
        "kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1); "
        f"kernel.filter_calls(b''.join(struct.pack('HBBI', *one) for one in {refuse})); {COMPAT}"
    )
    assert health["probe"] == "seccomp"
    assert "CONFIG_SECCOMP_FILTER" in health["remedy"]
