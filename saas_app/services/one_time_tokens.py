"""Links that are mailed: each good once, for one purpose, for one address, for a while."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import DomainError
from core.models import OneTimeToken, User
from core.tokens import digest_of, new_token
from saas_app.services.accounts import locked_user

LINK_PREFIX = "tkl_"


class LinkPurpose(StrEnum):
    """What a link is for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose
    CHANGE_EMAIL_OLD = "change_email_old"
    CHANGE_EMAIL_NEW = "change_email_new"


LINK_LIFETIMES = {
    LinkPurpose.VERIFY_EMAIL: timedelta(days=14),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.CHANGE_EMAIL_OLD: timedelta(days=1),
    LinkPurpose.CHANGE_EMAIL_NEW: timedelta(days=1),
}


class LinkOver(DomainError):
    """The link was used, is too old, or a change since has ended it; which one is not told."""

    code = "link_over"
    status = 410


async def issue(
    session: AsyncSession, user_id: UUID, purpose: LinkPurpose, *, email: str, now: datetime
) -> str:
    """Return a new token; older ones of the purpose stay good until one of them is used."""
    token = new_token(LINK_PREFIX)
    session.add(
        OneTimeToken(
            user_id=user_id,
            purpose=purpose,
            email=email,
            token_digest=digest_of(token),
            created_at=now,
            expires_at=now + LINK_LIFETIMES[purpose],
        )
    )
    return token


async def look(
    session: AsyncSession, token: str, *purposes: LinkPurpose, now: datetime
) -> OneTimeToken:
    """Return what a link is for, without using it: pages are also opened by mail scanners.

    Raises:
        LinkOver: it is good for none of these purposes.
    """
    good = select(OneTimeToken).where(
        OneTimeToken.token_digest == digest_of(token),
        col(OneTimeToken.purpose).in_(purposes),
        col(OneTimeToken.used_at).is_(None),
        OneTimeToken.expires_at > now,
    )
    found = (await session.exec(good)).first()
    if found is None:
        raise _over()
    return found


async def take(
    session: AsyncSession, token: str, *purposes: LinkPurpose, now: datetime
) -> tuple[OneTimeToken, User]:
    """Use a link, and lock its user; of two uses at once, one gets it.

    Raises:
        LinkOver: it is good for none of these purposes any more.
    """
    link = await look(session, token, *purposes, now=now)
    user = await locked_user(session, link.user_id)
    taken = (
        update(OneTimeToken)
        .where(
            col(OneTimeToken.id) == link.id,
            col(OneTimeToken.used_at).is_(None),
            col(OneTimeToken.expires_at) > now,
        )
        .values(used_at=now)
    )
    if (await session.exec(taken)).rowcount == 0:
        raise _over()
    return link, user


async def revoke(
    session: AsyncSession, user_id: UUID, *purposes: LinkPurpose, now: datetime
) -> None:
    """End all links of a user for some purposes: what they were issued for has changed."""
    ended = (
        update(OneTimeToken)
        .where(
            col(OneTimeToken.user_id) == user_id,
            col(OneTimeToken.purpose).in_(purposes),
            col(OneTimeToken.used_at).is_(None),
        )
        .values(used_at=now)
    )
    await session.exec(ended)


def _over() -> LinkOver:
    return LinkOver("This link was used already or is too old.")
