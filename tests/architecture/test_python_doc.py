"""The guide to Python tools tells the limits and the packages that hold."""

import re
from pathlib import Path

from core.plans import PLANS, PlanName
from sandbox.jail.checking import OF_PRO

ROOT = Path(__file__).parents[2]
GUIDE = " ".join((ROOT / "docs/python-tools.md").read_text().split())
SHARES = {0.5: "half of one", 1: "a whole one"}
PLAIN = {"psycopg[binary]": "psycopg"}


def packages(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    found = [match[1] for line in lines if (match := re.match(r"([A-Za-z0-9\[\]-]+)==", line))]
    return [PLAIN.get(one, one) for one in found]


def test_the_limits_are_those_of_the_plans():
    free, pro = (PLANS[name].python for name in (PlanName.FREE, PlanName.PRO))
    for row in (
        f"| Longest call | {free.timeout_seconds:g} seconds | {pro.timeout_seconds:g} seconds |",
        f"| Memory of a worker | {free.memory_mib} MiB | {pro.memory_mib} MiB |",
        f"| Processor of a worker | {SHARES[free.processors]} | {SHARES[pro.processors]} |",
        f"| Workers of a server | {free.workers} | {pro.workers}, of which {pro.warm} stays warm |",
        f"| Calls of the organization at once | {free.calls} | {pro.calls} |",
        f"| Traffic of a worker in an hour | {free.egress_mib_per_hour} MiB"
        f" | {pro.egress_mib_per_hour:,} MiB |",
        f"| Keys in the store | {free.store_keys:,}, together {free.store_kib // 1024} MiB"
        f" | {pro.store_keys:,}, together {pro.store_kib // 1024} MiB |",
    ):
        assert row in GUIDE, row


def test_every_package_is_named():
    missing = [one for one in packages("requirements-tools.txt") if one not in GUIDE]
    assert missing == []
    assert packages("requirements-tools-pro.txt") == ["numpy", "pandas"] == sorted(OF_PRO)
    assert "Pro adds numpy and pandas." in GUIDE
