"""The token endpoint: every way to be refused, and what a refusal leaves behind."""

import pytest
from sqlmodel import select

from core.models import AccessPolicy, Grant, Guest, Membership, RefreshToken
from core.tokens import digest_of
from mcp_runtime.errors import Forbidden, Unauthorized
from tests.cast import NOW
from tests.mcp_runtime.oauth.world import Client, Pkce, World

CODE = "authorization_code"


async def redeem(world: World, client: Client, code: str, verifier: str | None, **form):
    return await world.exchange(
        client,
        **{
            "grant_type": CODE,
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": client.redirect_uri,
            **form,
        },
    )


async def grants(world: World) -> list[Grant]:
    async with world.database.read() as session:
        return list((await session.exec(select(Grant))).all())


async def leave_acme(world: World, user_id) -> None:
    async with world.database.write() as session:
        mine = select(Membership).where(Membership.user_id == user_id)
        await session.delete((await session.exec(mine)).one())


async def test_a_wrong_verifier_is_refused_and_the_code_is_spent(world: World, client) -> None:
    pkce = Pkce()
    code = await world.code_for(client, pkce)

    wrong = await redeem(world, client, code, Pkce().verifier)
    right = await redeem(world, client, code, pkce.verifier)

    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert (right.status_code, right.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("verifier", [None, "short", "é" * 43, "a" * 129])
async def test_a_verifier_is_needed_in_its_form(world: World, client, verifier) -> None:
    code = await world.code_for(client, Pkce())

    answer = await redeem(world, client, code, verifier)

    assert answer.status_code == 400
    assert answer.json()["error"] == ("invalid_request" if verifier is None else "invalid_grant")


async def test_s17_a_code_used_twice_ends_what_it_gave(world: World, client) -> None:
    pkce = Pkce()
    code = await world.code_for(client, pkce)
    given = (await redeem(world, client, code, pkce.verifier)).json()
    await world.call(given["access_token"])

    again = await redeem(world, client, code, pkce.verifier)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    with pytest.raises(Unauthorized):
        await world.call(given["access_token"])
    refreshed = await world.refresh(client, given["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


async def test_s17_a_refresh_token_used_twice_ends_its_family(world: World, client) -> None:
    first = await world.tokens_for(client)
    second = (await world.refresh(client, first["refresh_token"])).json()

    again = await world.refresh(client, first["refresh_token"])

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    for token in (first["access_token"], second["access_token"]):
        with pytest.raises(Unauthorized):
            await world.call(token)
    newest = await world.refresh(client, second["refresh_token"])
    assert newest.json()["error"] == "invalid_grant"


async def test_a_code_ends_after_a_minute(world: World, client) -> None:
    pkce = Pkce()
    code = await world.code_for(client, pkce)
    world.clock.pass_(seconds=60)

    assert (await redeem(world, client, code, pkce.verifier)).json()["error"] == "invalid_grant"


async def test_a_refresh_token_ends_after_seven_days(world: World, client) -> None:
    given = await world.tokens_for(client)
    world.clock.pass_(days=7)

    answer = await world.refresh(client, given["refresh_token"])

    assert answer.json()["error"] == "invalid_grant"
    assert (await grants(world))[0].revoked_at is None


async def test_a_wrong_redirect_address_is_refused(world: World, client) -> None:
    pkce = Pkce()
    code = await world.code_for(client, pkce)

    answer = await redeem(world, client, code, pkce.verifier, redirect_uri="https://evil.example/")

    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("grant_type", [CODE, "refresh_token"])
async def test_a_foreign_resource_is_refused_and_nothing_is_spent(
    world: World, client, grant_type: str
) -> None:
    pkce = Pkce()
    code = await world.code_for(client, pkce)
    resource = world.issuer(world.other).resource
    if grant_type == CODE:
        wrong = await redeem(world, client, code, pkce.verifier, resource=resource)
        right = await redeem(world, client, code, pkce.verifier, resource=world.issuer().resource)
    else:
        refresh_token = (await redeem(world, client, code, pkce.verifier)).json()["refresh_token"]
        wrong = await world.refresh(client, refresh_token, resource=resource)
        right = await world.refresh(client, refresh_token, resource=world.issuer().resource)

    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_target")
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [
        (None, "invalid_request"),
        ("password", "unsupported_grant_type"),
        ("client_credentials", "unsupported_grant_type"),
        ("urn:ietf:params:oauth:grant-type:token-exchange", "unsupported_grant_type"),
    ],
)
async def test_other_grant_types_are_refused(world: World, client, grant_type, error) -> None:
    answer = await world.exchange(client, grant_type=grant_type, username="alice", password="x")

    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_client_without_refresh_tokens_gets_none(world: World) -> None:
    client = await world.register(grant_types=[CODE])

    given = await world.tokens_for(client)
    answer = await world.refresh(client, "tkr_anything")

    assert "refresh_token" not in given
    assert answer.json()["error"] == "unauthorized_client"


@pytest.mark.parametrize("missing", ["code", "refresh_token"])
async def test_what_is_exchanged_must_be_there(world: World, client, missing: str) -> None:
    grant_type = CODE if missing == "code" else "refresh_token"

    answer = await world.exchange(client, grant_type=grant_type, code_verifier=Pkce().verifier)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_wrong_secret_is_an_invalid_client(world: World, method: str) -> None:
    client = await world.register(method=method)
    pkce = Pkce()
    code = await world.code_for(client, pkce)

    wrong = await redeem(world, Client(client.id, "wrong", method), code, pkce.verifier)
    right = await redeem(world, client, code, pkce.verifier)

    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert wrong.headers["www-authenticate"].startswith("Basic realm=")
    assert right.status_code == 200


async def test_a_confidential_client_cannot_leave_its_secret_out(world: World) -> None:
    client = await world.register(method="client_secret_post")
    pkce = Pkce()
    code = await world.code_for(client, pkce)

    answer = await redeem(world, Client(client.id), code, pkce.verifier)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("headers", "body", "status", "error"),
    [
        ({}, {}, 401, "invalid_client"),
        ({}, {"client_id": "mcp_unknown"}, 401, "invalid_client"),
        ({"Authorization": "Basic !!!"}, {}, 401, "invalid_client"),
        ({"Authorization": "Basic /w=="}, {}, 401, "invalid_client"),
        ({"Authorization": "Basic"}, {}, 401, "invalid_client"),
        ({"Authorization": "Bearer x"}, {"client_id": "mcp_x"}, 401, "invalid_client"),
        ({"Authorization": "Basic YTpi"}, {"client_secret": "b"}, 400, "invalid_request"),
        ({"Authorization": "Basic YTpi"}, {"client_id": "other"}, 400, "invalid_request"),
        ({"Content-Type": "application/json"}, {}, 400, "invalid_request"),
    ],
)
async def test_a_client_that_cannot_be_recognised_is_refused(
    world: World, headers, body, status, error
) -> None:
    answer = await world.http.post(
        world.issuer().endpoint("token"), data={"grant_type": CODE, **body}, headers=headers
    )

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_parameter_given_twice_is_refused(world: World, client) -> None:
    body = f"grant_type={CODE}&client_id={client.id}&client_id={client.id}"

    answer = await world.http.post(
        world.issuer().endpoint("token"),
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.json()["error"] == "invalid_request"


async def test_a_code_of_another_client_is_refused_and_stays(world: World, client) -> None:
    thief = await world.register()
    pkce = Pkce()
    code = await world.code_for(client, pkce)

    stolen = await redeem(world, thief, code, pkce.verifier)
    rightful = await redeem(world, client, code, pkce.verifier)

    assert stolen.json()["error"] == "invalid_grant"
    assert rightful.status_code == 200


async def test_a_refresh_token_of_another_client_is_refused_and_stays(world: World, client) -> None:
    thief = await world.register()
    given = await world.tokens_for(client)

    stolen = await world.refresh(thief, given["refresh_token"])

    assert stolen.json()["error"] == "invalid_grant"
    assert (await world.refresh(client, given["refresh_token"])).status_code == 200


async def test_s2_codes_and_tokens_of_one_server_are_nothing_to_another(
    world: World, client
) -> None:
    there = await world.register(server=world.other)
    pkce = Pkce()
    code = await world.code_for(client, pkce)
    form = {"grant_type": CODE, "code": code, "code_verifier": pkce.verifier}

    with_own_client = await world.exchange(client, world.other, **form)
    with_a_client_there = await world.exchange(there, world.other, **form)
    given = (await redeem(world, client, code, pkce.verifier)).json()
    refreshed_there = await world.exchange(
        there,
        world.other,
        grant_type="refresh_token",
        refresh_token=given["refresh_token"],
    )

    assert with_own_client.json()["error"] == "invalid_client"
    assert with_a_client_there.json()["error"] == "invalid_grant"
    assert refreshed_there.json()["error"] == "invalid_grant"
    with pytest.raises(Unauthorized):
        await world.call(given["access_token"], server=world.other)


async def test_s16_who_lost_access_gets_no_new_tokens(world: World, client) -> None:
    pkce = Pkce()
    bob = world.cast.bob.user_id
    given = await world.tokens_for(client, user=bob)
    code = await world.code_for(client, pkce, user=bob)
    await leave_acme(world, bob)

    assert (await redeem(world, client, code, pkce.verifier)).json()["error"] == "invalid_grant"
    refreshed = await world.refresh(client, given["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


async def test_s16_a_narrower_policy_ends_access_at_the_next_call(world: World, client) -> None:
    await world.change(world.server, access_policy=AccessPolicy.LISTED)
    async with world.database.write() as session:
        session.add(
            Guest(
                server_id=world.server.id,
                email_normalized="mallory@example.com",
                created_at=NOW,
            )
        )
    given = await world.tokens_for(client, user=world.cast.mallory.user_id)
    await world.call(given["access_token"])

    await world.change(world.server, access_policy=AccessPolicy.PRIVATE)

    with pytest.raises(Forbidden):
        await world.call(given["access_token"])
    refreshed = await world.refresh(client, given["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


async def test_a_pause_spends_nothing(world: World, client) -> None:
    given = await world.tokens_for(client)
    await world.change(world.server, is_paused=True)
    paused = await world.refresh(client, given["refresh_token"])
    await world.change(world.server, is_paused=False)

    resumed = await world.refresh(client, given["refresh_token"])

    assert (paused.status_code, paused.json()["error"]) == (503, "temporarily_unavailable")
    assert paused.headers["retry-after"]
    assert resumed.status_code == 200


async def test_a_deleted_server_gives_nothing(world: World, client) -> None:
    given = await world.tokens_for(client)
    await world.change(world.server, deleted_at=world.clock())

    assert (await world.refresh(client, given["refresh_token"])).status_code == 404


async def test_a_scope_that_was_not_granted_is_refused(world: World, client) -> None:
    given = await world.tokens_for(client)

    answer = await world.refresh(client, given["refresh_token"], scope="tools admin")

    assert answer.json()["error"] == "invalid_scope"
    assert (await world.refresh(client, given["refresh_token"])).status_code == 200


async def test_s12_refresh_tokens_and_codes_are_kept_as_digests(world: World, client) -> None:
    given = await world.tokens_for(client)

    async with world.database.read() as session:
        row = (await session.exec(select(RefreshToken))).one()

    assert row.token_digest == digest_of(given["refresh_token"])
    assert given["refresh_token"] not in str(row.model_dump())


async def test_a_body_without_end_is_refused(world: World, client) -> None:
    answer = await world.exchange(client, grant_type=CODE, code="x" * 70_000)

    assert answer.status_code == 413
