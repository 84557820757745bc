"""A user's own name, first steps and wishes about mail."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import personal_organization_of
from core.audit import record_own_act
from core.errors import Invalid
from core.models import User
from core.permissions import Origin
from core.sessions import SignedIn

LONGEST_NAME = 64
# What may be muted, and what it is called. Mail that keeps an account safe is always sent.
MUTABLE_MAIL: dict[str, str] = {
    "new_sign_in": "Sign-ins from a browser we have not seen before",
    "key_created": "New keys of servers and of your organizations",
    "export_ready": "An export is ready to download",
    "trial_ending": "A trial is about to end",
}


async def rename_user(
    session: AsyncSession, holder: SignedIn, *, name: str, origin: Origin, now: datetime
) -> str:
    """Change the user's name, and return it as it is kept.

    Raises:
        Invalid: it is empty or too long.
    """
    user = await session.get_one(User, holder.user_id)
    before, user.name = user.name, tidy_name(name, what="your name", field="name")
    if user.name != before:
        record_own_act(session, user.id, "account.renamed", now=now, origin=origin,
                       before=before, after=user.name)  # fmt: skip
    return user.name


async def finish_onboarding(
    session: AsyncSession,
    holder: SignedIn,
    *,
    name: str,
    organization_name: str,
    origin: Origin,
    now: datetime,
) -> None:
    """Take a newcomer's name and that of their organization; its address stays as it is.

    Raises:
        Invalid: one of them is empty or too long.
    """
    await rename_user(session, holder, name=name, origin=origin, now=now)
    personal = await personal_organization_of(session, holder.user_id)
    if personal is not None:
        personal.name = tidy_name(
            organization_name, what="the organization's name", field="organization_name"
        )
    await skip_onboarding(session, holder, now=now)


async def skip_onboarding(session: AsyncSession, holder: SignedIn, *, now: datetime) -> None:
    """Note that the newcomer was welcomed, so that it happens once."""
    user = await session.get_one(User, holder.user_id)
    user.onboarded_at = user.onboarded_at or now


async def choose_mail(session: AsyncSession, holder: SignedIn, wanted: Collection[str]) -> None:
    """Set which of the mail that may be muted the user gets.

    Raises:
        Invalid: a name among the wanted is none of that mail.
    """
    if not set(wanted) <= set(MUTABLE_MAIL):
        raise Invalid("One of these notifications does not exist.")
    user = await session.get_one(User, holder.user_id)
    user.muted_mail = sorted(set(MUTABLE_MAIL) - set(wanted))


async def wanted_mail(session: AsyncSession, holder: SignedIn) -> list[str]:
    """Return which of the mail that may be muted the user gets."""
    user = await session.get_one(User, holder.user_id)
    return [name for name in MUTABLE_MAIL if name not in user.muted_mail]


def tidy_name(text: str, *, what: str, field: str) -> str:
    """Return a name with single blanks.

    Raises:
        Invalid: it is empty or too long.
    """
    name = " ".join(text.split())
    if not name:
        raise Invalid(f"Enter {what}.", field=field)
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", field=field)
    return name
