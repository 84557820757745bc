"""The second step of signing in: a code of the app, a backup code, or a passkey."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.database import Database
from core.sessions import Browser
from saas_app.services.factors.backup_codes import bare, code_row, codes_left, spend_code
from saas_app.services.factors.news import Change, note_change
from saas_app.services.factors.passkeys import passkeys_of
from saas_app.services.factors.totp import has_totp, looks_like_totp, spend_totp
from saas_app.services.factors.tries import FACTOR_TRIES, WrongCode
from saas_app.services.letters import Letters
from saas_app.services.limits import Limiter
from saas_app.services.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Checker:
    """What checking a code takes; hashing is slow, so no transaction is open meanwhile."""

    database: Database
    letters: Letters
    passwords: Passwords
    limiter: Limiter

    async def check_app_code(self, user_id: UUID, code: str, *, now: datetime) -> None:
        """Use up a code of the user's app.

        Raises:
            TooOften: ten tries in 15 minutes, whatever the factor.
            WrongCode: it is wrong or was used.
        """
        if not looks_like_totp(code):
            raise WrongCode("Enter the six digits that your app shows.")
        await self.limiter.spend(FACTOR_TRIES, str(user_id), now=now, field="code")
        async with self.database.write() as session:
            is_right = await spend_totp(session, self.letters.sealer, user_id, code, now=now)
        if not is_right:
            raise WrongCode
        await self.limiter.forgive(FACTOR_TRIES, str(user_id))

    async def check_backup_code(
        self, user_id: UUID, code: str, *, browser: Browser, now: datetime
    ) -> None:
        """Use up a backup code, and tell its owner.

        Raises:
            TooOften: ten tries in 15 minutes, whatever the factor.
            WrongCode: it is wrong or was used.
        """
        await self.limiter.spend(FACTOR_TRIES, str(user_id), now=now, field="code")
        async with self.database.read() as session:
            found = await code_row(session, user_id, code)
        is_right = await self.passwords.verify(bare(code), found[1] if found else None)
        if not is_right or found is None:
            raise WrongCode("That backup code is not right, or was used before.")
        async with self.database.write() as session:
            if not await spend_code(session, found[0], now=now):
                raise WrongCode("That backup code was used before.")
            left = str(await codes_left(session, user_id))
            await note_change(
                session, self.letters, user_id, Change.CODE_USED, origin=browser.origin, now=now,
                left=left,
            )  # fmt: skip
        await self.limiter.forgive(FACTOR_TRIES, str(user_id))


@dataclass(frozen=True, slots=True)
class Choices:
    """By what a user can take the second step."""

    app: bool
    backup_codes: bool
    passkey: bool


async def choices_of(session: AsyncSession, user_id: UUID) -> Choices:
    """Return the ways that are open to a user."""
    return Choices(
        app=await has_totp(session, user_id),
        backup_codes=await codes_left(session, user_id) > 0,
        passkey=bool(await passkeys_of(session, user_id)),
    )
