"""Compiles the rules: `python -m sandbox.seccomp.build` writes one for each architecture and tier.

It needs libseccomp and its binding, which only developers have: the programs are committed.
"""

import tempfile

import pyseccomp

from sandbox.jail.tiers import Tier
from sandbox.seccomp import ARCHITECTURES, program_path
from sandbox.seccomp.rules import OWN_PID, Rule, all_rules

ARCHES = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}


def compiled(architecture: str, tier: Tier) -> bytes:
    """Return the BPF instructions that enforce a tier's rules; other architectures are killed."""
    made = pyseccomp.SyscallFilter(pyseccomp.ERRNO(1))
    made.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    wanted = ARCHES[architecture]
    if pyseccomp.system_arch() != wanted:
        made.add_arch(wanted)
        made.remove_arch(pyseccomp.system_arch())
    for rule in all_rules(tier):
        if rule.architecture not in (None, architecture):
            continue
        made.add_rule(_action(rule), rule.call, *_arguments(rule))
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read()


def main() -> None:
    """Write all programs."""
    for architecture in ARCHITECTURES:
        for tier in OWN_PID:
            program_path(architecture, tier).write_bytes(compiled(architecture, tier))


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
