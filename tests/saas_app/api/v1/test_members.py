"""Members through the API: owners are out of a key's reach, and its maker does not go by it."""

from dataclasses import replace

import pytest

from core.permissions import Role
from tests.saas_app.api.v1.world import problem_in


@pytest.fixture
async def key(world):
    return (await world.key("members:write"))[0]


async def test_a_role_is_changed_and_shown(world, key):
    answer = await world.ask("change_role", key, body={"role": "admin"})
    assert answer.json()["role"] == "admin"
    assert (await world.ask("read_member", key)).json()["role"] == "admin"


async def test_no_key_makes_or_changes_or_removes_an_owner(world, key):
    problem = problem_in(await world.ask("change_role", key, body={"role": "owner"}))
    assert problem["code"] == "forbidden"
    owner = {"user_id": str(world.cast.alice.user_id)}
    for name in ("change_role", "remove_member"):
        problem = problem_in(await world.ask(name, key, fills=owner))
        assert problem["status"] in (403, 409)
    assert (await world.ask("read_member", key, fills=owner)).json()["role"] == "owner"


async def test_whoever_is_removed_takes_the_right_of_their_keys_along(world, key):
    await world.ask("change_role", key, body={"role": "admin"})
    bobs, _ = await world.key("servers:read", maker=replace(world.cast.bob, role=Role.ADMIN))
    assert (await world.ask("list_servers", bobs)).status_code == 200
    assert (await world.ask("remove_member", key)).status_code == 204
    assert problem_in(await world.ask("read_member", key))["code"] == "not_found"
    assert problem_in(await world.ask("list_servers", bobs))["code"] == "key_refused"


async def test_people_of_other_organizations_are_not_there(world, key):
    stranger = {"user_id": str(world.cast.mallory.user_id)}
    for name in ("read_member", "change_role", "remove_member"):
        problem = problem_in(await world.ask(name, key, fills=stranger))
        assert problem["code"] == "not_found"
