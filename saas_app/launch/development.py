"""`bin/run --dev`: every program starts anew, or reloads, when its source is edited.

Reflex reloads the web app and its pages by itself; the other programs are restarted here. A program
that has ended stays down, with its error on the screen, until the next edit that concerns it.
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
WEB = "web"
# Folders and files whose edits concern a program.
CONCERNS = {
    "sample API": ("core", "sample_api"),
    "runtime": ("core", "mcp_runtime"),
    "jobs": ("core", "saas_app"),
    "sandbox": ("core", "sandbox"),
    WEB: ("saas_app", "core", "assets", "rxconfig.py"),
}


def web_in_development(settings: Settings, root: Path) -> Program:
    """Return the web program with Vite in front, which passes the backend's paths on."""
    port = free_port("127.0.0.1")
    watched = os.pathsep.join(str(root / name) for name in CONCERNS[WEB])
    return Program(
        WEB,
        "reflex",
        answers(f"http://127.0.0.1:{settings.web_port}", "/api/ready"),
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
    watched = sorted({name for concern in CONCERNS.values() for name in concern})
    told: set[str] = set()
    for changes in watch(
        *(root / name for name in watched),
        watch_filter=PythonFilter(extra_extensions=(".css", ".jsx")),
        rust_timeout=LOOK_EVERY_MILLISECONDS,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        edited = {Path(path).relative_to(root).parts[0] for _, path in changes}
        for name in concerned(edited, down=family.names_down()):
            say(f"Restarting {name}")
            family.restart(name)
            told.discard(name)
        for name in family.names_down() - told:
            say(
                f"{name} stopped; it starts again at the next edit of {' or '.join(CONCERNS[name])}"
            )
            told.add(name)


def concerned(edited: set[str], *, down: set[str]) -> list[str]:
    """Return the programs to restart; the web program reloads itself unless it is down."""
    return [
        name
        for name, concern in CONCERNS.items()
        if edited.intersection(concern) and (name != WEB or name in down)
    ]
