"""`bin/run --dev`: every program starts anew, or reloads, when its source is edited.

Reflex reloads the web app and its pages by itself. The runtime and the jobs are restarted here. A
program that an edit broke stays down, with its error on the screen, until the next edit.
"""

import os
from collections.abc import Callable
from pathlib import Path

from watchfiles import PythonFilter, watch

from core.settings import Settings
from saas_app.launch.ports import free_port
from saas_app.launch.processes import Family, Program
from saas_app.launch.programs import answers

LOOK_EVERY_MILLISECONDS = 500
# Folders whose edits concern a program; Reflex watches for the web program itself.
CONCERNS = {"runtime": ("core", "mcp_runtime"), "jobs": ("core", "saas_app")}
WEB_SOURCES = ("saas_app", "core", "assets", "rxconfig.py")


def web_in_development(settings: Settings, root: Path) -> Program:
    """Return the web program with Vite in front, which passes the backend's paths on."""
    port = free_port("127.0.0.1")
    watched = os.pathsep.join(str(root / name) for name in WEB_SOURCES)
    return Program(
        "web",
        "reflex",
        answers(settings.web_port, "/api/ready"),
        {
            "REFLEX_HOT_RELOAD_OVERRIDE_PATHS": watched,
            "REFLEX_CHECK_LATEST_VERSION": "false",
            "PYTHONPATH": str(root),
        },
        (
            "run",
            *("--env", "dev", "--backend-host", "127.0.0.1"),
            *("--frontend-port", str(settings.web_port), "--backend-port", str(port)),
        ),
    )


def keep_reloading(family: Family, root: Path, say: Callable[[str], None]) -> None:
    """Restart what an edit concerns, until interrupted."""
    folders = sorted({folder for concern in CONCERNS.values() for folder in concern})
    down: set[str] = set()
    for changes in watch(
        *(root / folder for folder in folders),
        watch_filter=PythonFilter(),
        rust_timeout=LOOK_EVERY_MILLISECONDS,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        edited = {Path(path).relative_to(root).parts[0] for _, path in changes}
        for name, concern in CONCERNS.items():
            if edited.intersection(concern):
                say(f"Restarting {name}")
                family.restart(name)
                down.discard(name)
        for name in family.names_down() - down:
            say(f"{name} stopped; it starts again at the next edit")
            down.add(name)
