"""Signs people in with an account elsewhere: OpenID Connect Core 1.0, code flow with PKCE.

What a provider says is believed only when its signature, issuer, audience, nonce and times are
right (OpenID Connect Core section 3.1.3.7); keys come from the configured issuer alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard
from urllib.parse import urlencode, urlsplit

import httpx2
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from core.errors import DomainError, UpstreamUnavailable
from core.logs import log

ALGORITHMS = ("RS256", "ES256")
LEEWAY = timedelta(seconds=60)
OLDEST_TOKEN = timedelta(minutes=10)
DOCUMENT_KEPT = timedelta(hours=1)
KEYS_KEPT = timedelta(minutes=15)
KEYS_AGAIN_AFTER = timedelta(seconds=30)  # for a key that is not there, in case it is new
TIMEOUT = httpx2.Timeout(5, connect=3)
LARGEST_ANSWER_BYTES = 512_000
LONGEST_SUBJECT = 255
AUTH_TIME_CLAIM = '{"id_token":{"auth_time":{"essential":true}}}'


class IdentityRefused(DomainError):
    """What came back from the provider proves nothing; why, the log says."""

    code = "identity_refused"
    status = 401


class ProviderUnavailable(UpstreamUnavailable):
    """The provider does not answer, or not as the protocol asks."""

    code = "google_unavailable"


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at the provider."""

    name: str
    issuer: str
    id: str
    secret: str
    redirect_uri: str
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for: known by issuer and subject, never by address."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    name: str
    authenticated_at: datetime | None


class OpenIdProvider:
    """One provider. Its discovery document and keys are kept for a while."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._document: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    @property
    def name(self) -> str:
        """What buttons call it."""
        return self._client.name

    @property
    def issuer(self) -> str:
        """By which its subjects are told from others'."""
        return self._client.issuer

    @property
    def is_local(self) -> bool:
        """Whether it is the stand-in of development."""
        return self._client.is_local

    async def address(
        self,
        *,
        state: str,
        nonce: str,
        challenge: str,
        now: datetime,
        oldest_proof: timedelta | None = None,
    ) -> str:
        """Return where to send the browser; see `services.ports.IdentityProvider`.

        Some, Google among them, answer `max_age` without `auth_time` unless it is claimed as well.

        Raises:
            UpstreamUnavailable: the provider does not say where that is.
        """
        document = await self._discovered(now)
        asked = {
            "client_id": self._client.id,
            "redirect_uri": self._client.redirect_uri,
            "response_type": "code",
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        if oldest_proof is not None:
            asked["max_age"] = str(int(oldest_proof.total_seconds()))
            asked["claims"] = AUTH_TIME_CLAIM
        return f"{document['authorization_endpoint']}?{urlencode(asked)}"

    async def identify(self, *, code: str, verifier: str, nonce: str, now: datetime) -> Person:
        """Return whom the provider's code stands for.

        Raises:
            IdentityRefused: the code is not taken, or the token does not hold.
            UpstreamUnavailable: the provider does not answer.
        """
        document = await self._discovered(now)
        token = await self._id_token(document["token_endpoint"], code=code, verifier=verifier)
        claims = await self._verified(token, now=now)
        self._check(claims, nonce=nonce, now=now)
        return _person(claims)

    async def _discovered(self, now: datetime) -> dict[str, Any]:
        if self._document is not None and now - self._document[0] < DOCUMENT_KEPT:
            return self._document[1]
        document = await self._get(f"{self.issuer}/.well-known/openid-configuration")
        if document.get("issuer") != self.issuer:
            raise self._unusable("discovery names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            address = document.get(name)
            if not isinstance(address, str) or not self._is_safe(address):
                raise self._unusable(f"discovery has no usable {name}")
        self._document = (now, document)
        return document

    def _is_safe(self, address: str) -> bool:
        """Plain http is for a provider that itself is at such an address, in development."""
        return urlsplit(address).scheme in ("https", urlsplit(self.issuer).scheme)

    async def _id_token(self, endpoint: str, *, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_uri,
            "code_verifier": verifier,
            "client_id": self._client.id,
            "client_secret": self._client.secret,
        }
        answer = await self._send("POST", endpoint, data=form)
        if answer.status_code == 401:
            raise self._unusable("the client id or secret is not accepted")
        if answer.status_code != 200:
            raise _refused("token endpoint", status=answer.status_code)
        token = self._json(answer).get("id_token")
        if not isinstance(token, str):
            raise _refused("no id_token")
        return token

    async def _verified(self, token: str, *, now: datetime) -> dict[str, Any]:
        """Return the claims of a token that one of the issuer's keys has signed.

        The algorithm is ours to choose, and the key is the one that the issuer publishes under the
        token's `kid`; keys or addresses of keys inside the token are not looked at (ASVS 9.1.3).
        """
        try:
            header = jws.extract_compact(token.encode()).headers()
            key = await self._key(header, now=now)
            return jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError) as error:
            raise _refused("signature", reason=type(error).__name__) from error

    async def _key(self, header: Mapping[str, Any], *, now: datetime) -> RSAKey | ECKey:
        if header.get("alg") not in ALGORITHMS:
            raise _refused("algorithm")
        kid = header.get("kid")
        for is_again in (False, True):
            for key in (await self._published_keys(now=now, is_again=is_again)).keys:
                if isinstance(kid, str) and key.kid == kid:
                    return _asymmetric(key)
        raise _refused("unknown key")

    async def _published_keys(self, *, now: datetime, is_again: bool) -> KeySet:
        kept_for = KEYS_AGAIN_AFTER if is_again else KEYS_KEPT
        if self._keys is None or now - self._keys[0] >= kept_for:
            found = await self._get((await self._discovered(now))["jwks_uri"])
            try:
                self._keys = (now, KeySet.import_key_set(found))  # pyright: ignore[reportArgumentType]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise self._unusable("the keys cannot be read") from error
        return self._keys[1]

    def _check(self, claims: dict[str, Any], *, nonce: str, now: datetime) -> None:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        party = claims.get("azp")
        seconds = now.timestamp()
        issued, ends = claims.get("iat"), claims.get("exp")
        leeway = LEEWAY.total_seconds()
        right = {
            "issuer": claims.get("iss") == self.issuer,
            "audience": self._client.id in audiences,
            "party": party == self._client.id if len(audiences) > 1 or "azp" in claims else True,
            "nonce": claims.get("nonce") == nonce,
            "expiry": _is_number(ends) and ends > seconds - leeway,
            "issue": _is_number(issued)
            and seconds - OLDEST_TOKEN.total_seconds() - leeway < issued <= seconds + leeway,
        }
        wrong = [name for name, is_right in right.items() if not is_right]
        if wrong:
            raise _refused("claims", wrong=wrong)

    async def _get(self, address: str) -> dict[str, Any]:
        answer = await self._send("GET", address)
        if answer.status_code != 200:
            raise self._unavailable(f"status {answer.status_code}")
        return self._json(answer)

    async def _send(self, method: str, address: str, **content: Any) -> httpx2.Response:
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
                answer = await client.request(
                    method, address, headers={"accept": "application/json"}, **content
                )
        except httpx2.HTTPError as error:
            raise self._unavailable(type(error).__name__) from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise self._unavailable(f"status {answer.status_code}")
        return answer

    def _json(self, answer: httpx2.Response) -> dict[str, Any]:
        if len(answer.content) > LARGEST_ANSWER_BYTES:
            raise self._unusable("the answer is too large")
        try:
            content = answer.json()
        except ValueError as error:
            raise self._unusable("the answer is no JSON") from error
        if not isinstance(content, dict):
            raise self._unusable("the answer is no object")
        return content

    def _unavailable(self, reason: str) -> ProviderUnavailable:
        log.warning("identity.unavailable", issuer=self.issuer, reason=reason)
        return ProviderUnavailable(
            f"{self.name} does not answer right now. Try again in a minute, or sign in another"
            " way.",
            can_retry=True,
        )

    def _unusable(self, reason: str) -> ProviderUnavailable:
        log.error("identity.unusable", issuer=self.issuer, reason=reason)
        return ProviderUnavailable(
            f"Signing in with {self.name} does not work at the moment. Sign in another way.",
            can_retry=False,
        )


def _person(claims: dict[str, Any]) -> Person:
    subject, email, name = claims.get("sub"), claims.get("email"), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise _refused("subject")
    if not subject.isprintable():
        raise _refused("subject")
    moment = claims.get("auth_time")
    return Person(
        issuer=str(claims["iss"]),
        subject=subject,
        email=email if isinstance(email, str) else "",
        is_email_verified=claims.get("email_verified") is True,
        name=name if isinstance(name, str) else "",
        authenticated_at=datetime.fromtimestamp(moment, UTC) if _is_number(moment) else None,
    )


def _asymmetric(key: OctKey | RSAKey | ECKey | OKPKey) -> RSAKey | ECKey:
    """Return a key that is fit for our algorithms: a shared secret never is."""
    if not isinstance(key, RSAKey | ECKey):
        raise _refused("key type")
    return key


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11


def _refused(where: str, **details: Any) -> IdentityRefused:
    log.warning("identity.refused", where=where, **details)
    return IdentityRefused("That sign-in could not be verified. Begin again.")
