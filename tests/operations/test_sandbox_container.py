"""The sandbox's container: what it is given, and that its profile of kernel calls suffices."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.sandbox_protocol import ask_status
from core.sandbox_settings import SandboxSettings
from sandbox.tools_environment import cache_folder, install
from tests.operations.test_image import copy, stages
from tests.product import ROOT
from tests.sandbox.conftest import start_supervisor, stop_supervisor

PROFILE = ROOT / "docker/seccomp.json"
OURS = {"clone", "mount", "pivot_root", "sethostname", "umount2", "unshare"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


# What Docker allows of it by itself: no flag that makes a namespace.
PLAIN_CLONE = {
    "names": ["clone"],
    "args": [{"index": 0, "value": 0x7E02_0000, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}],
    "action": "SCMP_ACT_ALLOW",
}


# What the compose file's service is given where there are no profiles.
PLAIN_CAPABILITIES = ("chown", "dac_override", "kill", "setgid", "setuid")


def plain_profile() -> dict[str, Any]:
    """Return what Docker allows a container by itself."""
    profile = json.loads(PROFILE.read_text())
    profile["syscalls"][0] = PLAIN_CLONE
    return profile


def status_under(
    profile: Path, folder: Path, *privileges: str, **settings: str
) -> dict[str, Any] | None:
    """Start a supervisor under a profile and with fewer privileges; return how it is."""
    runner = (sys.executable, "-m", "tests.operations.under_seccomp", str(profile))
    running = start_supervisor(folder, within=("setpriv", *privileges, *runner), **settings)
    try:
        return ask_status(folder)
    finally:
        stop_supervisor(running)


def test_the_profile_allows_what_workers_are_made_with(tmp_path):
    status = status_under(PROFILE, tmp_path)
    assert (status["state"], status["tier"]) == ("ready", "namespaces")


def test_without_the_rule_of_our_own_it_refuses(tmp_path):
    ordinary = tmp_path / "seccomp.json"
    ordinary.write_text(json.dumps(plain_profile()))
    status = status_under(ordinary, tmp_path)
    assert (status["state"], status["probe"]) == ("refused", "namespaces")
    assert "docs/sandbox.md" in status["remedy"]


@pytest.mark.skipif(os.getuid() != 0, reason="Only root can give each worker a uid of its own.")
def test_in_a_plain_container_it_does_without_namespaces(tmp_path):
    folder, profile = tmp_path / "data", tmp_path / "seccomp.json"
    folder.mkdir()
    profile.write_text(json.dumps(plain_profile()))
    granted = ",".join(f"+{name}" for name in PLAIN_CAPABILITIES)
    status = status_under(
        profile, folder, f"--bounding-set=-all,{granted}", "--no-new-privs", SANDBOX="compat"
    )
    assert (status["state"], status["tier"]) == ("ready", "uids")


def test_the_files_of_the_image_suffice_without_a_package_index(tmp_path):
    build, final = tmp_path / "build", tmp_path / "final"
    build.mkdir()
    (build / "app").symlink_to(ROOT)
    for word, rest in stages()[1]:
        if word == "COPY" and "--from" not in rest:
            copy(rest, build, final)
    install(cache_folder(), "lean")
    running = start_supervisor(
        tmp_path, within=("env", f"--chdir={final / 'app'}"), PIP_INDEX_URL="http://127.0.0.1:1/"
    )
    try:
        assert ask_status(tmp_path)["state"] == "ready"
    finally:
        stop_supervisor(running)


def test_the_profile_differs_from_an_ordinary_containers_in_one_rule():
    profile = json.loads(PROFILE.read_text())
    ours, clone3, *others = profile["syscalls"]
    assert set(ours["names"]) == OURS
    assert (clone3["names"], clone3["errnoRet"]) == (["clone3"], 38)
    allowed = {name for rule in others for name in rule["names"]}
    dangerous = {"bpf", "keyctl", "perf_event_open", "ptrace", "setns", "userfaultfd", "kcmp"}
    assert allowed.isdisjoint(OURS | dangerous | {"io_uring_setup", "open_by_handle_at"})


def test_the_container_has_no_secret_and_no_way_to_the_data(services):
    sandbox = services["sandbox"]
    assert sandbox["secrets"] == []
    others = {net for name, one in services.items() if name != "sandbox" for net in one["networks"]}
    assert others.isdisjoint(sandbox["networks"])
    fields = SandboxSettings.model_fields
    assert all(name.lower() in fields for name in sandbox["environment"])


def test_the_container_has_limits_that_its_workers_fit_in(services):
    sandbox = services["sandbox"]
    assert sandbox["mem_limit"]
    assert sandbox["pids_limit"] >= 3 * SandboxSettings.model_fields["sandbox_workers"].default


def test_the_runtime_alone_shares_its_socket_and_cannot_write_there(services):
    sharing = {
        name: volume
        for name, service in services.items()
        for volume in service.get("volumes", [])
        if volume.startswith("sandbox:")
    }
    assert sharing == {"runtime": "sandbox:/data:ro", "sandbox": "sandbox:/data"}


def test_the_profile_that_is_named_is_the_one_that_is_shipped(services):
    options = services["sandbox"]["security_opt"]
    assert options == [
        "no-new-privileges:true",
        "seccomp=./docker/seccomp.json",
        "apparmor=toolkiln-sandbox",
    ]
    assert "profile toolkiln-sandbox " in (ROOT / "docker/apparmor").read_text()
