"""Who may look at the mail of a development copy: whoever sits at the machine.

Messages hold links that sign people in. A copy that listens on the network must not show them to a
stranger, nor to a page elsewhere whose name was pointed at this machine (DNS rebinding).
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from core.errors import Forbidden, NotFound, SignedOut
from core.sessions import SignedIn
from core.settings import Settings

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, and how the request came.

    Attributes:
        ip_address: From where, behind the proxies that are trusted.
        host: The name that was asked for, with its port.
        is_forwarded: Whether a proxy that nobody vouched for passed it on, so that the address is
            the proxy's own.
        holder: Who is signed in, if anybody.
    """

    ip_address: str
    host: str
    is_forwarded: bool
    holder: SignedIn | None


def sits_at_machine(visitor: Visitor) -> bool:
    """Whether a visitor came from this machine itself, by one of its own names."""
    asked = urlsplit(f"//{visitor.host}").hostname or ""
    is_here = asked in LOCAL_NAMES and not visitor.is_forwarded
    return is_here and _is_loopback(visitor.ip_address)


def mail_readable_by(visitor: Visitor, settings: Settings) -> str | None:
    """Return whose mail a visitor may read: None for all, else that of one address.

    Raises:
        NotFound: this is production, where there is no such thing.
        Forbidden: the request asked for a name that is not ours.
        SignedOut: it comes over the network and nobody is signed in.
    """
    if settings.is_production:
        raise NotFound("There is no such page.")
    asked = urlsplit(f"//{visitor.host}").hostname or ""
    is_local_name = asked in LOCAL_NAMES
    if not is_local_name and asked != urlsplit(settings.web_url).hostname:
        raise Forbidden("Mail is shown at this copy's own address only.")
    if sits_at_machine(visitor):
        return None
    if visitor.holder is None:
        raise SignedOut("Sign in to see the mail that was sent to you.")
    return None if visitor.holder.is_admin else visitor.holder.email


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
