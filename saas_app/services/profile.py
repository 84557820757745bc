"""A user's own name, first steps and wishes about mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import actor_for, personal_organization_of
from core.audit import record_own_act
from core.errors import Invalid
from core.models import User
from core.permissions import Origin
from core.sessions import SignedIn
from saas_app.services.organizations import rename_organization

LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class MutableMail:
    """A kind of mail that a person may switch off: its title, and when it comes."""

    title: str
    about: str


# By the names of the templates that `mail/catalog.py` calls mutable; `want_mail` says why these.
MUTABLE_MAIL: Mapping[str, MutableMail] = {
    "export_ready": MutableMail(
        "Copies of your data", "When one that you asked for is ready to be downloaded."
    ),
}


async def rename_user(
    session: AsyncSession, holder: SignedIn, *, name: str, origin: Origin, now: datetime
) -> str:
    """Change the user's name, and return it as it is kept.

    Raises:
        Invalid: it is empty or too long.
    """
    user = await session.get_one(User, holder.user_id)
    before, user.name = user.name, tidy_name(name)
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
        actor = await actor_for(session, holder.user_id, personal.slug, origin=origin)
        try:
            await rename_organization(session, actor, name=organization_name, now=now)
        except Invalid as refusal:
            raise Invalid(refusal.message, field="organization_name") from None
    await skip_onboarding(session, holder, now=now)


async def skip_onboarding(session: AsyncSession, holder: SignedIn, *, now: datetime) -> None:
    """Note that the newcomer was welcomed, so that it happens once."""
    user = await session.get_one(User, holder.user_id)
    user.onboarded_at = user.onboarded_at or now


async def want_mail(session: AsyncSession, holder: SignedIn, name: str, *, is_wanted: bool) -> None:
    """Switch a kind of mail on or off for the user.

    Only what is a mere convenience can be switched off. Mail about sign-ins, ways in, keys and
    deletions cannot: whoever gets into an account would silence it first. Nor can mail about money.

    Raises:
        Invalid: there is no such mail, or it is always sent.
    """
    if name not in MUTABLE_MAIL:
        raise Invalid("That mail cannot be switched off.")
    user = await session.get_one(User, holder.user_id)
    others = set(user.muted_mail) & set(MUTABLE_MAIL) - {name}
    user.muted_mail = sorted(others if is_wanted else others | {name})


async def mail_choices(session: AsyncSession, holder: SignedIn) -> dict[str, bool]:
    """Return whether the user gets each kind of mail that may be switched off."""
    user = await session.get_one(User, holder.user_id)
    return {name: name not in user.muted_mail for name in MUTABLE_MAIL}


def tidy_name(text: str) -> str:
    """Return a person's name with single blanks.

    Raises:
        Invalid: it is empty or too long.
    """
    name = " ".join(text.split())
    if not name:
        raise Invalid("Enter your name.", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", field="name")
    return name
