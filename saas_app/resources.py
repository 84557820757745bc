"""What Reflex cannot inject: built on first use, one set a process, for states, api and jobs."""

from dataclasses import dataclass
from functools import cache

from core.crypto import Sealer
from core.database import Database
from core.settings import Settings, load_settings
from saas_app.services.letters import Letters
from saas_app.services.limits import Limiter, make_limiter
from saas_app.services.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Resources:
    """The clients and settings of this process."""

    settings: Settings
    database: Database
    sealer: Sealer
    passwords: Passwords
    limiter: Limiter
    letters: Letters


def build(settings: Settings) -> Resources:
    """Make the resources of a process from its settings; nothing connects yet."""
    database, sealer = Database(settings), Sealer(settings.master_keys)
    return Resources(
        settings=settings,
        database=database,
        sealer=sealer,
        passwords=Passwords(),
        limiter=make_limiter(settings, database),
        letters=Letters(sealer, settings.web_url),
    )


@cache
def get() -> Resources:
    """Return this process's resources."""
    return build(load_settings())
