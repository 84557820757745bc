"""Backup codes: ten of them, shown once, each good once, for the day the second factor is lost.

A code is twelve characters. The first four find its row; the whole is hashed slowly, since the 40
random bits behind them would fall to a fast digest (ASVS 6.5.2).
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import Conflict
from core.models import BackupCode
from core.permissions import Origin, require_fresh
from saas_app.services.accounts import locked_user
from saas_app.services.factors.news import Change, note_change
from saas_app.services.letters import Letters
from saas_app.services.passwords import Passwords
from saas_app.services.signing_in import has_second_factor

COUNT = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is read as another character
SELECTOR_LENGTH, SECRET_LENGTH = 4, 8
LENGTH = SELECTOR_LENGTH + SECRET_LENGTH


@dataclass(frozen=True, slots=True)
class NewCodes:
    """Codes that are not stored yet: as people read them, and as pairs of selector and hash."""

    texts: tuple[str, ...]
    hashed: tuple[tuple[str, str], ...]


async def make_codes(passwords: Passwords) -> NewCodes:
    """Make a set of codes; hashing takes a moment, so no transaction is open meanwhile."""
    selectors: set[str] = set()
    while len(selectors) < COUNT:
        selectors.add(_random(SELECTOR_LENGTH))
    codes = [selector + _random(SECRET_LENGTH) for selector in sorted(selectors)]
    hashes = await asyncio.gather(*[passwords.hash(code) for code in codes])
    return NewCodes(
        texts=tuple(_in_groups(code) for code in codes),
        hashed=tuple(zip((code[:SELECTOR_LENGTH] for code in codes), hashes, strict=True)),
    )


async def keep_codes(
    session: AsyncSession,
    letters: Letters,
    user_id: UUID,
    codes: NewCodes,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Store a set in place of the one before, whose codes are good no more.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        Conflict: there is no second factor that they could stand in for.
    """
    require_fresh(origin)
    await locked_user(session, user_id)
    if not await has_second_factor(session, user_id):
        raise Conflict("Set up an authenticator app or a passkey first; the codes come with it.")
    await session.exec(delete(BackupCode).where(col(BackupCode.user_id) == user_id))
    session.add_all(
        BackupCode(user_id=user_id, selector=selector, code_hash=hashed, created_at=now)
        for selector, hashed in codes.hashed
    )
    await note_change(session, letters, user_id, Change.CODES_MADE, origin=origin, now=now)


async def codes_left(session: AsyncSession, user_id: UUID) -> int:
    """Return how many codes are still good."""
    left = select(func.count()).where(
        col(BackupCode.user_id) == user_id, col(BackupCode.used_at).is_(None)
    )
    return (await session.exec(left)).one()


async def code_row(session: AsyncSession, user_id: UUID, typed: str) -> tuple[UUID, str] | None:
    """Return the id and the hash of the unused code that starts as what was typed."""
    mine = select(BackupCode.id, BackupCode.code_hash).where(
        BackupCode.user_id == user_id,
        BackupCode.selector == bare(typed)[:SELECTOR_LENGTH],
        col(BackupCode.used_at).is_(None),
    )
    found = (await session.exec(mine)).first()
    return (found[0], found[1]) if found is not None else None


async def spend_code(session: AsyncSession, code_id: UUID, *, now: datetime) -> bool:
    """Use a code up; of two who try at once, one does."""
    used = (
        update(BackupCode)
        .where(col(BackupCode.id) == code_id, col(BackupCode.used_at).is_(None))
        .values(used_at=now)
    )
    return (await session.exec(used)).rowcount == 1


def bare(typed: str) -> str:
    """Return a code as it is hashed: lower case, without what people put between groups."""
    return "".join(filter(str.isalnum, typed[:80].lower()))[: LENGTH + 1]


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _in_groups(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))
