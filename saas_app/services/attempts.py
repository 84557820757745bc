"""How often a door may be tried: by the account that is tried, and by where the tries come from.

An account takes ten guesses in fifteen minutes from all addresses together. A browser that has
signed in before has ten of its own, so nobody can lock the owner out by guessing; a right password
forgives the wrong ones before it. Addresses are counted one by one and as networks, IPv6 by /64
and /48, since one machine has that many.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from core.crypto import Sealer
from core.database import Database
from core.errors import DomainError
from core.logs import log
from core.models import User
from saas_app.services.accounts import normalized_email, user_with_email
from saas_app.services.known_devices import read_devices
from saas_app.services.limits import Limit, Limiter, TooOften
from saas_app.services.password_rules import LONGEST_PASSWORD
from saas_app.services.passwords import Passwords
from saas_app.services.ports import HumanCheck

ACCOUNT_GUESSES = Limit("guess.account", 10, timedelta(minutes=15))
DEVICE_GUESSES = Limit("guess.device", 10, timedelta(minutes=15))
LETTERS = Limit("letter", 5, timedelta(hours=1))  # of one kind to one address
COOLDOWN = Limit("letter.cooldown", 1, timedelta(seconds=60))


@dataclass(frozen=True, slots=True)
class Door:
    """A door that guesses or mails, and how often it opens for one address and one network."""

    name: str
    address: int
    network: int
    window: timedelta


SIGN_IN = Door("sign_in", 30, 100, timedelta(minutes=10))
SIGN_UP = Door("sign_up", 15, 60, timedelta(hours=1))
FORGOT = Door("forgot_password", 15, 60, timedelta(hours=1))
RESEND = Door("resend", 15, 60, timedelta(hours=1))
RESET = Door("reset_password", 30, 100, timedelta(hours=1))
VERIFY = Door("verify_email", 30, 100, timedelta(minutes=10))
CONTACT = Door("contact", 5, 20, timedelta(hours=1))
CHANGE_EMAIL = Door("change_email", 15, 60, timedelta(hours=1))


class NotHuman(DomainError):
    """The widget's answer is missing, used, or wrong."""

    code = "not_human"
    status = 403


class WrongCredentials(DomainError):
    """The address or the password is wrong; which one is not told."""

    code = "wrong_credentials"
    status = 401


class Doors:
    """Stands in front of every door."""

    def __init__(self, limiter: Limiter, humans: HumanCheck) -> None:
        self._limiter, self._humans = limiter, humans

    async def knock(self, door: Door, address: str, *, now: datetime, human: str | None) -> None:
        """Count a try from an address, then ask whether a person makes it.

        Args:
            door: which one.
            address: the caller's.
            now: the moment.
            human: the answer of the page's widget; None at doors without one.

        Raises:
            TooOften: there were too many from there.
            NotHuman: it is a program, or the answer is missing.
            UpstreamUnavailable: that cannot be found out now.
        """
        one, network = places_of(address)
        if network:
            near = Limit(f"{door.name}.address", door.address, door.window)
            far = Limit(f"{door.name}.network", door.network, door.window)
            # In this order: one address that is refused keeps nobody else of its network out.
            await self._limiter.spend(near, one, now=now)
            await self._limiter.spend(far, network, now=now)
        if human is not None and not await self._humans.is_human(human, address=address):
            raise NotHuman("Confirm that you are a person, then send the form again.")

    async def spend_letter(self, kind: str, email: str, *, now: datetime) -> None:
        """Count a letter of a kind to an address, whether or not anybody has it.

        Raises:
            TooOften: the last was a moment ago, or there were too many.
        """
        await self._limiter.spend(COOLDOWN, f"{kind}\n{email}", now=now)
        await self._limiter.spend(LETTERS, f"{kind}\n{email}", now=now)

    async def is_letter_due(self, kind: str, email: str, *, now: datetime) -> bool:
        """Count a letter like `spend_letter`; where it would be too many, none is due."""
        try:
            await self.spend_letter(kind, email, now=now)
        except TooOften:
            return False
        return True


class PasswordDoor:
    """Checks passwords: counts first, hashes once, and takes as long for unknown addresses."""

    def __init__(
        self, database: Database, passwords: Passwords, limiter: Limiter, sealer: Sealer
    ) -> None:
        self._database, self._passwords = database, passwords
        self._limiter, self._sealer = limiter, sealer

    async def check(
        self, email: str, password: str, *, devices: str, now: datetime, field: str = "password"
    ) -> User:
        """Return whose address and password these are.

        Opens its own short transactions, since hashing is slow and none may be held meanwhile.

        Args:
            email: as typed.
            password: as typed.
            devices: the cookie of `known_devices`.
            now: the moment.
            field: where a refusal is shown.

        Raises:
            TooOften: the account's guesses are used up.
            WrongCredentials: the pair is wrong.
        """
        email = normalized_email(email)
        async with self._database.read() as session:
            user = await user_with_email(session, email)
        device = read_devices(self._sealer, devices).device_of(user)
        limit = ACCOUNT_GUESSES if device is None else DEVICE_GUESSES
        subject = email if device is None else f"{email}\n{device}"
        await self._limiter.spend(limit, subject, now=now, field=field)
        encoded = user.password_hash if user is not None else None
        is_right = await self._passwords.verify(password[: LONGEST_PASSWORD + 1], encoded)
        if user is None or not is_right:
            log.info("password.refused")
            raise WrongCredentials("That address and password do not match.", field=field)
        await self._limiter.forgive(limit, subject)
        return user

    async def check_own(
        self, user: User, password: str, *, devices: str, now: datetime, field: str = "password"
    ) -> None:
        """Check the password of somebody who is known already.

        Raises:
            TooOften: the account's guesses are used up.
            WrongCredentials: it is wrong.
        """
        try:
            await self.check(user.email, password, devices=devices, now=now, field=field)
        except WrongCredentials:
            raise WrongCredentials("That is not your password.", field=field) from None

    async def forgive(self, email: str) -> None:
        """Forget the wrong guesses at an account, whose owner has just set a new password."""
        await self._limiter.forgive(ACCOUNT_GUESSES, normalized_email(email))


def place_of(address: str) -> str:
    """Return an address as it is counted where no network is: IPv6 by /64."""
    return places_of(address)[0] or address


def places_of(address: str) -> tuple[str, str]:
    """Return an address and its network as they are counted; nothing for this machine's own."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address, address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return "", ""
    near, far = (32, 24) if isinstance(found, IPv4Address) else (64, 48)
    one = ip_network((found, near), strict=False)
    return str(one), str(ip_network((found, far), strict=False))
