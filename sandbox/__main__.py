"""Starts the supervisor: `python -m sandbox`. Started as root, it goes on as a uid of its own."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from core.logs import log, set_up_logs
from sandbox.egress.client import Egress
from sandbox.front import Front, listening_socket
from sandbox.privileges import give_up_root
from sandbox.seccomp import Tier, program_for
from sandbox.settings import SandboxSettings
from sandbox.supervisor import Supervisor
from sandbox.tools_environment import ToolsEnvironment, ToolsNotInstalled, cache_folder, prepare
from sandbox.zygote import Zygote


def main() -> None:
    """Prepare as whoever starts it, give up root, and serve until told to stop."""
    settings = SandboxSettings(_env_file=Path(".env"))  # pyright: ignore[reportCallIssue]
    set_up_logs(settings, program="sandbox")
    starter = os.getuid()
    uid = settings.sandbox_uid if starter == 0 else starter
    try:
        environment = prepare(settings.sandbox_cache or cache_folder(), which="lean", uid=uid)
    except ToolsNotInstalled as error:
        sys.exit(str(error))
    listening = listening_socket(settings.data_dir)
    egress = Egress(uid=uid)
    give_up_root(uid)
    asyncio.run(_serve(settings, environment, egress, listening, starter))


async def _serve(
    settings: SandboxSettings,
    environment: ToolsEnvironment,
    egress: Egress,
    listening: socket.socket,
    starter: int,
) -> None:
    program = program_for(Tier.NAMESPACES)
    supervisor = Supervisor(
        lambda _packages: Zygote(environment.command, program=program),
        egress,
        most_workers=settings.sandbox_workers,
        spares=settings.sandbox_spares,
    )
    health: dict[str, Any] = {"tier": Tier.NAMESPACES.value}
    front = Front(supervisor.pool, uid=starter, health=health)
    over = asyncio.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(which, over.set)
    await supervisor.start()
    await front.start(listening)
    log.info("sandbox.started", tier=health["tier"])
    await over.wait()
    front.stop()
    await supervisor.stop()


if __name__ == "__main__":
    main()
