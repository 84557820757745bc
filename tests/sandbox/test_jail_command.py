"""The jail, started with whichever Python the supervisor runs on."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.sandbox_settings import SandboxSettings
from sandbox.confinement import Confinement
from sandbox.jail.tiers import Tier
from sandbox.jail_command import PYTHON, bubblewrap
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
