"""The committed programs are what the rules say, and the rules name calls that there are."""

import struct

import pyseccomp
import pytest

from sandbox.jail.tiers import Tier
from sandbox.jail.uids import with_own_pid
from sandbox.seccomp import ARCHITECTURES, program_path
from sandbox.seccomp.build import ARCHES, compiled
from sandbox.seccomp.rules import OWN_PID, all_rules

# Calls that newer architectures never had: what the C library uses there instead.
SUCCESSORS = {
    "open": "openat",
    "stat": "newfstatat",
    "lstat": "newfstatat",
    "access": "faccessat",
    "readlink": "readlinkat",
    "mkdir": "mkdirat",
    "rmdir": "unlinkat",
    "unlink": "unlinkat",
    "rename": "renameat2",
    "symlink": "symlinkat",
    "chmod": "fchmodat",
    "dup2": "dup3",
    "poll": "ppoll",
    "select": "pselect6",
    "epoll_create": "epoll_create1",
    "epoll_wait": "epoll_pwait",
    "pipe": "pipe2",
    "pause": "ppoll",
    "alarm": "setitimer",
    "getpgrp": "getpgid",
    "time": "clock_gettime",
    "fork": "clone",
    "vfork": "clone",
}


def exists(call: str, architecture: str) -> bool:
    """Whether an architecture has a call: libseccomp gives others a negative number."""
    return pyseccomp.resolve_syscall(ARCHES[architecture], call) >= 0


@pytest.mark.parametrize("tier", OWN_PID)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_committed_program_is_what_the_rules_make(architecture, tier):
    assert program_path(architecture, tier).read_bytes() == compiled(architecture, tier)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_worker_writes_its_own_number_where_another_stood_for_it(architecture):
    committed = program_path(architecture, Tier.UIDS).read_bytes()
    before, after = constants(committed), constants(with_own_pid(committed, 4_711))
    assert after == [4_711 if one == OWN_PID[Tier.UIDS] else one for one in before]
    assert after.count(4_711) >= 2  # of kill and of tgkill


def constants(program):
    return [constant for _, _, _, constant in struct.iter_unpack("HBBI", program)]


@pytest.mark.parametrize("tier", OWN_PID)
def test_every_call_exists_or_has_a_successor_that_is_allowed_too(tier):
    calls = {rule.call for rule in all_rules(tier)}
    assert [call for call in calls if not exists(call, "x86_64")] == []
    missing = {call for call in calls if not exists(call, "aarch64")}
    assert missing <= set(SUCCESSORS)
    successors = {SUCCESSORS[call] for call in missing}
    assert successors <= calls
    assert all(exists(call, "aarch64") for call in successors)


@pytest.mark.parametrize("tier", OWN_PID)
def test_no_call_is_both_allowed_whatever_its_arguments_and_refused(tier):
    rules = all_rules(tier)
    open_to_all = {rule.call for rule in rules if rule.error is None and not rule.checks}
    assert open_to_all.isdisjoint(rule.call for rule in rules if rule.error is not None)
    assert open_to_all.isdisjoint(rule.call for rule in rules if rule.checks)
