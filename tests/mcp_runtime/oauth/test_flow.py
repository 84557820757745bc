"""The flow from registration to a call, step by step."""

import jwt
import pytest

from core.models import AccessPolicy, CallerKind
from mcp_runtime.oauth.signing_keys import public_key_of
from tests.mcp_runtime.oauth.world import Browser, Pkce, World, answer_in, request_token_in


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
async def test_a_client_gets_a_token_that_opens_the_server(world: World, method: str) -> None:
    client = await world.register(method=method)

    given = await world.tokens_for(client)

    caller = await world.call(given["access_token"])
    assert caller.kind is CallerKind.OAUTH
    assert caller.user_id == world.cast.alice.user_id
    assert caller.scopes == {"tools"}
    assert given["token_type"] == "Bearer"
    assert given["expires_in"] == 36000


async def test_the_token_says_who_may_do_what_where(world: World, client) -> None:
    token = (await world.tokens_for(client))["access_token"]

    header = jwt.get_unverified_header(token)
    keys = (await world.http.get(world.issuer().endpoint("jwks"))).json()["keys"]
    claims = jwt.decode(
        token,
        public_key_of(next(key for key in keys if key["kid"] == header["kid"])),
        algorithms=["RS256"],
        audience=world.issuer().resource,
        options={"verify_exp": False, "verify_iat": False},
    )

    assert header["typ"] == "at+jwt"
    assert claims["iss"] == f"{world.settings.runtime_url}/mcp/{world.server.id}"
    assert claims["aud"] == f"{world.settings.runtime_url}/mcp/{world.server.id}/mcp"
    assert claims["sub"] == str(world.cast.alice.user_id)
    assert claims["client_id"] == client.id
    assert claims["scope"] == "tools"
    assert claims["exp"] - claims["iat"] == 36000


async def test_the_code_comes_with_state_and_issuer(world: World, client) -> None:
    browser = Browser(world.cast.alice.user_id)
    asked = await world.authorize(world.question(client, Pkce()), browser=browser)
    address = await world.decide(request_token_in(asked), browser)

    given = answer_in(await world.come_back(address, browser))

    assert given["state"] == "st&te"
    assert given["iss"] == world.issuer().url
    assert given["code"]


async def test_a_refusal_is_told_to_the_client(world: World, client) -> None:
    browser = Browser(world.cast.alice.user_id)
    asked = await world.authorize(world.question(client, Pkce()), browser=browser)
    address = await world.decide(request_token_in(asked), browser, approve=False)

    given = answer_in(await world.come_back(address, browser))

    assert given["error"] == "access_denied"
    assert given["state"] == "st&te"
    assert given["iss"] == world.issuer().url
    assert "code" not in given


async def test_a_refresh_token_becomes_a_new_pair(world: World, client) -> None:
    first = await world.tokens_for(client)

    second = (await world.refresh(client, first["refresh_token"])).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert (await world.call(second["access_token"])).user_id == world.cast.alice.user_id
    assert (await world.call(first["access_token"])).user_id == world.cast.alice.user_id


async def test_two_requests_of_one_browser_do_not_spoil_each_other(world: World, client) -> None:
    browser = Browser(world.cast.alice.user_id)
    first = await world.authorize(world.question(client, Pkce()), browser=browser)
    second = await world.authorize(world.question(client, Pkce()), browser=browser)

    for asked in (second, first):
        address = await world.decide(request_token_in(asked), browser)
        assert "code" in answer_in(await world.come_back(address, browser))


async def test_a_guest_connects_where_the_policy_lets_any_signed_in_user(world: World) -> None:
    await world.change(world.server, access_policy=AccessPolicy.SIGNED_IN)
    client = await world.register()

    given = await world.tokens_for(client, user=world.cast.mallory.user_id)

    assert (await world.call(given["access_token"])).user_id == world.cast.mallory.user_id


async def test_answers_with_tokens_are_not_kept_by_caches(world: World, client) -> None:
    pkce = Pkce()
    code = await world.code_for(client, pkce)

    answer = await world.exchange(
        client, grant_type="authorization_code", code=code, code_verifier=pkce.verifier
    )

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


async def test_no_character_breaks_an_endpoint(world: World, client) -> None:
    odd = ["\0", "😀", "é", "\ufffe", "a\r\nb", "%00", "'--", "\u202e"]
    for text in odd:
        for name in ("client_id", "redirect_uri", "state", "scope", "resource", "code_challenge"):
            answer = await world.authorize(world.question(client, Pkce()) | {name: text})
            assert answer.status_code in (302, 400)
        for name in ("client_id", "client_secret", "code", "code_verifier", "refresh_token"):
            for grant_type in ("authorization_code", "refresh_token"):
                form = {"code": "x", "code_verifier": "y", "refresh_token": "z", name: text}
                answer = await world.exchange(client, None, grant_type=grant_type, **form)
                assert answer.status_code in (400, 401)
        for name in ("client_name", "software_id", "client_uri", "scope", "grant_types"):
            world.clock.pass_(minutes=5)  # one address may register few in an hour
            metadata = {"redirect_uris": ["https://client.example/"], name: text}
            answer = await world.http.post(world.issuer().endpoint("register"), json=metadata)
            assert answer.status_code in (201, 400)


async def test_a_state_comes_back_as_it_was_sent(world: World, client) -> None:
    state = "a=1&b=é 😀+%20#<>\"'"
    browser = Browser(world.cast.alice.user_id)
    asked = await world.authorize(world.question(client, Pkce(), state=state), browser=browser)
    address = await world.decide(request_token_in(asked), browser)

    assert answer_in(await world.come_back(address, browser))["state"] == state
