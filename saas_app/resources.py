"""What Reflex cannot inject: built on first use, one set a process, for states, api and jobs."""

from dataclasses import dataclass
from functools import cache

from core.crypto import Sealer
from core.database import Database
from core.settings import Settings, load_settings
from saas_app.integrations.breached_passwords import make_breached_passwords
from saas_app.integrations.mailers import make_mailer
from saas_app.integrations.turnstile import make_human_check
from saas_app.services.attempts import Doors, PasswordDoor
from saas_app.services.letters import Letters
from saas_app.services.limits import Limiter, make_limiter
from saas_app.services.passwords import Passwords
from saas_app.services.ports import BreachedPasswords, Mailer


@dataclass(frozen=True, slots=True)
class Resources:
    """The clients and settings of this process."""

    settings: Settings
    database: Database
    sealer: Sealer
    passwords: Passwords
    limiter: Limiter
    letters: Letters
    doors: Doors
    password_door: PasswordDoor
    breached: BreachedPasswords
    mailer: Mailer


def build(settings: Settings) -> Resources:
    """Make the resources of a process from its settings; nothing connects yet."""
    database, sealer, passwords = Database(settings), Sealer(settings.master_keys), Passwords()
    limiter = make_limiter(settings, database)
    return Resources(
        settings=settings,
        database=database,
        sealer=sealer,
        passwords=passwords,
        limiter=limiter,
        letters=Letters(sealer, settings.web_url),
        doors=Doors(limiter, make_human_check(settings)),
        password_door=PasswordDoor(database, passwords, limiter, sealer),
        breached=make_breached_passwords(settings),
        mailer=make_mailer(settings),
    )


@cache
def get() -> Resources:
    """Return this process's resources."""
    return build(load_settings())
