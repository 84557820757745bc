"""Which passwords are good enough, and how good one is while it is typed.

Length counts, kinds of characters do not (ASVS 6.2.5). What is easy to guess is refused: zxcvbn
knows some 30,000 common passwords, with names, dates and patterns, and scores them 0 or 1, which
covers the 3,000 that ASVS 6.2.4 asks for. Passwords from breaches are refused where that is on.
"""

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from zxcvbn_rs_py import zxcvbn

from core.errors import Invalid
from saas_app.services.ports import BreachedPasswords

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
WEIGHED_CHARACTERS = 48  # zxcvbn holds the GIL: up to 0.2 s seen here, 1.4 s for 128
WEAKEST_SCORE = 2  # of 0 to 4
WORDS = ("Very weak", "Weak", "Fair", "Good", "Strong")
SUGGESTION = "Add a word or two that have nothing to do with the others."
SUGGESTIONS = {
    "ThisIsATop10Password": "This is one of the ten most used passwords.",
    "ThisIsATop100Password": "This is one of the hundred most used passwords.",
    "ThisIsACommonPassword": "Many people use this password, so it is tried first.",
    "ThisIsSimilarToACommonlyUsedPassword": "It is close to a password that many people use.",
    "StraightRowsOfKeysAreEasyToGuess": "Rows of keys are easy to guess. Use words.",
    "ShortKeyboardPatternsAreEasyToGuess": "Patterns of keys are easy to guess. Use words.",
    "RepeatsLikeAaaAreEasyToGuess": "Repeated characters add little. Use different words.",
    "RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess": "Repeating adds little. Add another word.",
    "SequencesLikeAbcAreEasyToGuess": "Sequences are easy to guess. Use words.",
    "RecentYearsAreEasyToGuess": "Years are easy to guess. Add a word or two.",
    "DatesAreOftenEasyToGuess": "Dates are easy to guess. Add a word or two.",
    "AWordByItselfIsEasyToGuess": "One word alone is easy to guess. Add two more.",
    "NamesAndSurnamesByThemselvesAreEasyToGuess": "Names are easy to guess. Add other words.",
    "CommonNamesAndSurnamesAreEasyToGuess": "Names are easy to guess. Add other words.",
}


@dataclass(frozen=True, slots=True)
class Strength:
    """How good a password is: 0 to 4, in a word, and what would help."""

    score: int
    word: str
    suggestion: str


async def weigh(password: str, *, about: Collection[str] = ()) -> Strength:
    """Say how hard a password is to guess.

    Args:
        password: as typed; its start alone is looked at, and more could only make it better.
        about: what an attacker knows of its owner: name, address.
    """
    if not password:
        return Strength(0, "", "")
    return await asyncio.to_thread(_weigh, password[:WEIGHED_CHARACTERS], list(about))


async def require_good(
    password: str, breached: BreachedPasswords, *, about: Collection[str], field: str = "password"
) -> None:
    """Refuse a password that is too short, too long, or easy to guess.

    Raises:
        Invalid: it is; the message says what would help.
    """
    if len(password) < SHORTEST_PASSWORD:
        message = f"A password has at least {SHORTEST_PASSWORD} characters; a few words are good."
        raise Invalid(message, field=field)
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(f"A password has at most {LONGEST_PASSWORD} characters.", field=field)
    strength = await weigh(password, about=about)
    if strength.score < WEAKEST_SCORE:
        raise Invalid(f"That is easy to guess. {strength.suggestion}", field=field)
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    if digest[5:] in await breached.suffixes(digest[:5]):
        message = "That password is in a list of stolen ones. Choose one that you use nowhere else."
        raise Invalid(message, field=field)


def _weigh(password: str, about: list[str]) -> Strength:
    parts = [part for text in about for part in (text, *text.replace("@", " ").split())]
    found = zxcvbn(password, [*(part[:WEIGHED_CHARACTERS] for part in parts), "toolkiln"])
    score = int(found.score)
    if len(password) < SHORTEST_PASSWORD:
        missing = SHORTEST_PASSWORD - len(password)
        unit = "character" if missing == 1 else "characters"
        return Strength(min(score, 1), WORDS[min(score, 1)], f"{missing} more {unit} at least.")
    warning = found.feedback.warning if found.feedback is not None else None
    suggestion = SUGGESTIONS.get(repr(warning).rpartition(".")[2], SUGGESTION)
    return Strength(score, WORDS[score], suggestion if score < len(WORDS) - 1 else "")
