"""Accounts: people, and the organization that each of them starts with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import Conflict, Invalid
from core.ids import random_slug_suffix, slugify
from core.logs import log
from core.models import AuditEntry, Membership, Organization, User
from core.permissions import Role
from saas_app.services.profile import tidy_name
from saas_app.services.slugs import RESERVED_SLUGS


class EmailTaken(Conflict):
    """Somebody has signed up with that address."""

    code = "email_taken"


@dataclass(frozen=True, slots=True)
class SignUpForm:
    """What a newcomer typed; `services/password_rules.py` judges the password."""

    name: str
    email: str
    password: str

    @classmethod
    def parse(cls, fields: dict[str, object]) -> "SignUpForm":
        """Read a form.

        Raises:
            Invalid: on the first field that cannot be accepted.
        """
        return cls(
            name=_parse_name(_text(fields, "name")),
            email=parse_email(_text(fields, "email")),
            password=_text(fields, "password"),
        )


def parse_email(text: str) -> str:
    """Return an address in its standard form.

    Raises:
        Invalid: it is not one.
    """
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        message = "Enter your e-mail address." if not text.strip() else "That is no e-mail address."
        raise Invalid(message, field="email") from None


def normalized_email(text: str) -> str:
    """Return an address as accounts are told apart by it; what is none stays as it was typed."""
    try:
        return parse_email(text).casefold()
    except Invalid:
        return text.strip().casefold()


async def user_with_email(session: AsyncSession, email: str) -> User | None:
    """Return who has an address, however it is spelled."""
    mine = select(User).where(User.email_normalized == normalized_email(email))
    return (await session.exec(mine)).first()


async def locked_user(session: AsyncSession, user_id: UUID) -> User:
    """Return a user as they are now, and keep others from changing them meanwhile.

    Whoever changes how somebody signs in locks the user first and links, sessions and factors
    after, so that no two of them wait for each other.
    """
    mine = select(User).where(User.id == user_id).with_for_update()
    return (await session.exec(mine, execution_options={"populate_existing": True})).one()


async def create_account(
    session: AsyncSession,
    form: SignUpForm,
    *,
    password_hash: str | None,
    now: datetime,
    is_verified: bool = False,
) -> User:
    """Write a user and a personal organization of the same name, owned by the user.

    Args:
        session: a write transaction.
        form: name and address; its password is not looked at.
        password_hash: None for one who signs in by other means.
        now: the moment.
        is_verified: whether the address is known to be theirs.

    Raises:
        EmailTaken: another sign-up with the address was faster.
    """
    user = User(
        email=form.email,
        email_normalized=normalized_email(form.email),
        name=form.name,
        password_hash=password_hash,
        email_verified_at=now if is_verified else None,
        created_at=now,
    )
    try:
        async with session.begin_nested():  # whose end flushes: two sign-ups at once meet here
            session.add(user)
    except IntegrityError:
        raise EmailTaken("There is an account with that address.", field="email") from None
    organization = await _personal_organization(session, form.name, now=now)
    session.add(
        Membership(
            organization_id=organization.id, user_id=user.id, role=Role.OWNER, created_at=now
        )
    )
    session.add(
        AuditEntry(
            organization_id=organization.id,
            user_id=user.id,
            action="account.created",
            subject=str(user.id),
            created_at=now,
        )
    )
    log.info("account.created", user_id=str(user.id))
    return user


async def _personal_organization(
    session: AsyncSession, name: str, *, now: datetime
) -> Organization:
    slug = slugify(name, fallback="team")
    taken = select(Organization.id).where(Organization.slug == slug)
    if slug in RESERVED_SLUGS or (await session.exec(taken)).first() is not None:
        slug = f"{slug}-{random_slug_suffix()}"
    try:
        async with session.begin_nested():  # two of the same name may come at once
            organization = Organization(slug=slug, name=name, is_personal=True, created_at=now)
            session.add(organization)
    except IntegrityError:
        slug = f"{slug[:40]}-{random_slug_suffix()}"
        organization = Organization(slug=slug, name=name, is_personal=True, created_at=now)
        session.add(organization)
        await session.flush()  # the membership refers to it
    return organization


def _parse_name(text: str) -> str:
    name = tidy_name(text)
    if "://" in name or name.casefold().startswith("www."):
        # It stands in letters to addresses that nobody has confirmed yet.
        raise Invalid("That is an address. Enter your name.", field="name")
    return name


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
