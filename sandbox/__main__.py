"""Starts the supervisor: `python -m sandbox`. Started as root, it goes on as a uid of its own."""

import asyncio
import os
import resource
import signal
import socket
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from core.logs import log, set_up_logs
from core.sandbox_protocol import Packages
from core.sandbox_settings import SandboxMode, SandboxSettings
from sandbox.calls import WorkerFailed
from sandbox.confinement import Confinement, Uids
from sandbox.control_groups import delegated
from sandbox.egress.client import Egress
from sandbox.front import Front, listening_socket
from sandbox.health import Health
from sandbox.installer import Installer
from sandbox.jail.tiers import Tier
from sandbox.jail_command import bubblewrap
from sandbox.leaves import Leaves
from sandbox.privileges import CAPABILITIES, give_up_root
from sandbox.probes import failed_compat, failed_development, failed_jail, failed_probe
from sandbox.seccomp import program_here
from sandbox.self_test import Untested, tested, tested_hourly
from sandbox.supervisor import Supervisor
from sandbox.tools_environment import (
    ToolsNotInstalled,
    cache_folder,
    install,
    packages_folder,
    prepare,
)
from sandbox.zygote import IMPORTS, Zygote

TIERS = {
    SandboxMode.AUTO: Tier.NAMESPACES,
    SandboxMode.COMPAT: Tier.UIDS,
    SandboxMode.UNSAFE_DEV: Tier.NONE,
}
WARNINGS = {
    Tier.UIDS: "Python tools are isolated with less than namespaces; see docs/sandbox.md.",
    Tier.NONE: "Python tools run without isolation: whatever they do, you do.",
}


def main() -> int:
    """Prepare as whoever starts it, give up root, and serve until told to stop.

    Returns 1 where it stops because it can serve no more.
    """
    settings = SandboxSettings(_env_file=Path(".env"))  # pyright: ignore[reportCallIssue]
    set_up_logs(settings, program="sandbox")
    _set_limits()
    starter = os.getuid()
    uid = settings.sandbox_uid if starter == 0 else starter
    folder = delegated(uid)  # while it is still alone in its control group
    prepared = _prepared(settings, uid)  # forks, so before there is anything to inherit
    listening = listening_socket(settings.data_dir)
    callers = {starter, settings.data_dir.stat().st_uid}
    if isinstance(prepared, Health):
        with suppress(OSError):  # where root cannot, that may be why there are no jails
            give_up_root(uid)
        front = Front(None, uids=callers, health=prepared)
        asyncio.run(_answer(front, listening, asyncio.Event()))
        return 0
    tier = TIERS[settings.sandbox]
    egress = Egress(uid=uid, denied=settings.denied)
    leaves = None if folder is None else Leaves(folder)
    supervisor = _supervisor(settings, prepared, egress, leaves)
    give_up_root(uid, keep=tuple(CAPABILITIES.values()) if tier is Tier.UIDS else ())
    return asyncio.run(_serve(supervisor, listening, callers, tier))


def _set_limits() -> None:
    """Set what all processes of the sandbox have: many files, and no memory that is left in one.

    Each worker takes about ten files, in two processes; what servers are trusted with is in memory.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _prepared(settings: SandboxSettings, uid: int) -> Installer | Health:
    """Return what knows the jails' environments, or why there can be none."""
    if settings.sandbox is SandboxMode.OFF:
        return Health("off", remedy="Set SANDBOX=auto to run Python tools.")
    tier, cache = TIERS[settings.sandbox], settings.sandbox_cache or cache_folder()
    program = bubblewrap() if tier is Tier.NAMESPACES else None
    if (failed := _failed_before(settings, program, uid)) is not None:
        return failed
    try:
        environment = prepare(cache, program, uid=uid)
    except ToolsNotInstalled as error:
        remedy = "Let the host reach a package index, then start again."
        return Health("refused", probe="packages", reason=str(error), remedy=remedy)
    if environment.bubblewrap is not None and (
        failed := failed_jail(environment.bubblewrap, uid=uid, worker_uids=settings.worker_uids)
    ):
        return failed
    return Installer(environment, packages_folder(cache, "full"), lambda: install(cache, "full"))


def _failed_before(settings: SandboxSettings, program: Path | None, uid: int) -> Health | None:
    """Return what a tier lacks, of what can be told before packages are installed."""
    if program is not None:
        return failed_probe(program)
    if settings.sandbox is SandboxMode.COMPAT:
        return failed_compat(settings.worker_uids)
    return failed_development(uid, is_production=settings.is_production)


def _supervisor(
    settings: SandboxSettings, installer: Installer, egress: Egress, leaves: Leaves | None
) -> Supervisor:
    """Return the supervisor, with what it could not read any more without root."""
    tier = TIERS[settings.sandbox]
    calls_allowed = program_here(tier)
    uids = Uids(settings.worker_uids) if tier is Tier.UIDS else None

    def make_zygote(packages: Packages) -> Zygote:
        environment = installer.environment(packages)
        confinement = Confinement(tier, calls_allowed, environment.readable, uids)
        return Zygote(environment.command, confinement, imports=IMPORTS[packages])

    return Supervisor(
        make_zygote,
        egress,
        most_workers=settings.sandbox_workers,
        spares=settings.sandbox_spares,
        leaves=leaves,
    )


async def _serve(
    supervisor: Supervisor, listening: socket.socket, callers: Collection[int], tier: Tier
) -> int:
    """Serve calls; where a zygote does not start or does not hold, only say so to whoever asks."""
    if tier in WARNINGS:
        log.warning("sandbox.weaker", tier=tier, why=WARNINGS[tier])
    try:
        health = await _started(supervisor, tier)
        front = Front(supervisor.pool, uids=callers, health=health)
        testing = asyncio.create_task(tested_hourly(supervisor.pool, front.health, front.take))
        await _answer(front, listening, supervisor.over)
        testing.cancel()
    finally:
        await supervisor.stop()
    return int(supervisor.is_lost)


async def _started(supervisor: Supervisor, tier: Tier) -> Health:
    """Start everything and try whether it holds, before the first call."""
    probe = "jail"
    try:
        await supervisor.start()
        probe = "self-test"
        health = Health("ready", tier=tier, limits=supervisor.limits)
        return await tested(supervisor.pool, health)
    except (WorkerFailed, Untested) as error:
        remedy = "See docs/sandbox.md for what the host must allow."
        return Health("refused", probe=probe, reason=str(error), remedy=remedy)


async def _answer(front: Front, listening: socket.socket, over: asyncio.Event) -> None:
    """Take connections until it is over, by itself or because somebody says so."""
    for which in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(which, over.set)
    await front.start(listening)
    log.info("sandbox.started", **front.health.as_data())
    with suppress(asyncio.CancelledError):
        await over.wait()
    front.stop()


if __name__ == "__main__":
    sys.exit(main())
