"""Runs a command under a profile of Docker's form: `python -m … PROFILE COMMAND…`."""

import json
import os
import sys
from pathlib import Path

import pyseccomp


def apply(profile: dict) -> None:
    """Filter this process's kernel calls, and so its children's, as Docker would."""
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    made = pyseccomp.SyscallFilter(pyseccomp.ERRNO(1))
    for rule in profile["syscalls"]:
        is_allowed = rule["action"] == "SCMP_ACT_ALLOW"
        action = pyseccomp.ALLOW if is_allowed else pyseccomp.ERRNO(rule["errnoRet"])
        arguments = [argument(check) for check in rule.get("args", [])]
        for name in rule["names"]:
            if pyseccomp.resolve_syscall(pyseccomp.system_arch(), name) >= 0:
                made.add_rule(action, name, *arguments)
    made.load()


def argument(check: dict) -> pyseccomp.Arg:
    if check["op"] == "SCMP_CMP_EQ":
        return pyseccomp.Arg(check["index"], pyseccomp.EQ, check["value"])
    assert check["op"] == "SCMP_CMP_MASKED_EQ"
    mask, value = check["value"], check["valueTwo"]
    return pyseccomp.Arg(check["index"], pyseccomp.MASKED_EQ, mask, value)


if __name__ == "__main__":
    path, *command = sys.argv[1:]
    apply(json.loads(Path(path).read_text()))
    os.execv(command[0], command)  # noqa: S606 - given by the test
