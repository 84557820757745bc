"""What Reflex cannot inject: built on first use, one set a process, for states, api and jobs."""

from dataclasses import dataclass
from functools import cache

from core.clock import now_utc
from core.crypto import Sealer
from core.database import Database
from core.settings import Settings, load_settings
from saas_app.integrations.disk_storage import DiskStorage
from saas_app.integrations.mailers import make_mailer
from saas_app.integrations.no_storage import NoStorage
from saas_app.integrations.s3_storage import S3Storage
from saas_app.services.limits import Limiter, make_limiter
from saas_app.services.passwords import Passwords
from saas_app.services.ports import Mailer
from saas_app.services.storage import Storage


@dataclass(frozen=True, slots=True)
class Resources:
    """The clients and settings of this process."""

    settings: Settings
    database: Database
    sealer: Sealer
    passwords: Passwords
    limiter: Limiter
    mailer: Mailer
    storage: Storage


def build(settings: Settings) -> Resources:
    """Make the resources of a process from its settings; nothing connects yet."""
    database, sealer = Database(settings), Sealer(settings.master_keys)
    return Resources(
        settings=settings,
        database=database,
        sealer=sealer,
        passwords=Passwords(),
        limiter=make_limiter(settings, database),
        mailer=make_mailer(settings),
        storage=make_storage(settings, sealer),
    )


def make_storage(settings: Settings, sealer: Sealer) -> Storage:
    """Return the store that the settings ask for."""
    if settings.storage_driver == "s3":
        return S3Storage(settings)
    if settings.storage_driver == "off":
        return NoStorage()
    secret = sealer.derived_key("storage addresses v1")
    return DiskStorage(settings.data_dir / "files", secret, clock=now_utc)


@cache
def get() -> Resources:
    """Return this process's resources."""
    return build(load_settings())
