"""Signing up and in: people, their sessions and the organization each of them starts with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.database import Database
from core.errors import Conflict, DomainError, Invalid
from core.ids import random_slug_suffix, slugify
from core.logs import log
from core.models import AuditEntry, Membership, Organization, User
from core.permissions import Origin, Role
from core.sessions import Browser, start_session
from saas_app.services.passwords import Passwords
from saas_app.services.slugs import RESERVED_SLUGS

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
LONGEST_NAME = 64


class EmailTaken(Conflict):
    """Somebody has signed up with that address."""

    code = "email_taken"


class WrongCredentials(DomainError):
    """The address or the password is wrong; which one is not told."""

    code = "wrong_credentials"
    status = 401


@dataclass(frozen=True, slots=True)
class SignUpForm:
    """What a newcomer typed, checked field by field."""

    name: str
    email: str
    password: str

    @classmethod
    def parse(cls, fields: dict[str, object]) -> "SignUpForm":
        """Read a form.

        Raises:
            Invalid: on the first field that cannot be accepted.
        """
        email = parse_email(_text(fields, "email"))
        return cls(
            name=_parse_name(_text(fields, "name")),
            email=email,
            password=_parse_password(_text(fields, "password"), email),
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


async def require_free_email(session: AsyncSession, email: str) -> None:
    """Refuse an address that has an account.

    Raises:
        EmailTaken: it has one.
    """
    if await _user_of(session, email) is not None:
        raise EmailTaken("There is an account with that address. Sign in instead.", field="email")


async def create_account(
    session: AsyncSession, form: SignUpForm, *, password_hash: str, now: datetime
) -> User:
    """Write a user and a personal organization of the same name, owned by the user.

    Raises:
        EmailTaken: another sign-up with the address was faster.
    """
    user = User(
        email=form.email,
        email_normalized=form.email.casefold(),
        name=form.name,
        password_hash=password_hash,
        created_at=now,
    )
    session.add(user)
    try:
        await session.flush()  # the unique address decides between two sign-ups at once
    except IntegrityError:
        raise EmailTaken(
            "There is an account with that address. Sign in instead.", field="email"
        ) from None
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


async def authenticate(
    database: Database, passwords: Passwords, *, email: str, password: str
) -> UUID:
    """Return whose address and password these are; unknown addresses take as long.

    Opens its own short transaction, since hashing is slow and none may be held meanwhile.

    Raises:
        WrongCredentials: the pair is wrong.
    """
    async with database.read() as session:
        user = await _user_of(session, email)
    encoded = user.password_hash if user is not None else None
    is_right = await passwords.verify(password[: LONGEST_PASSWORD + 1], encoded)
    if user is None or not is_right:
        log.info("sign_in.refused")
        raise WrongCredentials("That address and password do not match.", field="password")
    return user.id


async def sign_in(
    session: AsyncSession,
    user_id: UUID,
    *,
    now: datetime,
    browser: Browser | None = None,
) -> str:
    """Start a browser session of an authenticated user and return its token."""
    browser = browser or Browser()
    origin = Origin(ip_address=browser.ip_address, user_agent=browser.user_agent)
    record_own_act(session, user_id, "session.started", now=now, origin=origin)
    log.info("session.started", user_id=str(user_id))
    return await start_session(session, user_id, now=now, browser=browser)


async def _user_of(session: AsyncSession, email: str) -> User | None:
    mine = select(User).where(User.email_normalized == email.strip().casefold())
    return (await session.exec(mine)).first()


async def _personal_organization(
    session: AsyncSession, name: str, *, now: datetime
) -> Organization:
    slug = slugify(name, fallback="team")
    taken = select(Organization.id).where(Organization.slug == slug)
    if slug in RESERVED_SLUGS or (await session.exec(taken)).first() is not None:
        slug = f"{slug}-{random_slug_suffix()}"
    organization = Organization(slug=slug, name=name, is_personal=True, created_at=now)
    session.add(organization)
    await session.flush()  # the membership refers to it
    return organization


def _parse_name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Invalid("Enter your name.", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", field="name")
    return name


def _parse_password(password: str, email: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        message = f"A password has at least {SHORTEST_PASSWORD} characters; a few words are good."
        raise Invalid(message, field="password")
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(f"A password has at most {LONGEST_PASSWORD} characters.", field="password")
    if password.casefold() in (email.casefold(), email.partition("@")[0].casefold()):
        raise Invalid("Choose a password that is not your address.", field="password")
    return password


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
