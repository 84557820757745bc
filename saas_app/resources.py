"""What Reflex cannot inject: built on first use, one set a process, for states, api and jobs."""

from dataclasses import dataclass
from functools import cache

from core.clock import now_utc
from core.crypto import Sealer
from core.database import Database
from core.lookups import Lookups
from core.settings import Settings, load_settings
from saas_app.integrations.breached_passwords import make_breached_passwords
from saas_app.integrations.disk_storage import DiskStorage
from saas_app.integrations.mailers import make_mailer
from saas_app.integrations.no_storage import NoStorage
from saas_app.integrations.oidc import Client, OpenIdProvider
from saas_app.integrations.s3_storage import S3Storage
from saas_app.integrations.turnstile import make_human_check
from saas_app.services.attempts import Doors, PasswordDoor
from saas_app.services.factors.relying_party import RelyingParty, relying_party
from saas_app.services.factors.second_factor import Checker
from saas_app.services.letters import Letters
from saas_app.services.limits import Limiter, make_limiter
from saas_app.services.local_identity import NAME as LOCAL_NAME
from saas_app.services.local_identity import LocalIdentity
from saas_app.services.passwords import Passwords
from saas_app.services.ports import BreachedPasswords, IdentityProvider, Mailer
from saas_app.services.storage import Storage


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
    storage: Storage
    identity_provider: IdentityProvider | None
    lookups: Lookups

    async def close(self) -> None:
        """Let go of connections and threads; what is asked of them afterwards fails."""
        self.lookups.close()
        await self.database.close()


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
        storage=make_storage(settings, sealer),
        identity_provider=_identity_provider(settings, sealer),
        lookups=Lookups(denied=settings.denied),
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


def checker() -> Checker:
    """Return what checks codes of second factors."""
    parts = get()
    return Checker(parts.database, parts.letters, parts.passwords, parts.limiter)


def party() -> RelyingParty:
    """Return who asks browsers for passkeys."""
    return relying_party(get().settings)


def _identity_provider(settings: Settings, sealer: Sealer) -> IdentityProvider | None:
    """Return Google where its keys are set; in development without them, the local stand-in."""
    redirect_uri = f"{settings.web_url}/api/auth/callback/google"
    if settings.google_client_secret is not None:
        secret = settings.google_client_secret.get_secret_value()
        return OpenIdProvider(
            Client(
                "Google", settings.google_issuer, settings.google_client_id, secret, redirect_uri
            )
        )
    if settings.is_production:
        return None
    local = LocalIdentity(settings, sealer)
    return OpenIdProvider(
        Client(
            LOCAL_NAME,
            local.issuer,
            local.client_id,
            local.client_secret,
            redirect_uri,
            is_local=True,
        )
    )
