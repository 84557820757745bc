"""What services ask of other companies; `saas_app.integrations` does it, `resources` picks who."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.errors import DomainError, UpstreamUnavailable


@dataclass(frozen=True, slots=True)
class Message:
    """A written message to one address."""

    to: str
    subject: str
    html: str
    text: str
    reply_to: str = ""


class MailRefused(DomainError):
    """The provider will never take the message; trying again is of no use."""

    code = "mail_refused"


class MailUnavailable(UpstreamUnavailable):
    """The provider did not take the message.

    Args:
        wait_seconds: how long it asks to wait before the next try.
    """

    def __init__(self, message: str, *, can_retry: bool, wait_seconds: float = 0) -> None:
        super().__init__(message, can_retry=can_retry)
        self.wait_seconds = wait_seconds


class Mailer(Protocol):
    """Hands messages over."""

    @property
    def name(self) -> str:
        """Who it is, as kept with each message."""
        ...

    async def send(self, message: Message, *, idempotency_key: str) -> str:
        """Hand a message over and return its id there.

        The same key again gives the same message, where the provider can tell.

        Raises:
            MailUnavailable: not now, or not until something is changed at the provider.
            MailRefused: never.
        """
        ...


class HumanCheck(Protocol):
    """Tells people from programs at the doors that guess or mail."""

    async def is_human(self, answer: str, *, address: str) -> bool:
        """Whether the answer of the page's widget is good; it is good once.

        Raises:
            UpstreamUnavailable: the check itself does not answer.
        """
        ...


class BreachedPasswords(Protocol):
    """Knows passwords from breaches, by the start of their SHA-1 alone."""

    async def suffixes(self, prefix: str) -> frozenset[str]:
        """Return the rests of all known SHA-1s with this start (5 characters of hex, upper case).

        Nothing when it cannot be reached: a sign-up must not hang on it.
        """
        ...


class Person(Protocol):
    """Whom an identity provider vouches for; known by issuer and subject, never by address."""

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def is_email_verified(self) -> bool: ...
    @property
    def name(self) -> str: ...
    @property
    def authenticated_at(self) -> datetime | None: ...


class IdentityProvider(Protocol):
    """Signs people in with an account elsewhere."""

    @property
    def name(self) -> str:
        """What buttons call it."""
        ...

    @property
    def issuer(self) -> str:
        """By which its subjects are told from others'."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether it is the stand-in of development."""
        ...

    async def address(
        self,
        *,
        state: str,
        nonce: str,
        challenge: str,
        now: datetime,
        oldest_proof: timedelta | None = None,
    ) -> str:
        """Return where to send the browser.

        With `oldest_proof` the provider is asked to let the person prove who they are, unless they
        did within that time, and to say when; whether it does, `authenticated_at` tells.

        Raises:
            UpstreamUnavailable: the provider does not say where that is.
        """
        ...

    async def identify(self, *, code: str, verifier: str, nonce: str, now: datetime) -> Person:
        """Return whom the provider's code stands for.

        Raises:
            DomainError: the code is not taken, or what came back does not hold.
            UpstreamUnavailable: the provider does not answer.
        """
        ...
