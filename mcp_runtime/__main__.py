"""Runs the runtime as a process: `python -m mcp_runtime`."""

import gc
import socket
import sys

import uvicorn

from core.errors import DomainError
from core.logs import log, set_up_logs
from core.observability import set_up_observability
from core.production import require_fit
from core.settings import Settings, load_settings
from mcp_runtime.app import Runtime

DRAIN_SECONDS = 30


class DrainingServer(uvicorn.Server):
    """A server that tells the runtime before it waits for the requests under way."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then take what has been built out of the garbage collector's sight."""
        await super().startup(sockets)
        calm_the_collector()
        log.info("runtime.started", url=self._runtime.resources.settings.runtime_url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking requests, end streams, finish the calls under way."""
        log.info("runtime.draining", calls=self._runtime.limits.running)
        self._runtime.drain()
        await super().shutdown(sockets)


def calm_the_collector() -> None:
    """Make full collections rare: with many servers in memory each stalls all calls for long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    set_up_logs(settings, program="runtime")
    set_up_observability(settings, program="runtime")
    runtime = Runtime(settings)
    config = uvicorn.Config(
        runtime.app,
        host=settings.host,
        port=settings.runtime_port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=75,
    )
    DrainingServer(config, runtime).run()


def main() -> None:
    """Read the settings and serve; say what is wrong with them otherwise."""
    try:
        settings = load_settings()
        require_fit(settings)
        settings.master_keys  # noqa: B018 - a missing key stops the start, not the first call
    except DomainError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(2)
    serve(settings)


if __name__ == "__main__":
    main()
