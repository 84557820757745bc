"""The browsers that a person has signed in with before, as a sealed cookie says.

A known browser gets in while somebody else guesses at the account (its attempts are counted apart,
so nobody can lock the owner out), and a sign-in from an unknown one is told by mail. It proves
nothing else: the password is asked all the same. An entry holds for the password of its day.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import timedelta

import orjson

from core.crypto import CannotOpen, Sealer
from core.models import User
from saas_app.services.passwords import password_mark

LIFETIME = timedelta(days=365)
MOST_PEOPLE = 6  # that share one browser
BINDING = "cookie/known_devices/v1"


@dataclass(frozen=True, slots=True)
class KnownDevices:
    """Who has signed in with this browser: device id and mark of the password, by user."""

    entries: dict[str, tuple[str, str]]

    def device_of(self, user: User | None) -> str | None:
        """Return the id under which this browser is known to a user, if it is."""
        entry = self.entries.get(str(user.id)) if user is not None else None
        if user is None or entry is None or entry[1] != password_mark(user):
            return None
        return entry[0]

    def with_user(self, user: User) -> "KnownDevices":
        """Return the same browser, now known to the user; whoever came first is forgotten first."""
        device = self.device_of(user) or secrets.token_hex(8)
        others = [(key, value) for key, value in self.entries.items() if key != str(user.id)]
        entry = (str(user.id), (device, password_mark(user)))
        return KnownDevices(dict([*others, entry][-MOST_PEOPLE:]))


def read_devices(sealer: Sealer, cookie: str) -> KnownDevices:
    """Open the cookie; one that is not ours knows nobody."""
    try:
        sealed = base64.urlsafe_b64decode(cookie.encode() + b"==")
        entries = orjson.loads(sealer.open(sealed, bound_to=BINDING))
    except (CannotOpen, binascii.Error, ValueError):
        return KnownDevices({})
    return KnownDevices({key: (device, mark) for key, (device, mark) in entries.items()})


def write_devices(sealer: Sealer, devices: KnownDevices) -> str:
    """Return the cookie."""
    sealed = sealer.seal(orjson.dumps(devices.entries), bound_to=BINDING)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
