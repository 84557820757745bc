"""What services ask of other companies; `saas_app.integrations` does it, `resources` picks who."""

from typing import Protocol


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
