"""An OpenID provider that does what the protocol asks, and whatever a test makes it do wrong."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "client-1", "secret-1"
Sign = Callable[["OpenIdServer", dict[str, Any]], str]


@dataclass
class OpenIdServer:
    """The provider; `person` is whom it vouches for next, `claims` replaces what it says."""

    issuer: str
    now: Callable[[], datetime]
    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    sign: Sign | None = None
    status: int = 200
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig"})
    )

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def allow(self, parameters: dict[str, str]) -> str:
        """Agree to an authorization request, as a person would, and return the code."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = parameters
        return code

    async def _discovery(self, _request: Request) -> Response:
        self.asked.append("discovery")
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        return JSONResponse({**document, **self.document}, status_code=self.status)

    async def _jwks(self, _request: Request) -> Response:
        self.asked.append("jwks")
        return JSONResponse(KeySet([self.key]).as_dict(private=False), status_code=self.status)

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        if self.status != 200:
            return JSONResponse({}, status_code=self.status)
        async with request.form() as form:
            sent = {name: str(value) for name, value in form.items()}
        if (sent.get("client_id"), sent.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        asked = self.codes.pop(sent.get("code", ""), None)
        verifier = create_s256_code_challenge(sent.get("code_verifier", ""))
        if asked is None or verifier != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"id_token": self._signed(asked), "access_token": "x"})

    def _signed(self, asked: dict[str, str]) -> str:
        seconds = int(self.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "nonce": asked["nonce"],
            "iat": seconds,
            "exp": seconds + 300,
            "auth_time": seconds if "max_age" in asked else None,
            **self.person,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.sign is not None:
            return self.sign(self, claims)
        return jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, self.key)
