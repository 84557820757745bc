"""The front of the API: addresses, methods, bodies and queries, and how it refuses them."""

import httpx2
import orjson
import pytest
from sqlmodel import select

from core.clock import now_utc
from core.logs import log
from core.models import AuditEntry, OrganizationKey, Server
from saas_app.api.v1 import rates
from saas_app.api.v1.table import OPERATIONS
from saas_app.services.limits import Limit
from saas_app.serving import LARGEST_API_REQUEST_BYTES, Serving
from tests.saas_app.api.v1.world import BASE, BY_NAME, SECRET_VALUE, problem_in, require_documented

JSON = {"content-type": "application/json"}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """What is refused here is refused before a database is asked."""
    return request.param


@pytest.fixture
async def key(world):
    return (await world.key())[0]


@pytest.fixture
def send(world, key):
    async def send(method, path, **options):
        headers = {"authorization": f"Bearer {key}"} | options.pop("headers", {})
        return await world.client.request(method, BASE + path, headers=headers, **options)

    return send


@pytest.mark.parametrize("path", ["", "/", "/nowhere", "/servers/", "/servers/a/b/c"])
async def test_an_address_of_nothing_is_not_found(world, key, path):
    headers = {"authorization": f"Bearer {key}"}
    answer = await world.client.get(BASE + path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    problem_in(answer)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
async def test_other_methods_are_refused_and_those_there_are_are_told(world, operation):
    path = world.address(operation)
    there = {one.method for one in OPERATIONS if one.path == operation.path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - there:
        answer = await world.client.request(method, path)
        assert problem_in(answer)["code"] == "method_not_allowed"
        assert there <= set(answer.headers["allow"].split(", "))
    answer = await world.client.options(path, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert there <= set(answer.headers["allow"].split(", "))
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_head_is_a_get_without_its_body(world, send):
    whole, head = await send("GET", "/servers"), await send("HEAD", "/servers")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b'{"name": "A"}', {}, 415, "unsupported_media_type"),
        (b'{"name": "A"}', {"content-type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"name": "A"}', JSON | {"content-encoding": "gzip"}, 415, "unsupported_media_type"),
        (b"name=A", {"content-type": "application/x-www-form-urlencoded"}, 415,
         "unsupported_media_type"),
        (b"{", JSON, 400, "not_json"),
        (b"", JSON, 400, "not_json"),
        (b"[]", JSON, 400, "not_json"),
        (b'"name"', JSON, 400, "not_json"),
        (b"\xff", JSON, 400, "not_json"),
        (b'{"name": NaN}', JSON, 400, "not_json"),
        (b'{"name": "\\ud800"}', JSON, 400, "not_json"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, JSON, 400, "not_json"),
        (b'{"name": "\\u0000"}', JSON, 422, "invalid"),
        (b'{"name": "A", "\\u0000": 1}', JSON, 422, "invalid"),
        (b'{"name": 5}', JSON, 422, "invalid"),
        (b'{"name": null}', JSON, 422, "invalid"),
        (b"{}", JSON, 422, "invalid"),
        (b'{"name": "A", "is_admin": true}', JSON, 422, "invalid"),
        (b'{"name": ""}', JSON, 422, "invalid"),
        (b'{"name": "' + b"x" * 65 + b'"}', JSON, 422, "invalid"),
        (b'{"name": "' + b"x" * 70_000 + b'"}', JSON, 413, "too_large"),
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_read_is_refused(send, content, headers, status, code):
    problem = problem_in(await send("POST", "/servers", content=content, headers=headers))
    assert (problem["status"], problem["code"]) == (status, code)


async def test_a_body_has_a_limit_however_it_is_sent(send):
    async def endless():
        for _ in range(100):
            yield b" " * 1_000

    problem = problem_in(await send("POST", "/servers", content=endless(), headers=JSON))
    assert problem["code"] == "too_large"


async def test_what_is_larger_than_anything_is_refused_in_the_same_shape(world, tmp_path):
    from saas_app import resources  # noqa: PLC0415 - as the fixture has set it

    served = Serving(world.client._transport.app, resources.get().settings, tmp_path)
    transport = httpx2.ASGITransport(app=served)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        length = {"content-length": str(LARGEST_API_REQUEST_BYTES + 1)}
        answer = await client.post(f"{BASE}/imports", content=b"x", headers=length)
    assert problem_in(answer)["code"] == "too_large"


async def test_every_field_that_does_not_fit_is_told_and_none_is_repeated(send, world):
    path = f"/servers/{world.fills['server_id']}/keys"
    body = {"lifetime_days": 31, SECRET_VALUE[:6]: SECRET_VALUE}
    answer = await send("POST", path, content=orjson.dumps(body), headers=JSON)
    problem = problem_in(answer)
    fields = {one["field"] for one in problem["errors"]}
    assert {"name", "lifetime_days"} <= fields
    assert problem["field"] in fields
    assert SECRET_VALUE not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=x", "limit=", "limit=1&limit=2", "offset=3", "cursor=!",
        "cursor=WyJhIl0", "cursor=WzFd", "cursor=bnVsbA", "cursor=%00", "cursor=é",
        "cursor=" + "a" * 501,
    ],
)  # fmt: skip
async def test_an_odd_query_is_refused(send, query):
    problem = problem_in(await send("GET", f"/servers?{query}"))
    assert problem["status"] == 422


async def test_a_cursor_with_a_moment_that_never_was_is_refused(send, world):
    for text in ("WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwLCIiXQ", "Wy01LCIiXQ", "WzUsInoiXQ"):
        path = f"/servers/{world.fills['server_id']}/calls?cursor={text}"
        assert (await send("GET", path)).status_code in (404, 422)


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x", "²", "1e3"])
async def test_a_version_that_is_no_number_is_not_found(world, key, number):
    for name in ("read_version", "roll_back"):
        answer = await world.ask(name, key, fills={"number": number})
        assert problem_in(answer)["code"] == "not_found"


@pytest.mark.parametrize("odd", ["nothing", "%00", "0" * 32, "..%2f..", "a" * 3_000])
async def test_ids_and_names_of_nothing_are_not_found(world, key, odd):
    for operation in OPERATIONS:
        for name in ("server_id", "tool_name", "variable_name", "key_id"):
            if f"{{{name}}}" not in operation.path or operation.name == "write_tool":
                continue
            fills = {**world.fills, name: odd}
            path = BASE + operation.path.format(**fills)
            body = {"value": "a"} if operation.name == "set_value" else {}
            body = {"is_enabled": True} if operation.name == "switch_tool" else body
            answer = await world.client.request(
                operation.method,
                path,
                content=orjson.dumps(body) if operation.body else None,
                headers=JSON | {"authorization": f"Bearer {key}"},
            )
            assert 400 <= answer.status_code < 500, (operation.name, answer.text)
            problem_in(answer)


async def test_each_key_has_a_limit_that_its_answers_tell(world, key, monkeypatch):
    monkeypatch.setattr(rates, "PER_KEY", Limit("rest_key", 2, rates.PER_KEY.window))
    first = await world.ask("read_this_key", key)
    assert first.headers["ratelimit-policy"] == '"key";q=2;w=60'
    assert first.headers["ratelimit"].startswith('"key";r=1;t=')
    assert (await world.ask("read_tool", key, fills={"tool_name": "x"})).status_code == 404
    answer = await world.ask("read_this_key", key)
    assert problem_in(answer)["code"] == "too_often"
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["ratelimit"].startswith('"key";r=0;t=')
    other, _ = await world.key()
    assert (await world.ask("read_this_key", other)).status_code == 200


async def test_an_address_that_tries_keys_has_to_wait(world, key, monkeypatch):
    monkeypatch.setattr(rates, "FAILURES", Limit("rest_failures", 2, rates.FAILURES.window))
    statuses = [(await world.ask("read_this_key", "tko_wrong")).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert (await world.ask("read_this_key", key)).status_code == 200


async def test_a_use_is_written_down_and_an_act_names_the_key(world, key):
    before = now_utc()
    answer = await world.ask("delete_tool", key)
    require_documented(BY_NAME["delete_tool"], answer)
    async with world.parts.database.read() as session:
        row = (await session.exec(select(OrganizationKey))).one()
        wanted = select(AuditEntry).where(AuditEntry.action == "tools.deleted")
        entry = (await session.exec(wanted)).one()
    assert row.last_used_at >= before
    assert (entry.key_id, entry.user_id) == (row.id, world.cast.alice.user_id)


async def test_a_bug_is_told_in_one_neutral_sentence(world, key, monkeypatch):
    def fail(*_args, **_named):
        raise ZeroDivisionError("the secret cause")

    monkeypatch.setattr("saas_app.api.v1.servers.page_of", fail)
    said = []
    sink = log.add(said.append, level="INFO")
    answer = await world.ask("list_servers", key)
    log.remove(sink)
    problem = problem_in(answer)
    assert (problem["status"], problem["code"]) == (500, "internal")
    assert "secret cause" not in answer.text
    assert any("rest.failed" in line for line in said)


async def test_nothing_of_a_key_or_a_body_lands_in_the_log(world, key):
    said = []
    sink = log.add(said.append, level="DEBUG", format="{message} {extra}")
    await world.ask("set_value", key, body={"value": SECRET_VALUE})
    await world.ask("set_value", key, body={"value": 5, SECRET_VALUE: 1})
    await world.ask("set_value", "tko_" + SECRET_VALUE)
    log.remove(sink)
    assert [line for line in said if "rest.answered" in line]
    assert key not in str(said)
    assert SECRET_VALUE not in str(said)


async def test_a_refused_act_leaves_nothing(world, key):
    body = {"name": "Kilns", "description": "x" * 501}
    answer = await world.ask("create_server", key, body=body)
    assert problem_in(answer)["field"] == "description"
    async with world.parts.database.read() as session:
        assert "Kilns" not in (await session.exec(select(Server.name))).all()


async def test_deleting_a_server_takes_its_name(world, key):
    answer = await world.ask("delete_server", key, query={"confirm": "weather"})
    assert problem_in(answer)["field"] == "confirm"
    assert (await world.ask("read_server", key)).status_code == 200
