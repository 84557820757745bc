"""Every address of HTTP, asked by everybody: who gets in, what changes, and from which site."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from core.sessions import cookie_name
from saas_app.api.routes import make_api
from tests.saas_app.doors.api_doors import API_DOORS, ApiDoor
from tests.saas_app.doors.rows import SIGN_IN, YES, filled
from tests.saas_app.doors.seed import OWNER, PEOPLE, SIGNED_OUT
from tests.saas_app.doors.world import World, changed

HERE = {"origin": "http://localhost:3000"}
OF_REFLEX = {"/ping", "/_health", "/_event"}
FOREIGN: dict[str, dict[str, str]] = {
    "another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "a subdomain of ours": {"origin": "http://evil.localhost:3000", "sec-fetch-site": "same-site"},
    "the same name over TLS": {"origin": "https://localhost:3000"},
    "a sandboxed frame": {"origin": "null", "sec-fetch-site": "cross-site"},
    "nowhere": {},
}
UNSAFE = [row for row in API_DOORS if (row.method != "GET" and not row.anywhere) or row.only_here]


def name_of(row: ApiDoor) -> str:
    return f"{row.method} {row.route}"


class Asker:
    """Sends a row's request as somebody."""

    def __init__(self, world: World, client: httpx2.AsyncClient) -> None:
        self._world, self._client = world, client

    async def ask(
        self, row: ApiDoor, who: str, headers: dict[str, str]
    ) -> tuple[str, set[str], httpx2.Response]:
        """Return what came of it, the tables that changed, and the answer."""
        ids = self._world.seed.ids
        cookie = {}
        if who != SIGNED_OUT:
            cookie["cookie"] = f"{cookie_name(is_secure=False)}={self._world.seed.sessions[who]}"
        before = self._world.contents()
        answer = await self._client.request(
            row.method,
            str(filled(row.path or row.route, ids)),
            data={key: filled(one, ids) for key, one in row.form.items()} or None,
            json=row.json,
            files={"file": ("source", row.file)} if row.file else None,
            headers=cookie | headers,
        )
        self._client.cookies.clear()
        return outcome_of(answer), changed(before, self._world.contents()), answer


def outcome_of(answer: httpx2.Response) -> str:
    """Yes, the code of a refusal, or that the visitor is sent to sign in."""
    if answer.is_redirect:
        address = urlsplit(answer.headers["location"])
        query = parse_qs(address.query)
        if address.path == "/sign-in" and query.get("error", [SIGN_IN]) in (
            [SIGN_IN],
            ["signed_out"],
        ):
            return SIGN_IN
        return query.get("error", [YES])[0]
    if answer.is_success:
        return YES
    said = answer.json()
    code = said.get("code", said.get("error", str(answer.status_code)))
    return SIGN_IN if code == "signed_out" else code


@pytest.fixture
async def asker(world):
    """Asks from over the network, not from the machine itself."""
    transport = httpx2.ASGITransport(app=make_api(), client=("203.0.113.7", 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield Asker(world, client)


def test_every_route_has_a_row(reflex_app):
    routes = {
        (method, route.path)
        for route in make_api().routes
        for method in (getattr(route, "methods", None) or {"ANY"})
        if method != "HEAD"
    }
    rows = {(row.method, row.route) for row in API_DOORS}
    served = {path for _, path in routes}
    any_method = {path for method, path in routes if method == "ANY"}
    assert sorted({one for one in routes if one[1] not in any_method} - rows) == []
    assert sorted(any_method - {path for _, path in rows}) == []
    assert sorted({path for _, path in rows} - served) == [], "it is gone; take its row away"
    assert {route.path for route in reflex_app._api.routes} == OF_REFLEX


@pytest.mark.parametrize("row", API_DOORS, ids=name_of)
async def test_who_gets_in_and_what_it_changes(row, asker, world):
    odd: list[str] = []
    for who in reversed(PEOPLE):
        expected = row.who[who]
        outcome, tables, answer = await asker.ask(row, who, HERE)
        wanted = row.changes if expected == YES else frozenset()
        if outcome != expected or tables - row.may_change != wanted:
            odd.append(f"{who}: {outcome} {answer.status_code}, changed {sorted(tables)}")
        if tables:
            world.restore()
    assert not odd, "\n".join(odd)


@pytest.mark.parametrize("site", FOREIGN)
@pytest.mark.parametrize("row", UNSAFE, ids=name_of)
async def test_v3_5_1_no_form_of_another_site_is_taken(row, site, asker):
    outcome, tables, answer = await asker.ask(row, OWNER, FOREIGN[site])
    assert (outcome, tables) == ("forbidden", set())
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("row", API_DOORS, ids=name_of)
async def test_v3_4_2_no_other_site_may_read_an_answer(row, asker, world):
    _, _, answer = await asker.ask(row, OWNER, FOREIGN["another site"])
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "row", [row for row in API_DOORS if row.method == "GET"], ids=lambda row: row.route
)
async def test_v3_5_3_looking_changes_nothing_of_anybodys(row, asker):
    _, tables, _ = await asker.ask(row, OWNER, FOREIGN["another site"])
    assert tables <= {"audit_entry"}  # that the record was taken away is noted
