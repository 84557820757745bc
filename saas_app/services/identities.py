"""Accounts elsewhere (Google): signing in and up with them, connecting and disconnecting them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import Conflict, DomainError, Forbidden, NotFound
from core.models import Identity, User
from core.permissions import Origin, require_fresh
from saas_app.services.accounts import (
    SignUpForm,
    create_account,
    locked_user,
    parse_email,
    user_with_email,
)
from saas_app.services.factors.news import Change, note_change
from saas_app.services.factors.ways_in import require_another_way, ways_in
from saas_app.services.features import Feature, require_feature
from saas_app.services.letters import Letters
from saas_app.services.ports import Person
from saas_app.services.profile import LONGEST_NAME
from saas_app.services.signing_in import (
    Arrival,
    Method,
    Next,
    finish_first_factor,
)

OLDEST_PROOF = timedelta(minutes=10)


class ConnectFirst(Conflict):
    """The address has an account, and both sides know it as verified; only its owner connects."""

    code = "connect_first"


class AddressUnconfirmed(Conflict):
    """The address has an account whose owner has never confirmed it."""

    code = "address_unconfirmed"


class AddressUnverified(Forbidden):
    """The provider does not know whether the address is the person's."""

    code = "address_unverified"


class ConnectedElsewhere(Conflict):
    """The identity signs another user in."""

    code = "connected_elsewhere"


class AnotherPerson(DomainError):
    """The identity is not the one that belongs to whoever is signed in."""

    code = "another_person"
    status = 401


class HasBetterWay(Conflict):
    """The account has a password, a passkey or an app, which prove more than a click elsewhere."""

    code = "has_better_way"


class ProofTooOld(DomainError):
    """The provider does not say that its user proved lately who they are."""

    code = "proof_too_old"
    status = 401


@dataclass(frozen=True, slots=True)
class IdentitySummary:
    """An account elsewhere, as its owner recognises it."""

    id: UUID
    issuer: str
    email: str
    since: datetime
    last_used_at: datetime | None


async def sign_in_with_identity(
    session: AsyncSession, letters: Letters, person: Person, arrival: Arrival, *, now: datetime
) -> Next:
    """Sign in whom the provider vouches for, and make an account for whoever is new.

    An account that has the address is never connected by that alone: an address can be claimed. One
    that the provider has not verified makes no account either: its real owner, asked by letter to
    confirm it, would let in whoever claimed it.

    Raises:
        AddressUnverified: the person is new, and the address is only claimed.
        ConnectFirst: the owner must sign in as always, and connect then.
        AddressUnconfirmed: the account's address must be confirmed first.
        FeatureOff: nobody may sign up.
    """
    identity = await _identity_of(session, person)
    if identity is not None:
        identity.last_used_at, identity.email = now, person.email[:255]
        user_id = identity.user_id
    else:
        email = parse_email(person.email)
        if not person.is_email_verified:
            raise AddressUnverified(
                "Google has not verified that address. Sign up with it here, then connect Google."
            )
        owner = await user_with_email(session, email)
        if owner is not None:
            raise _refused_for(owner)
        user_id = await _new_user(session, person, email, now=now)
    return await finish_first_factor(
        session, letters, user_id, arrival, method=Method.GOOGLE, now=now
    )


async def connect_identity(
    session: AsyncSession,
    letters: Letters,
    user_id: UUID,
    person: Person,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Let an account elsewhere sign the user in from now on.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        ConnectedElsewhere: it signs another user in.
        Conflict: one of the same provider is connected already.
    """
    require_fresh(origin)
    await locked_user(session, user_id)
    known = await _identity_of(session, person)
    if known is not None and known.user_id != user_id:
        raise ConnectedElsewhere("That account signs another person in. Disconnect it there first.")
    session.add(_row(user_id, person, now=now))
    try:
        await session.flush()  # the unique pairs decide: one of each provider
    except IntegrityError:
        raise Conflict("An account of that provider is connected already.") from None
    await note_change(session, letters, user_id, Change.IDENTITY_ADDED, origin=origin, now=now)


async def disconnect_identity(
    session: AsyncSession,
    letters: Letters,
    user_id: UUID,
    identity_id: UUID,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Forget an account elsewhere; it signs nobody in any more.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        NotFound: the user has connected no such account.
        LastWayIn: nothing else would open the account.
    """
    require_fresh(origin)
    await locked_user(session, user_id)
    mine = select(Identity).where(Identity.id == identity_id, Identity.user_id == user_id)
    row = (await session.exec(mine)).first()
    if row is None:
        raise NotFound("That account is not connected any more.")
    await require_another_way(session, user_id)
    await session.delete(row)
    await note_change(session, letters, user_id, Change.IDENTITY_REMOVED, origin=origin, now=now)


async def require_proof(
    session: AsyncSession, user_id: UUID, person: Person, *, now: datetime
) -> None:
    """Refuse unless the provider has just asked the user who they are.

    Raises:
        AnotherPerson: the identity is not one of the user's.
        HasBetterWay: the user has something better to confirm by.
        ProofTooOld: the provider asked longer ago, or does not say when.
    """
    known = await _identity_of(session, person)
    if known is None or known.user_id != user_id:
        raise AnotherPerson("That is not the account that is connected here. Choose the right one.")
    if not (await ways_in(session, user_id)).confirms_elsewhere:
        raise HasBetterWay("Confirm by your password, your passkey or your app.")
    if person.authenticated_at is None or now - person.authenticated_at > OLDEST_PROOF:
        raise ProofTooOld("You were not asked there just now who you are. Sign in there anew.")


async def list_identities(session: AsyncSession, user_id: UUID) -> Sequence[IdentitySummary]:
    """Return what is connected, oldest first."""
    mine = select(Identity).where(Identity.user_id == user_id).order_by(col(Identity.created_at))
    return [
        IdentitySummary(row.id, row.issuer, row.email, row.created_at, row.last_used_at)
        for row in (await session.exec(mine)).all()
    ]


async def _identity_of(session: AsyncSession, person: Person) -> Identity | None:
    known = select(Identity).where(
        Identity.issuer == person.issuer, Identity.subject == person.subject
    )
    return (await session.exec(known)).first()


def _refused_for(owner: User) -> Conflict:
    if owner.email_verified_at is None:
        return AddressUnconfirmed(
            "There is an account with that address that was never confirmed. Reset its password"
            " to make it yours, then connect Google."
        )
    return ConnectFirst(
        "There is an account with that address. Sign in as you always do; then you can connect"
        " Google under Connections."
    )


async def _new_user(session: AsyncSession, person: Person, email: str, *, now: datetime) -> UUID:
    await require_feature(session, Feature.SIGN_UP, "Nobody can sign up at the moment.")
    name = " ".join(filter(str.isprintable, person.name.split()))[:LONGEST_NAME]
    form = SignUpForm(name=name or email.partition("@")[0][:LONGEST_NAME], email=email, password="")
    user = await create_account(session, form, password_hash=None, now=now, is_verified=True)
    session.add(_row(user.id, person, now=now))
    return user.id


def _row(user_id: UUID, person: Person, *, now: datetime) -> Identity:
    return Identity(
        user_id=user_id,
        issuer=person.issuer,
        subject=person.subject,
        email=person.email[:255],
        last_used_at=now,
        created_at=now,
    )
