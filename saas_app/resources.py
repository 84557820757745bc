"""What Reflex cannot inject: built on first use, one set a process, for states, api and jobs."""

from dataclasses import dataclass
from functools import cache

from core.crypto import Sealer
from core.database import Database
from core.settings import Settings, load_settings
from saas_app.integrations.mailers import make_mailer
from saas_app.services.limits import Limiter, make_limiter
from saas_app.services.passwords import Passwords
from saas_app.services.ports import Mailer


@dataclass(frozen=True, slots=True)
class Resources:
    """The clients and settings of this process."""

    settings: Settings
    database: Database
    sealer: Sealer
    passwords: Passwords
    limiter: Limiter
    mailer: Mailer


def build(settings: Settings) -> Resources:
    """Make the resources of a process from its settings; nothing connects yet."""
    database = Database(settings)
    return Resources(
        settings=settings,
        database=database,
        sealer=Sealer(settings.master_keys),
        passwords=Passwords(),
        limiter=make_limiter(settings, database),
        mailer=make_mailer(settings),
    )


@cache
def get() -> Resources:
    """Return this process's resources."""
    return build(load_settings())
