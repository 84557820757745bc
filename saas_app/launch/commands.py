"""What `python -m saas_app` does: run everything, or one of the steps that lead there."""

import argparse
import asyncio
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from core import schema
from core.errors import DomainError
from core.logs import set_up_logs
from core.production import require_fit
from core.settings import Settings, load_settings, write_development_secrets
from saas_app import demo, resources
from saas_app.launch.development import keep_reloading, web_in_development
from saas_app.launch.ports import require_free_ports
from saas_app.launch.processes import Family, Program
from saas_app.launch.programs import programs, web_program
from saas_app.ui_build import build_ui
from saas_app.web_server import UI_VARIABLE

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_START = 180
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run the command that was asked for, and say in plain words what went wrong."""
    parser = argparse.ArgumentParser(prog="bin/run", description="Runs Toolkiln.")
    parser.add_argument(
        "command",
        nargs="?",
        default="run",
        choices=["run", "migrate", "build"],
        help="run everything (the default), or only migrate the database, or only build the UI",
    )
    parser.add_argument("--dev", action="store_true", help="reload on edits")
    parser.add_argument(
        "--demo", action="store_true", help="seed a server that is published over the sample API"
    )
    parser.add_argument("--to", type=Path, help="with build: copy the result to this folder")
    options = parser.parse_args()
    # A terminal that closes or a service manager that stops us ends as cleanly as Ctrl-C.
    for number in ENDINGS:
        signal.signal(number, _interrupt)
    try:
        if options.command == "build":
            _build(options.to)
        elif options.command == "migrate":
            _migrate(_prepared_settings())
        else:
            _run(is_dev=options.dev, is_demo=options.demo)
    except DomainError as error:
        sys.exit(error.message)
    except KeyboardInterrupt:
        say("Stopped")


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)  # noqa: T201 - the launcher's output is this


def _build(target: Path | None) -> None:
    folder = build_ui(load_settings(), ROOT, say)
    if target is not None:
        shutil.copytree(folder, target)
    say(f"Built in {target or folder}")


def _run(*, is_dev: bool, is_demo: bool) -> None:
    settings = _prepared_settings()
    set_up_logs(settings, program="start")
    require_free_ports(settings)
    _migrate(settings)
    wanted = programs(settings, web=_web(settings, is_dev=is_dev))
    say("Starting " + ", ".join(program.name for program in wanted))
    with Family() as family:
        for program in wanted:
            family.start(program)
        family.wait_until_ready(seconds=SECONDS_TO_START)
        if is_demo:
            say(asyncio.run(_seed_demo()))
        say(f"Toolkiln is ready at {settings.web_url}")
        if is_dev:
            keep_reloading(family, ROOT, say)
        while True:
            family.check()
            time.sleep(0.3)


def _prepared_settings() -> Settings:
    write_development_secrets(load_settings())
    settings = load_settings()
    require_fit(settings)
    return settings


def _migrate(settings: Settings) -> None:
    say("Bringing the database up to date")
    schema.migrate(settings)


def _web(settings: Settings, *, is_dev: bool) -> Program:
    if is_dev:
        return web_in_development(settings, ROOT)
    return web_program(settings, {UI_VARIABLE: str(build_ui(settings, ROOT, say))})


async def _seed_demo() -> str:
    parts = resources.get()
    try:
        return demo.describe(await demo.seed(parts))
    finally:
        await parts.close()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not cut the stopping short: it would leave programs behind.
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
