"""The guard of the MCP endpoint: which tokens open a server, and which do not."""

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm
from sqlmodel import update

from core.draft_tokens import DraftPass, issue_draft_token
from core.logs import log
from core.models import AccessPolicy, CallerKind, Grant, User
from core.tokens import digest_of
from mcp_runtime.errors import Forbidden, Unauthorized
from mcp_runtime.oauth.addresses import issuer_of
from mcp_runtime.oauth.bearer import BearerGuard, insufficient_scope
from tests.cast import NOW
from tests.mcp_runtime.oauth.world import Client, Pkce, World, make_key, refused

STRANGERS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The guard's questions are asked of both databases by the flow, here once for each forgery."""
    return request.param


class Forger:
    """Changes a real token's header and claims, and signs it as told."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.header = jwt.get_unverified_header(token)
        self.claims = jwt.decode(token, options={"verify_signature": False})

    async def ours(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """Sign with the real key, which no forger has: the checks beyond the signature."""
        pair = await self.world.keys.signing()
        return self._signed(pair.private_key, "RS256", header or {}, claims)

    def theirs(self, header: dict[str, Any] | None = None) -> str:
        """Sign with a key of one's own."""
        return self._signed(STRANGERS_KEY, "RS256", header or {}, {})

    def _signed(self, key: Any, algorithm: str, header: dict[str, Any], claims: dict[str, Any]):
        kept = {k: v for k, v in {**self.claims, **claims}.items() if v is not None}
        headers = {k: v for k, v in {**self.header, **header}.items() if v is not None}
        if header.get("typ", "") is None:
            headers["typ"] = None
        headers.pop("alg", None)
        # The plain signature, since PyJWT would refuse to write some of these claims.
        payload = json.dumps(kept).encode()
        return jwt.PyJWS().encode(payload, key, algorithm=algorithm, headers=headers)


@pytest.fixture
async def token(world: World, client: Client) -> str:
    return (await world.tokens_for(client))["access_token"]


@pytest.fixture
def forger(world: World, token: str) -> Forger:
    return Forger(world, token)


async def test_without_a_token_the_caller_is_told_where_to_get_one(world: World) -> None:
    refusal = await refused(world, None)

    base = world.settings.runtime_url
    there = f"{base}/.well-known/oauth-protected-resource/mcp/{world.server.id}/mcp"
    assert refusal.status == 401
    assert refusal.challenge == f'Bearer resource_metadata="{there}", scope="tools"'
    assert (await world.http.get(there)).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "token"])
async def test_other_ways_to_authenticate_are_no_token(world: World, header: str) -> None:
    live = await world.runtime.live(world.server.id)

    with pytest.raises(Unauthorized) as refusal:
        await world.runtime.guard.authenticate(header, live)

    assert "error=" not in refusal.value.challenge


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_is_read_in_any_case(world: World, token: str, scheme: str) -> None:
    live = await world.runtime.live(world.server.id)

    assert await world.runtime.guard.authenticate(f"{scheme}  {token} ", live)


@pytest.mark.parametrize(
    "junk", ["x", "a.b.c", "....", "e30.e30.", "é.é.é", "a" * 10_000, "tkk_", "tkk_unknown", "\x00"]
)
async def test_s17_junk_is_an_invalid_token(world: World, junk: str) -> None:
    refusal = await refused(world, junk)

    assert refusal.status == 401
    assert refusal.challenge.startswith('Bearer error="invalid_token", resource_metadata="')


async def test_s17_a_token_that_is_over_is_told_as_401(world: World, token: str) -> None:
    await world.call(token)
    world.clock.pass_(hours=10)

    assert 'error="invalid_token"' in (await refused(world, token)).challenge


async def test_a_token_counts_to_its_last_second(world: World, token: str) -> None:
    world.clock.pass_(hours=9, minutes=59, seconds=59)

    assert await world.call(token)


async def test_s2_a_token_of_one_server_is_nothing_to_another(world: World, token: str) -> None:
    await world.call(token)

    await refused(world, token, server=world.other)


async def test_s3_a_signature_of_another_key_is_refused(forger: Forger) -> None:
    await refused(forger.world, forger.theirs())


async def test_s3_a_changed_claim_breaks_the_signature(world: World, token: str) -> None:
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = str(world.cast.mallory.user_id)
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()

    await refused(world, f"{header}.{changed}.{signature}")


async def test_a_token_without_a_signature_is_refused(world: World, forger: Forger) -> None:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    for alg in ("none", "None", "NONE", ""):
        bare = f"{part({**forger.header, 'alg': alg})}.{part(forger.claims)}."
        await refused(world, bare)


async def test_the_public_key_is_no_shared_secret(world: World, forger: Forger) -> None:
    public = (await world.keys.signing()).private_key.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for secret in (pem, pem.strip(), json.dumps((await world.keys.published())[0]).encode()):
        # By hand: PyJWT itself would not sign with a public key.
        signing_input = jwt.encode(
            forger.claims, "x" * 32, algorithm="HS256", headers=_without_alg(forger.header)
        ).rpartition(".")[0]
        signature = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        encoded = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
        await refused(world, f"{signing_input}.{encoded}")


@pytest.mark.parametrize("algorithm", ["RS512", "PS256"])
async def test_other_algorithms_of_our_own_key_are_refused(
    world: World, forger: Forger, algorithm: str
) -> None:
    pair = await world.keys.signing()

    await refused(world, forger._signed(pair.private_key, algorithm, {}, {}))


async def test_a_key_of_another_kind_is_refused(world: World, forger: Forger) -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    await refused(world, forger._signed(key, "ES256", {}, {}))


async def test_a_token_cannot_bring_its_own_key(world: World, forger: Forger) -> None:
    jwk = RSAAlgorithm.to_jwk(STRANGERS_KEY.public_key(), as_dict=True)
    for header in (
        {"jwk": jwk},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/cert"},
        {"jwk": jwk, "kid": "unknown"},
        {"kid": "../../etc/passwd"},
        {"kid": "' OR 1=1 --"},
        {"kid": None},
    ):
        await refused(world, forger.theirs(header=header))


@pytest.mark.parametrize("kid", [None, "unknown"])
async def test_our_own_signature_under_no_or_another_name_is_refused(
    world: World, forger: Forger, kid: str | None
) -> None:
    await refused(world, await forger.ours({}, header={"kid": kid}))


@pytest.mark.parametrize("typ", [None, "JWT", "id_token", "refresh+jwt"])
async def test_a_token_of_another_type_is_refused(world: World, forger: Forger, typ) -> None:
    await refused(world, await forger.ours({}, header={"typ": typ}))


async def test_the_long_form_of_the_type_is_accepted(world: World, forger: Forger) -> None:
    assert await world.call(await forger.ours({}, header={"typ": "application/at+JWT"}))


async def test_an_unknown_critical_header_is_refused(world: World, forger: Forger) -> None:
    await refused(world, await forger.ours({}, header={"crit": ["new"], "new": True}))


@pytest.mark.parametrize(
    "name", ["iss", "aud", "sub", "client_id", "scope", "jti", "grant_id", "iat", "exp"]
)
async def test_every_claim_is_needed(world: World, forger: Forger, name: str) -> None:
    await refused(world, await forger.ours({name: None}))


async def test_claims_of_another_place_person_or_time_are_refused(
    world: World, forger: Forger
) -> None:
    issuer, other = world.issuer(), issuer_of(world.settings, world.other.id)
    for claims in (
        {"iss": other.url},
        {"iss": issuer.url + "/"},
        {"iss": [issuer.url]},
        {"aud": other.resource},
        {"aud": issuer.url},
        {"aud": [issuer.resource, other.resource]},
        {"aud": [issuer.resource]},
        {"sub": str(world.cast.mallory.user_id)},
        {"sub": "alice"},
        {"sub": 5},
        {"grant_id": str(uuid4())},
        {"grant_id": "x"},
        {"exp": int(NOW.timestamp())},
        {"exp": "tomorrow"},
        {"exp": 10**20},
        {"exp": True},
    ):
        await refused(world, await forger.ours(claims))


async def test_a_grant_of_another_server_does_not_count(world: World, forger: Forger) -> None:
    there = await world.register(server=world.other)
    given = (await world.tokens_for(there, server=world.other))["access_token"]
    grant_id = Forger(world, given).claims["grant_id"]

    await refused(world, await forger.ours({"grant_id": grant_id}))


async def test_s3_a_draft_pass_opens_no_server(world: World) -> None:
    draft = DraftPass(world.server.id, world.cast.alice.user_id)

    await refused(world, issue_draft_token(world.runtime.resources.sealer, draft, now=NOW))


async def test_a_scope_that_is_too_small_is_told_as_403(world: World, forger: Forger) -> None:
    with pytest.raises(Forbidden) as refusal:
        await world.call(await forger.ours({"scope": "other"}))

    assert refusal.value.status == 403
    assert refusal.value.challenge == insufficient_scope(world.issuer()).challenge
    assert 'error="insufficient_scope"' in (refusal.value.challenge or "")
    assert "resource_metadata=" in (refusal.value.challenge or "")


async def test_s24_a_deleted_users_token_ends(world: World, token: str) -> None:
    await world.call(token)
    async with world.database.write() as session:
        await session.delete(await session.get_one(User, world.cast.alice.user_id))
    world.clock.pass_(seconds=60)

    await refused(world, token)


async def test_a_public_server_needs_no_token(world: World) -> None:
    await world.change(world.server, access_policy=AccessPolicy.PUBLIC)

    caller = await world.call(None)

    assert (caller.kind, caller.user_id) == (CallerKind.PUBLIC, None)


async def test_an_invalid_token_is_refused_by_a_public_server_too(world: World, token: str) -> None:
    await world.change(world.server, access_policy=AccessPolicy.PUBLIC)

    await refused(world, "invalid")
    assert (await world.call(token)).kind is CallerKind.OAUTH
    world.clock.pass_(hours=11)
    await refused(world, token)


async def test_a_known_token_is_not_looked_up_again(world: World, token: str) -> None:
    live = await world.runtime.live(world.server.id)
    first = await world.runtime.guard.authenticate(f"Bearer {token}", live)
    async with world.database.write() as session:
        await session.exec(update(Grant).values(revoked_at=NOW))

    # The row changed behind everybody's back, so only a lookup would notice.
    assert await world.runtime.guard.authenticate(f"Bearer {token}", live) is first


async def test_what_is_remembered_ends_after_a_minute(world: World, token: str) -> None:
    live = await world.runtime.live(world.server.id)
    await world.runtime.guard.authenticate(f"Bearer {token}", live)
    async with world.database.write() as session:
        await session.exec(update(Grant).values(revoked_at=NOW))
    world.clock.pass_(seconds=60)

    with pytest.raises(Unauthorized):
        await world.runtime.guard.authenticate(f"Bearer {token}", live)


async def test_the_guard_remembers_so_many_and_no_more(world: World) -> None:
    guard = BearerGuard(world.runtime.resources, clock=world.clock, max_remembered=2)
    live = await world.runtime.live(world.server.id)
    keys = [(await make_key(world))[0] for _ in range(4)]

    for key in keys:
        await guard.authenticate(f"Bearer {key}", live)
    for junk in ("a", "b", "c"):
        with pytest.raises(Unauthorized):
            await guard.authenticate(f"Bearer {junk}", live)

    assert [digest for _, digest in guard._verified] == [digest_of(key) for key in keys[2:]]


async def test_nothing_secret_is_logged(world: World, client: Client) -> None:
    lines: list[str] = []
    sink = log.add(lambda message: lines.append(f"{message} {message.record['extra']}"))
    pkce = Pkce()
    code = await world.code_for(client, pkce)
    answer = await world.exchange(
        client, grant_type="authorization_code", code=code, code_verifier=pkce.verifier
    )
    given = answer.json()
    await world.call(given["access_token"])
    await world.refresh(client, given["refresh_token"])
    await refused(world, given["access_token"] + "x")
    log.remove(sink)

    logged = "\n".join(lines)
    assert "oauth.tokens_issued" in logged
    for secret in (given["access_token"], given["refresh_token"], code, pkce.verifier):
        assert secret not in logged


def _without_alg(header: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in header.items() if name != "alg"}
