"""The jail, started with whichever Python the supervisor runs on."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.sandbox_settings import SandboxSettings
from sandbox.confinement import Confinement
from sandbox.jail.tiers import Tier
from sandbox.jail_command import PYTHON, bubblewrap
from sandbox.plain_command import readable
from sandbox.seccomp import program_here
from sandbox.tools_environment import cache_folder, prepare
from sandbox.zygote import Zygote

SYSTEM = Path("/usr")


@pytest.mark.skipif(not (SYSTEM / "bin" / PYTHON).exists(), reason="the system has another Python")
async def test_a_python_of_the_system_runs_without_the_rest_of_the_system():
    environment = prepare(cache_folder(), bubblewrap(), uid=SandboxSettings().sandbox_uid)
    confinement = Confinement(Tier.NAMESPACES, program_here(Tier.NAMESPACES))
    zygote = Zygote(replace(environment, python=SYSTEM).command, confinement)
    await zygote.start()
    assert zygote.is_alive
    zygote.close()
    await zygote.ended.wait()


def test_a_python_whose_modules_lie_with_the_libraries_of_its_processor_can_list_them(monkeypatch):
    monkeypatch.setattr(sys, "platlibdir", "lib64")
    found = readable(python=SYSTEM, tools=Path("/tools"), jail=Path("/jail"))
    assert {f"/usr/lib/{PYTHON}", f"/usr/lib64/{PYTHON}"} <= set(found)
    assert "/usr/lib64" not in found
