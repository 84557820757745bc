"""Compiles the rules: `python -m sandbox.seccomp.build` writes a program for each architecture.

It needs libseccomp and its binding, which only developers have: the programs are committed.
"""

import tempfile

import pyseccomp

from sandbox.seccomp import ARCHITECTURES, program_path
from sandbox.seccomp.rules import Rule, all_rules

ARCHES = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}


def compiled(architecture: str) -> bytes:
    """Return the BPF instructions that enforce the rules; any other architecture is killed."""
    made = pyseccomp.SyscallFilter(pyseccomp.ERRNO(1))
    made.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    wanted = ARCHES[architecture]
    if pyseccomp.system_arch() != wanted:
        made.add_arch(wanted)
        made.remove_arch(pyseccomp.system_arch())
    for rule in all_rules():
        made.add_rule(_action(rule), rule.call, *_arguments(rule))
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read()


def main() -> None:
    """Write all programs."""
    for architecture in ARCHITECTURES:
        program_path(architecture).write_bytes(compiled(architecture))


def _action(rule: Rule) -> int:
    return pyseccomp.ALLOW if rule.error is None else pyseccomp.ERRNO(rule.error)


def _arguments(rule: Rule) -> list[pyseccomp.Arg]:
    return [
        pyseccomp.Arg(check.argument, pyseccomp.EQ, check.value)
        if check.mask is None
        else pyseccomp.Arg(check.argument, pyseccomp.MASKED_EQ, check.mask, check.value)
        for check in rule.checks
    ]


if __name__ == "__main__":
    main()
