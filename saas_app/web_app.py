"""What Granian's workers load: the Reflex app behind its serving layer."""

import os
from pathlib import Path

from starlette.types import ASGIApp

from core.settings import load_settings
from saas_app import resources
from saas_app.page_doors import PageDoors
from saas_app.saas_app import app
from saas_app.serving import Serving
from saas_app.web_server import UI_VARIABLE


def create_app() -> ASGIApp:
    """Build the web app."""
    settings = load_settings()
    folder = Path(os.environ[UI_VARIABLE])  # noqa: TID251 - set by the server, and Reflex's own
    store = resources.get().storage.origin
    return Serving(PageDoors(app()), settings, folder / "build/client", store=store)
