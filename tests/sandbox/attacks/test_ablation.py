"""Whether attacks can succeed at all: where the filter of kernel calls is taken away, they do."""

import json
import subprocess
import sys

import pytest

from tests.product import ROOT, clean_environment

LEAST = 3


@pytest.mark.slow
def test_without_the_filter_attacks_succeed():
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.attacks.unfiltered"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout.splitlines()[-1])
    assert sum(got["without"]["value"].values()) >= LEAST, got
    assert not any(got["with"]["value"].values()), got
