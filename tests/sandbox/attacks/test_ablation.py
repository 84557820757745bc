"""Whether attacks can succeed at all: where a barrier that stands alone is taken away, they do."""

import json
import os
import subprocess
import sys

import pytest

from core.sandbox_settings import SandboxSettings
from sandbox.jail.tiers import Tier
from tests.product import ROOT, clean_environment
from tests.sandbox.conftest import settings_of

LEAST = 3
# Namespaces stand behind Landlock; where there are none, nothing does.
BARRIERS = {
    Tier.NAMESPACES: {"without the filter"},
    Tier.UIDS: {"without the filter", "without Landlock"},
}


@pytest.mark.slow
def test_without_a_barrier_attacks_succeed(tier):
    own = SandboxSettings().sandbox_uid if os.getuid() == 0 else os.getuid()
    uid = settings_of(tier).get("SANDBOX_UID", str(own))
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.attacks.ablated", tier, uid],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    got = {way: [name for name in one["value"] if one["value"][name]] for way, one in found.items()}
    assert got.pop("whole") == []
    assert set(got) == BARRIERS[tier]
    assert all(len(names) >= LEAST for names in got.values()), got
