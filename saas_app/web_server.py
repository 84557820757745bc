"""The web program: `python -m saas_app.web_server` serves the built UI and the API with Granian.

It needs no JavaScript runtime. Reflex is told by its environment to serve what was built.
"""

import os
import sys
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from core.errors import DomainError
from core.production import require_fit
from core.settings import Settings, load_settings
from saas_app.ui_build import ui_folder

ROOT = Path(__file__).parent.parent
UI_VARIABLE = "REFLEX_WEB_WORKDIR"


def main() -> None:
    """Serve until told to stop."""
    try:
        settings = load_settings()
        require_fit(settings)
    except DomainError as error:
        sys.exit(error.message)
    folder = ui_to_serve(settings)
    if not is_built(folder):
        sys.exit(
            "The user interface is not built. `bin/run` builds it, or `python -m saas_app build`."
        )
    os.environ.update(reflex_environment(settings, folder))  # noqa: TID251 - Reflex reads it
    Granian(
        target="saas_app.web_app:create_app",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.web_port,
        workers=settings.web_workers,
        log_level=LogLevels.warning,
        workers_kill_timeout=10,
        respawn_failed_workers=settings.is_production,
    ).serve()


def ui_to_serve(settings: Settings) -> Path:
    """Return the folder of the finished user interface: the image's, or that of this machine."""
    return Path(os.environ.get(UI_VARIABLE) or ui_folder(settings, ROOT))  # noqa: TID251 - Reflex's own


def is_built(folder: Path) -> bool:
    """Whether the folder holds a finished user interface."""
    return (folder / "build/client").is_dir()


def reflex_environment(settings: Settings, folder: Path) -> dict[str, str]:
    """Return what makes Reflex 0.10 serve a finished build in one process, on one port.

    The names that begin with two underscores are internal to it; `test_launcher` fails when an
    upgrade changes them.
    """
    values = {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        UI_VARIABLE: str(folder),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
    }
    if settings.redis_url is not None:
        values["REFLEX_OPLOCK_ENABLED"] = "true"
    return values


if __name__ == "__main__":
    main()
