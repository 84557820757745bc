"""What every part of the runtime is given; built once, in app.py."""

from dataclasses import dataclass

from core.crypto import Sealer
from core.database import Database
from core.settings import Settings
from mcp_runtime.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Resources:
    """The long-lived parts of one runtime process."""

    settings: Settings
    database: Database
    sealer: Sealer
    catalog: Catalog
