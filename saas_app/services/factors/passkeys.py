"""Passkeys of a user: added, named, removed (WebAuthn Level 3, registration)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from webauthn import generate_registration_options, options_to_json, verify_registration_response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.audit import record_own_act
from core.errors import Conflict, Invalid, LimitReached, NotFound
from core.models import Passkey, User
from core.permissions import Origin, require_fresh, require_in_person
from saas_app.services import challenges
from saas_app.services.accounts import locked_user
from saas_app.services.challenges import Purpose
from saas_app.services.factors.hold import forget_leftovers
from saas_app.services.factors.news import Change, note_change
from saas_app.services.factors.relying_party import RelyingParty
from saas_app.services.factors.ways_in import require_another_way
from saas_app.services.letters import Letters

MOST_PASSKEYS = 20
LONGEST_NAME = 64


class PasskeyRefused(Invalid):
    """What the browser sent does not prove what it should."""

    code = "passkey_refused"


@dataclass(frozen=True, slots=True)
class PasskeySummary:
    """A passkey as its owner recognises it."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    is_synced: bool


async def list_passkeys(session: AsyncSession, user_id: UUID) -> Sequence[PasskeySummary]:
    """Return the user's passkeys, newest first."""
    return [
        PasskeySummary(row.id, row.name, row.created_at, row.last_used_at, row.is_backed_up)
        for row in await passkeys_of(session, user_id)
    ]


async def begin_passkey(
    session: AsyncSession, party: RelyingParty, user_id: UUID, *, origin: Origin, now: datetime
) -> tuple[str, dict[str, Any]]:
    """Return a challenge's token and the options for `navigator.credentials.create`.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        LimitReached: there are many already.
    """
    require_fresh(origin)
    user = await session.get_one(User, user_id)
    known = await passkeys_of(session, user_id)
    if len(known) >= MOST_PASSKEYS:
        raise LimitReached(f"An account has at most {MOST_PASSKEYS} passkeys. Remove one first.")
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user_id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[descriptor_of(row) for row in known],
    )
    token = await challenges.begin(
        session,
        Purpose.PASSKEY_REGISTER,
        user_id=user_id,
        now=now,
        challenge=bytes_to_base64url(options.challenge),
    )
    return token, json.loads(options_to_json(options))


async def add_passkey(
    session: AsyncSession,
    letters: Letters,
    party: RelyingParty,
    made: "MadePasskey",
    *,
    origin: Origin,
    now: datetime,
) -> PasskeySummary:
    """Keep a passkey that the browser made for the signed-in user.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        ChallengeOver: it was not asked for, or too long ago.
        Invalid: the name cannot be used, or the browser's proof is wrong.
    """
    require_fresh(origin)
    name = checked_name(made.name)
    begun = await challenges.take(session, made.token, Purpose.PASSKEY_REGISTER, now=now)
    if begun.user_id != made.user_id:
        raise PasskeyRefused("That passkey was begun by somebody else. Begin again.")
    await locked_user(session, made.user_id)
    row = _verified(party, made, str(begun.details["challenge"]), name=name, now=now)
    session.add(row)
    try:
        await session.flush()  # one authenticator's credential belongs to one account
    except IntegrityError:
        raise Conflict("That passkey is known already.") from None
    await note_change(
        session, letters, row.user_id, Change.PASSKEY_ADDED, origin=origin, now=now, passkey=name
    )
    return PasskeySummary(row.id, row.name, row.created_at, None, row.is_backed_up)


async def rename_passkey(
    session: AsyncSession,
    user_id: UUID,
    passkey_id: UUID,
    name: str,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Give a passkey another name.

    Raises:
        Forbidden: an admin acts in the user's name.
        NotFound: the user has no such passkey.
        Invalid: the name cannot be used.
    """
    require_in_person(origin)
    row = await _passkey_for(session, user_id, passkey_id)
    before, row.name = row.name, checked_name(name)
    record_own_act(
        session, user_id, "factor.passkey_renamed", now=now, origin=origin, before=before,
        after=row.name,
    )  # fmt: skip


async def remove_passkey(
    session: AsyncSession,
    letters: Letters,
    user_id: UUID,
    passkey_id: UUID,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Forget a passkey.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
        NotFound: the user has no such passkey.
        LastWayIn: nothing else would open the account.
    """
    require_fresh(origin)
    await locked_user(session, user_id)
    row = await _passkey_for(session, user_id, passkey_id)
    await require_another_way(session, user_id)
    await session.delete(row)
    await forget_leftovers(session, user_id)
    await note_change(
        session, letters, user_id, Change.PASSKEY_REMOVED, origin=origin, now=now, passkey=row.name
    )


async def passkeys_of(session: AsyncSession, user_id: UUID) -> Sequence[Passkey]:
    """Return the rows of a user."""
    mine = select(Passkey).where(Passkey.user_id == user_id).order_by(
        col(Passkey.created_at).desc()
    )  # fmt: skip
    return (await session.exec(mine)).all()


def descriptor_of(row: Passkey) -> PublicKeyCredentialDescriptor:
    """Return what tells a browser which passkey is meant."""
    known = {member.value for member in AuthenticatorTransport}
    transports = [AuthenticatorTransport(name) for name in row.transports if name in known]
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(row.credential_id), transports=transports or None
    )


def checked_name(name: str) -> str:
    """Return a name without needless spaces.

    Raises:
        Invalid: it is empty or too long.
    """
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise Invalid("Name the passkey after the device that holds it.", field="passkey_name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", field="passkey_name")
    return name


@dataclass(frozen=True, slots=True)
class MadePasskey:
    """What a browser made, for whom it says so, and under which challenge."""

    user_id: UUID
    token: str
    name: str
    credential: dict[str, Any]


def _verified(
    party: RelyingParty, made: MadePasskey, challenge: str, *, name: str, now: datetime
) -> Passkey:
    try:
        verified = verify_registration_response(
            credential=made.credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
        )
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused("The browser's answer could not be verified. Try again.") from error
    transports = made.credential.get("response", {}).get("transports")
    return Passkey(
        user_id=made.user_id,
        name=name,
        credential_id=bytes_to_base64url(verified.credential_id),
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=_words(transports),
        is_backed_up=verified.credential_backed_up,
        created_at=now,
    )


def _words(transports: object) -> list[str]:
    if not isinstance(transports, list):
        return []
    return [name for name in transports if isinstance(name, str) and len(name) < 20][:8]


async def _passkey_for(session: AsyncSession, user_id: UUID, passkey_id: UUID) -> Passkey:
    mine = select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id)
    row = (await session.exec(mine)).first()
    if row is None:
        raise NotFound("That passkey does not exist any more.")
    return row
