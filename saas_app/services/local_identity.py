"""The stand-in for Google in development: an OpenID provider inside the product.

It speaks the same protocol through the same code: discovery, PKCE, client authentication, nonce,
signed tokens, published keys. It believes whoever uses it, so it never serves in production.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from core.crypto import Sealer
from core.errors import Forbidden
from core.settings import Settings

NAME = "Local identity"
CLIENT_ID = "toolkiln-local"
PAGE = "/dev/identity"
BASE = "/api/dev/identity"
TOKEN_LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom the person at the keyboard wants to be."""

    email: str
    name: str
    is_email_verified: bool


class LocalIdentity:
    """The provider's side of the protocol; its key derives from the master key."""

    def __init__(self, settings: Settings, sealer: Sealer) -> None:
        if settings.is_production:
            raise Forbidden("The local identity page is for development.")
        self.issuer = f"{settings.web_url}{BASE}"
        self.redirect_uri = f"{settings.web_url}/api/auth/callback/google"
        self.client_id = CLIENT_ID
        self.client_secret = sealer.derived_key("local identity client").hex()
        self._page = f"{settings.web_url}{PAGE}"
        self._key = _signing_key(sealer.derived_key("local identity key"))

    def document(self) -> dict[str, Any]:
        """Return the discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self._page,
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        """Return the public keys."""
        return {"keys": [self._key.as_dict(private=False)]}

    def is_client(self, client_id: str, secret: str) -> bool:
        """Whether a client is ours and proves it."""
        is_secret = hmac.compare_digest(secret.encode(), self.client_secret.encode())
        return client_id == self.client_id and is_secret

    def is_request(self, asked: dict[str, object]) -> bool:
        """Whether an authorization request is one that may be answered."""
        return (
            asked.get("client_id") == self.client_id
            and asked.get("redirect_uri") == self.redirect_uri
            and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256"
            and len(str(asked.get("code_challenge", ""))) == 43
        )

    def id_token(self, chosen: Chosen, *, nonce: str, now: datetime) -> str:
        """Return a signed token about a person; the same address is always the same subject."""
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "azp": self.client_id,
            "sub": hashlib.sha256(chosen.email.casefold().encode()).hexdigest()[:21],
            "email": chosen.email,
            "email_verified": chosen.is_email_verified,
            "name": chosen.name,
            "nonce": nonce,
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFETIME).timestamp()),
            "auth_time": int(now.timestamp()),
        }
        header = {"alg": "ES256", "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])


def answers_challenge(verifier: str, challenge: str) -> bool:
    """Whether a PKCE verifier is the one whose challenge was sent (RFC 7636 section 4.6)."""
    return hmac.compare_digest(create_s256_code_challenge(verifier), challenge)


def _signing_key(secret: bytes) -> ECKey:
    """Return a P-256 key made of 32 secret bytes, so that all processes have the same one."""
    number = int.from_bytes(secret) % (2**255) + 1  # below the curve's order
    pem = ec.derive_private_key(number, ec.SECP256R1())
    kid = base64.urlsafe_b64encode(hashlib.sha256(secret).digest()[:6]).decode()
    return ECKey.import_key(pem, {"kid": kid, "use": "sig", "alg": "ES256"})  # pyright: ignore[reportArgumentType]
