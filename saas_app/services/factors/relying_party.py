"""Who asks for a passkey: this copy of the product, by the address that browsers see."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from core.settings import Settings

NAME = "Toolkiln"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """A relying party of WebAuthn: passkeys are bound to its id, answers to its origin."""

    id: str
    origin: str
    name: str = NAME


def relying_party(settings: Settings) -> RelyingParty:
    """Return the relying party of a copy; its id is the host name of PUBLIC_URL."""
    return RelyingParty(id=urlsplit(settings.web_url).hostname or "", origin=settings.web_url)
