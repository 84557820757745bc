"""Starts the supervisor: `python -m sandbox`. Started as root, it goes on as a uid of its own."""

import asyncio
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from core.logs import log, set_up_logs
from core.sandbox_protocol import Packages
from core.sandbox_settings import SandboxMode, SandboxSettings
from sandbox.calls import WorkerFailed
from sandbox.egress.client import Egress
from sandbox.front import Front, listening_socket
from sandbox.health import NAMESPACES, Health
from sandbox.installer import Installer
from sandbox.jail_command import bubblewrap
from sandbox.privileges import give_up_root
from sandbox.probes import failed_jail, failed_probe
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


def main() -> int:
    """Prepare as whoever starts it, give up root, and serve until told to stop.

    Returns 1 where it stops because it can serve no more.
    """
    settings = SandboxSettings(_env_file=Path(".env"))  # pyright: ignore[reportCallIssue]
    set_up_logs(settings, program="sandbox")
    _allow_many_files()
    starter = os.getuid()
    uid = settings.sandbox_uid if starter == 0 else starter
    prepared = _prepared(settings, uid)  # forks, so before there is anything to inherit
    listening = listening_socket(settings.data_dir)
    if isinstance(prepared, Health):
        with suppress(OSError):  # where root cannot, that may be why there are no jails
            give_up_root(uid)
        front = Front(None, uid=starter, health=prepared)
        asyncio.run(_answer(front, listening, asyncio.Event()))
        return 0
    supervisor = _supervisor(settings, prepared, Egress(uid=uid, denied=settings.denied))
    give_up_root(uid)
    return asyncio.run(_serve(supervisor, listening, starter))


def _allow_many_files() -> None:
    """Open as many files as the system allows: each worker takes about ten, in two processes."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _prepared(settings: SandboxSettings, uid: int) -> Installer | Health:
    """Return what knows the jails' environments, or why there can be none."""
    if settings.sandbox is SandboxMode.OFF:
        return Health("off", remedy="Set SANDBOX=auto to run Python tools.")
    program, cache = bubblewrap(), settings.sandbox_cache or cache_folder()
    if (failed := failed_probe(program)) is not None:
        return failed
    try:
        environment = prepare(cache, program, uid=uid)
    except ToolsNotInstalled as error:
        remedy = "Let the host reach a package index, then start again."
        return Health("refused", probe="packages", reason=str(error), remedy=remedy)
    if (failed := failed_jail(environment.bubblewrap, uid=uid)) is not None:
        return failed
    return Installer(environment, packages_folder(cache, "full"), lambda: install(cache, "full"))


def _supervisor(settings: SandboxSettings, installer: Installer, egress: Egress) -> Supervisor:
    """Return the supervisor, with what it could not read any more without root."""
    calls_allowed = program_here()

    def make_zygote(packages: Packages) -> Zygote:
        command = installer.environment(packages).command
        return Zygote(command, program=calls_allowed, imports=IMPORTS[packages])

    return Supervisor(
        make_zygote,
        egress,
        most_workers=settings.sandbox_workers,
        spares=settings.sandbox_spares,
    )


async def _serve(supervisor: Supervisor, listening: socket.socket, starter: int) -> int:
    """Serve calls; where a jail does not start or does not hold, only say so to whoever asks."""
    try:
        front = Front(supervisor.pool, uid=starter, health=await _started(supervisor))
        testing = asyncio.create_task(tested_hourly(supervisor.pool, front.health, front.take))
        await _answer(front, listening, supervisor.over)
        testing.cancel()
    finally:
        await supervisor.stop()
    return int(supervisor.is_lost)


async def _started(supervisor: Supervisor) -> Health:
    """Start everything and try whether it holds, before the first call."""
    probe = "jail"
    try:
        await supervisor.start()
        probe = "self-test"
        return await tested(supervisor.pool, Health("ready", tier=NAMESPACES))
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
