"""An authenticator app: six digits that change every 30 seconds (RFC 6238)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pyotp import random_base32
from pyotp.exceptions import OTPVerificationError
from pyotp.totp import TOTP
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import Sealer
from core.errors import Conflict
from core.models import TotpFactor
from core.permissions import Origin, require_fresh
from saas_app.services.accounts import locked_user
from saas_app.services.factors.hold import forget_leftovers
from saas_app.services.factors.news import Change, note_change
from saas_app.services.factors.tries import WrongCode
from saas_app.services.letters import Letters

ISSUER = "Toolkiln"
WINDOW = 1  # one step of 30 seconds to either side, for clocks that differ
DIGITS = 6


class AppIsOn(Conflict):
    """The authenticator app was set up already."""

    code = "totp_is_on"


@dataclass(frozen=True, slots=True)
class TotpSetUp:
    """What an authenticator app needs, at the one moment when it can be read."""

    secret: str
    address: str


async def begin_totp(
    session: AsyncSession, sealer: Sealer, user_id: UUID, *, origin: Origin, now: datetime
) -> TotpSetUp:
    """Make a secret that waits for its first code; an earlier one that waits is replaced.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        AppIsOn: there is one in use.
    """
    require_fresh(origin)
    user = await locked_user(session, user_id)
    if await _confirmed(session, user_id) is not None:
        raise AppIsOn("An authenticator app is set up already. Turn it off first to change it.")
    await session.exec(delete(TotpFactor).where(col(TotpFactor.user_id) == user_id))
    secret = random_base32()
    row = TotpFactor(user_id=user_id, sealed_secret=b"", created_at=now)
    row.sealed_secret = sealer.seal(secret.encode(), bound_to=row.seal_binding)
    session.add(row)
    address = TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return TotpSetUp(secret, address)


async def confirm_totp(
    session: AsyncSession,
    letters: Letters,
    user_id: UUID,
    code: str,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Turn the app on by its first code.

    The caller has spent a try of `FACTOR_TRIES` before, and gives the person backup codes after.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        Conflict: nothing waits for a code.
        WrongCode: it is not the app's code.
    """
    require_fresh(origin)
    await locked_user(session, user_id)
    row = await _row_of(session, user_id)
    if row is None or row.confirmed_at is not None:
        raise Conflict("Set the app up first: begin again.")
    timecode = _timecode(letters.sealer, row, code, now)
    if timecode is None:
        raise WrongCode
    row.confirmed_at, row.last_timecode = now, timecode
    await note_change(session, letters, user_id, Change.TOTP_ON, origin=origin, now=now)


async def turn_totp_off(
    session: AsyncSession, letters: Letters, user_id: UUID, *, origin: Origin, now: datetime
) -> None:
    """Forget the app; with the last second factor, backup codes and trusted devices go too.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        Conflict: there is none.
    """
    require_fresh(origin)
    await locked_user(session, user_id)
    if await _confirmed(session, user_id) is None:
        raise Conflict("No authenticator app is set up.")
    await forget_totp(session, user_id)
    await forget_leftovers(session, user_id)
    await note_change(session, letters, user_id, Change.TOTP_OFF, origin=origin, now=now)


async def forget_totp(session: AsyncSession, user_id: UUID) -> None:
    """Delete the app; the caller records why."""
    await session.exec(delete(TotpFactor).where(col(TotpFactor.user_id) == user_id))


async def has_totp(session: AsyncSession, user_id: UUID) -> bool:
    """Whether an authenticator app is in use, so that signing in takes a second step."""
    return await _confirmed(session, user_id) is not None


async def totp_since(session: AsyncSession, user_id: UUID) -> datetime | None:
    """Return since when the app is in use, if it is."""
    row = await _confirmed(session, user_id)
    return row.confirmed_at if row is not None else None


async def spend_totp(
    session: AsyncSession, sealer: Sealer, user_id: UUID, code: str, *, now: datetime
) -> bool:
    """Whether the code is right and new; a right one is used up.

    Two uses at once, and a use of an older code after a newer one, fail: only one of them moves the
    last timecode (RFC 6238 section 5.2, ASVS 6.5.1).
    """
    row = await _confirmed(session, user_id)
    timecode = _timecode(sealer, row, code, now) if row is not None else None
    if row is None or timecode is None:
        return False
    used = (
        update(TotpFactor)
        .where(col(TotpFactor.id) == row.id, col(TotpFactor.last_timecode) < timecode)
        .values(last_timecode=timecode)
    )
    return (await session.exec(used)).rowcount == 1


def looks_like_totp(code: str) -> bool:
    """Whether a text has the form of an app's code, spaces aside."""
    digits = "".join(code.split())
    return len(digits) == DIGITS and digits.isascii() and digits.isdigit()


def _timecode(sealer: Sealer, row: TotpFactor, code: str, now: datetime) -> int | None:
    """Return the 30-second step that a code belongs to, or None when it is wrong."""
    if not looks_like_totp(code):
        return None
    secret = sealer.open(row.sealed_secret, bound_to=row.seal_binding).decode()
    try:
        return TOTP(secret).verify_and_get_timecode(
            "".join(code.split()), for_time=now, valid_window=WINDOW
        )
    except OTPVerificationError:
        return None


async def _row_of(session: AsyncSession, user_id: UUID) -> TotpFactor | None:
    mine = select(TotpFactor).where(TotpFactor.user_id == user_id)
    return (await session.exec(mine)).first()


async def _confirmed(session: AsyncSession, user_id: UUID) -> TotpFactor | None:
    row = await _row_of(session, user_id)
    return row if row is not None and row.confirmed_at is not None else None
