"""What it costs to run a tool's code apart, against the figures that the sandbox must hold to.

A supervisor is called over its socket with the runtime's own client. Around each figure the hop is
measured: the median round trip to a thread of this process, which says how busy the machine is. A
limit holds in hops when it holds with as much more time as a hop takes longer than `HOP_MS`, and
how often longer something takes under an attack, with as much more as a hop does. Of all rounds
the best counts. The last line is JSON: for each figure what was measured, its limits, and
whether they hold, as they are and in hops.
"""

import argparse
import asyncio
import sys
from dataclasses import dataclass
from statistics import median
from typing import Any

import orjson

from benchmarks.sandbox_figures import (
    ASYNC,
    SPINS,
    SYNC,
    Extent,
    Measure,
    Values,
    cold_from_spare,
    cold_without_spare,
    denied,
    egress,
    hops_ms,
    idle_worker,
    many_alive,
    overshoot,
    per_call,
    sleeps,
    spawns,
    supervised,
    thawed,
    warm,
)
from benchmarks.sandbox_neighbours import ATTACKS, neighbour
from benchmarks.sandbox_recovery import gone, served_again

# The hop of a machine on which limits in milliseconds and in hops are the same: a warm call of an
# async tool may take 1 ms or 3 hops.
HOP_MS = 1 / 3
SPARES = 8
ROOM = 200  # for the workers of the figures that come before


@dataclass(frozen=True, slots=True)
class Figure:
    """Something to be measured, and what it must come to.

    Attributes:
        most: what each value may be at most; times in milliseconds end in `_ms`.
        least: what each value must be at least.
    """

    name: str
    measure: Measure
    most: Values
    least: Values


def _at_most(name: str, measure: Measure, **most: float) -> Figure:
    return Figure(name, measure, most, {})


UNDISTURBED = {"p50_ms": 5, "max_ms": 250, "p95_times": 2, "again_ms": 1_000, "growth_mib": 16}
WITH_SPARES = (
    _at_most("warm_async", warm(ASYNC), p50_ms=1, p95_ms=5),
    _at_most("warm_sync", warm(SYNC), p50_ms=1.5, p95_ms=5),
    _at_most("thawed", thawed, p50_ms=1.5),
    _at_most("cold_from_spare", cold_from_spare, p50_ms=15, p95_ms=40),
    _at_most("per_call_at_15_a_second", per_call, p95_ms=40),
    _at_most("fifty_sleeps_of_200_ms", sleeps, max_ms=300),
    _at_most("connect_added", egress, p50_ms=4),
    _at_most("connect_denied", denied, p50_ms=20),
    *(_at_most(f"overshoot_{kind}", overshoot(kind), max_ms=250) for kind in SPINS),
    *(_at_most(f"neighbour_of_{kind}", neighbour(kind), **UNDISTURBED) for kind in ATTACKS),
)
WITHOUT_SPARES = (
    _at_most("cold_without_spare", cold_without_spare, p50_ms=80, p95_ms=200),
    Figure("spawns", spawns, {}, {"per_second": 20}),
    _at_most("idle_worker", idle_worker("lean"), mib=7),
    _at_most("idle_worker_with_pandas", idle_worker("full"), mib=9),
    _at_most("many_alive", many_alive, missing=0, p50_ms=1.5),
    _at_most("served_again_without_zygote", served_again, max_ms=3_000),
    _at_most("gone_with_the_supervisor", gone, max_ms=2_000),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a figure came to in one round."""

    figure: Figure
    values: Values
    hop_ms: float

    def strain(self, *, in_hops: bool) -> float:
        """Return how much of the strictest limit is used: more than 1 does not hold."""
        slack = max(1.0, self.hop_ms / HOP_MS) if in_hops else 1.0
        slacks = {"ms": slack, "times": self.values.get("hop_p95_times", 1) if in_hops else 1}
        parts = [
            self.values[name] / (limit * max(1, slacks.get(name.rpartition("_")[2], 1)) or 1e-9)
            for name, limit in self.figure.most.items()
        ]
        parts += [limit / (self.values[name] * slack) for name, limit in self.figure.least.items()]
        return max(parts)

    def as_data(self) -> dict[str, Any]:
        """Return it as it is reported."""
        hops = {
            name.replace("_ms", "_hops"): round(value / self.hop_ms, 1)
            for name, value in self.values.items()
            if name.endswith("_ms")
        }
        return {
            **{name: round(value, 3) for name, value in self.values.items()},
            **hops,
            "hop_ms": round(self.hop_ms, 3),
            "most": self.figure.most,
            "least": self.figure.least,
            "holds": self.strain(in_hops=False) <= 1,
            "holds_in_hops": self.strain(in_hops=True) <= 1,
        }


def main() -> None:
    """Measure all figures in each round, and report the best of each."""
    options = _options()
    extent = Extent(options.calls, options.starts, options.workers, options.seconds)
    best: dict[str, Measured] = {}
    for _ in range(options.rounds):
        for measured in asyncio.run(_round(extent, options.only)):
            name = measured.figure.name
            best[name] = min(
                (one for one in (measured, best.get(name)) if one is not None),
                key=lambda one: one.strain(in_hops=True),
            )
    print(orjson.dumps(_summary(best, options)).decode())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=1_000, help="of each kind of quick call")
    parser.add_argument("--starts", type=int, default=40, help="of each kind of start")
    parser.add_argument("--workers", type=int, default=300, help="that live at once")
    parser.add_argument("--seconds", type=float, default=4.0, help="of steady rates")
    parser.add_argument("--only", default="", help="figures whose names hold this")
    return parser.parse_args()


async def _round(extent: Extent, only: str) -> list[Measured]:
    measured = []
    for figures, spares in ((WITH_SPARES, SPARES), (WITHOUT_SPARES, 0)):
        wanted = [figure for figure in figures if only in figure.name]
        if wanted:
            measured += await _measured(wanted, extent, spares)
    return measured


async def _measured(figures: list[Figure], extent: Extent, spares: int) -> list[Measured]:
    measured = []
    most = str(extent.workers + ROOM)
    async with supervised(SANDBOX_SPARES=str(spares), SANDBOX_WORKERS=most) as sandbox:
        for figure in figures:
            before = await hops_ms()
            values = await figure.measure(sandbox, extent)
            one = Measured(figure, values, median([*before, *await hops_ms()]))
            print(_line(one), file=sys.stderr)
            measured.append(one)
    return measured


def _line(measured: Measured) -> str:
    values = ", ".join(f"{name} {value:.2f}" for name, value in measured.values.items())
    strains = f"{measured.strain(in_hops=False):.2f}, in hops {measured.strain(in_hops=True):.2f}"
    return f"{measured.figure.name}: {values}; of its limit {strains}"


def _summary(best: dict[str, Measured], options: argparse.Namespace) -> dict[str, Any]:
    figures = {name: measured.as_data() for name, measured in best.items()}
    return {
        "benchmark": "sandbox",
        "rounds": options.rounds,
        "hop_ms": round(median(one.hop_ms for one in best.values()), 3),
        "figures": figures,
        "do_not_hold": [name for name, row in figures.items() if not row["holds"]],
        "do_not_hold_in_hops": [name for name, row in figures.items() if not row["holds_in_hops"]],
    }


if __name__ == "__main__":
    main()
