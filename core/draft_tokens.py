"""The short-lived pass with which the web app tries a draft at the runtime's draft address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import jwt

from core.crypto import Sealer
from core.errors import SignedOut

LIFETIME = timedelta(seconds=60)
AUDIENCE = "toolkiln-draft"
PURPOSE = "draft tokens v1"


@dataclass(frozen=True, slots=True)
class DraftPass:
    """What a valid pass says: this user may try this server's draft."""

    server_id: UUID
    user_id: UUID


def issue_draft_token(sealer: Sealer, draft: DraftPass, *, now: datetime) -> str:
    """Return a signed token for one server's draft; the caller has checked the permission."""
    claims = {
        "aud": AUDIENCE,
        "sub": str(draft.user_id),
        "server": str(draft.server_id),
        "exp": now + LIFETIME,
    }
    return jwt.encode(claims, sealer.derived_key(PURPOSE), algorithm="HS256")


def read_draft_token(sealer: Sealer, token: str) -> DraftPass:
    """Return what a token says.

    Raises:
        SignedOut: it is forged, for another use, or older than a minute.
    """
    try:
        claims = jwt.decode(
            token,
            sealer.derived_key(PURPOSE),
            algorithms=["HS256"],
            audience=AUDIENCE,
            options={"require": ["exp", "aud", "sub", "server"], "strict_aud": True},
        )
        return DraftPass(UUID(claims["server"]), UUID(claims["sub"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise SignedOut("This pass to a draft has ended. Try again.") from error
