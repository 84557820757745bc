"""Proving who one is by a passkey (WebAuthn Level 3, authentication).

The challenge is taken first, in a transaction of its own: a wrong answer uses it up as well. Then
the signature is checked without a transaction, and the use is written down.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from webauthn import (
    generate_authentication_options,
    options_to_json,
    verify_authentication_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import UserVerificationRequirement

from core.audit import record_own_act
from core.database import Database
from core.errors import DomainError
from core.logs import log
from core.models import Passkey
from saas_app.services import challenges
from saas_app.services.challenges import Purpose
from saas_app.services.factors.passkeys import descriptor_of, passkeys_of
from saas_app.services.factors.relying_party import RelyingParty

# Where a passkey stands alone it must be two factors by itself: the device, and a finger or a PIN.
ALONE = frozenset({Purpose.PASSKEY_SIGN_IN, Purpose.PASSKEY_CONFIRM})


class WrongPasskey(DomainError):
    """The browser's answer does not prove who somebody is; why, the log says."""

    code = "wrong_passkey"
    status = 401


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser answers to a challenge."""

    purpose: Purpose
    token: str
    credential: dict[str, Any]
    user_id: UUID | None = None


async def ask_for_passkey(
    session: AsyncSession,
    party: RelyingParty,
    purpose: Purpose,
    *,
    user_id: UUID | None,
    now: datetime,
) -> tuple[str, dict[str, Any]]:
    """Return a challenge's token and the options for `navigator.credentials.get`.

    Without a user any passkey of this site may answer, and says whose it is.
    """
    mine = [] if user_id is None else await passkeys_of(session, user_id)
    wanted = (
        UserVerificationRequirement.REQUIRED
        if purpose in ALONE
        else UserVerificationRequirement.PREFERRED
    )
    options = generate_authentication_options(
        rp_id=party.id,
        allow_credentials=[descriptor_of(row) for row in mine],
        user_verification=wanted,
    )
    token = await challenges.begin(
        session, purpose, user_id=user_id, now=now, challenge=bytes_to_base64url(options.challenge)
    )
    return token, json.loads(options_to_json(options))


async def prove_passkey(
    database: Database, party: RelyingParty, answer: Answer, *, now: datetime
) -> UUID:
    """Return whose passkey has answered.

    Raises:
        ChallengeOver: it was not asked for in this browser, or was answered already.
        WrongPasskey: the answer is wrong, or of a passkey of somebody else.
    """
    async with database.write() as session:
        begun = await challenges.take(session, answer.token, answer.purpose, now=now)
        row = await _row_of(session, answer)
    if row is None or begun.user_id not in (None, row.user_id) or begun.user_id != answer.user_id:
        raise _wrong("unknown")
    if not _is_handle_of(row, answer.credential):
        raise _wrong("handle")
    verified = _verified(party, row, answer, str(begun.details["challenge"]))
    async with database.write() as session:
        is_copy = not await _note_use(session, row, verified, now=now)
    if is_copy:
        raise _wrong("copy")
    return row.user_id


async def _row_of(session: AsyncSession, answer: Answer) -> Passkey | None:
    credential_id = answer.credential.get("id")
    if not isinstance(credential_id, str) or not credential_id.isprintable():
        return None
    return (
        await session.exec(select(Passkey).where(Passkey.credential_id == credential_id))
    ).first()


def _is_handle_of(row: Passkey, credential: dict[str, Any]) -> bool:
    """Whether the user the authenticator names, if it does, is the passkey's."""
    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    return handle in (None, "", bytes_to_base64url(row.user_id.bytes))


def _verified(
    party: RelyingParty, row: Passkey, answer: Answer, challenge: str
) -> VerifiedAuthentication:
    try:
        return verify_authentication_response(
            credential=answer.credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=0,  # compared in `_note_use`, which records a copy
            require_user_verification=answer.purpose in ALONE,
        )
    except (WebAuthnException, ValueError) as error:
        raise _wrong(type(error).__name__) from error


async def _note_use(
    session: AsyncSession, row: Passkey, verified: VerifiedAuthentication, *, now: datetime
) -> bool:
    """Write the use down; False when the counter does not go up, as a copied key's would not.

    Passkeys that are synced between devices do not count and always say 0.
    """
    count = verified.new_sign_count
    moved = update(Passkey).where(col(Passkey.id) == row.id)
    if count > 0 or row.sign_count > 0:
        moved = moved.where(col(Passkey.sign_count) < count)
    values = {
        "sign_count": count,
        "last_used_at": now,
        "is_backed_up": verified.credential_backed_up,
    }
    if (await session.exec(moved.values(**values))).rowcount == 1:
        return True
    record_own_act(session, row.user_id, "factor.passkey_copy_suspected", now=now, passkey=row.name)
    return False


def _wrong(reason: str) -> WrongPasskey:
    log.info("passkey.refused", reason=reason)
    return WrongPasskey("That passkey did not work here. Try again, or use another way.")
