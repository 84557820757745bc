"""The admin area's routes: files, and sessions in somebody's name; others do not find them."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import AuditEntry, User
from core.sessions import cookie_name, holder_of, start_session
from saas_app.services.admin import exports
from tests.people import make_user
from tests.saas_app.visitor import HERE

SESSION, OWN = cookie_name(is_secure=False), "toolkiln_own"
USERS, ORGANIZATIONS = "/api/admin/users.csv", "/api/admin/organizations.csv"
FILES = (USERS, ORGANIZATIONS, "/api/admin/users.xlsx", "/api/admin/organizations.xlsx")
START, END = "/api/admin/impersonation/start", "/api/admin/impersonation/end"
NOT_FOUND = "There is nothing at this address."


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The routes only carry; the services behind them are tried on both databases."""
    return request.param


@dataclass
class World:
    """A browser, and the people who may sit at it."""

    client: httpx2.AsyncClient
    database: Any
    cast: Any
    root_id: Any

    async def carry(self, who: str) -> str:
        """Sign the browser in as somebody."""
        now, token = now_utc(), ""
        async with self.database.write() as session:
            if who == "banned admin":
                (await session.get_one(User, self.root_id)).banned_at = now
            if who == "acting admin":
                token = await start_session(
                    session, self.cast.alice.user_id, now=now, impersonator_id=self.root_id
                )
            elif who != "nobody":
                user = self.root_id if "admin" in who else getattr(self.cast, who).user_id
                began = now - timedelta(hours=1) if who == "stale admin" else now
                token = await start_session(session, user, now=began)
        if token:
            self.client.cookies.set(SESSION, token, domain="localhost.local")
        return token

    async def acts(self, action: str) -> list[AuditEntry]:
        """Return the entries of an act."""
        async with self.database.read() as session:
            found = await session.exec(select(AuditEntry).where(AuditEntry.action == action))
            return list(found.all())


@pytest.fixture
async def world(browser, database, committed_cast) -> World:
    async with database.write() as session:
        root = await make_user(session, "Root")
        root.is_admin = True
        await make_user(session, "=1+1", email="formula@example.com")
    return World(browser.client, database, committed_cast, root.id)


OUTSIDERS = ("nobody", "alice", "bob", "vera", "mallory", "banned admin", "acting admin")


@pytest.mark.parametrize("who", OUTSIDERS)
async def test_for_others_no_route_is_there(world, who):
    await world.carry(who)
    nowhere = await world.client.get("/api/admin/nothing-at-all")
    answers = [await world.client.get(path) for path in FILES]
    fields = {"user_id": str(world.cast.bob.user_id)}
    answers.append(await world.client.post(START, data=fields, headers=HERE))
    answers.append(await world.client.post(START, data=fields))  # from another site
    if who != "acting admin":
        answers.append(await world.client.post(END, headers=HERE))
    assert {answer.status_code for answer in answers} == {nowhere.status_code} == {404}
    assert {answer.json()["title"] for answer in answers} == {NOT_FOUND}
    assert not any("location" in answer.headers for answer in answers)
    for action in ("admin.users_exported", "admin.impersonation_started"):
        assert await world.acts(action) == []


async def test_an_admin_takes_people_as_csv_without_formulas_and_on_record(world):
    await world.carry("admin")
    answer = await world.client.get(USERS, params={"standing": "active", "delimiter": "comma"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="users-')
    assert answer.headers["cache-control"] == "no-store"
    rows = {row["e-mail"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert set(rows) == {
        *(f"{name}@example.com" for name in ("alice", "bob", "vera", "mallory", "root")),
        "formula@example.com",
    }
    assert rows["formula@example.com"]["name"] == "'=1+1"
    assert (rows["root@example.com"]["role"], rows["bob@example.com"]["verified"]) == (
        "admin", "yes",
    )  # fmt: skip
    (entry,) = await world.acts("admin.users_exported")
    assert entry.user_id == world.root_id
    assert entry.details == {"form": "csv", "only": "standing: active"}


@pytest.mark.parametrize(("delimiter", "mark"), [("semicolon", ";"), ("tab", "\t"), ("x", ",")])
async def test_other_delimiters_are_for_other_spreadsheets(world, delimiter, mark):
    await world.carry("admin")
    answer = await world.client.get(ORGANIZATIONS, params={"delimiter": delimiter, "q": "acme"})
    rows = list(csv.DictReader(io.StringIO(answer.text), delimiter=mark))
    assert [(row["name"], row["members"], row["plan"]) for row in rows] == [("Acme", "3", "Free")]


async def test_a_workbook_holds_texts_and_no_formulas(world):
    await world.carry("admin")
    answer = await world.client.get("/api/admin/users.xlsx", params={"q": "formula"})
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=1+1" in sheet
    assert "<f>" not in sheet
    assert "formula@example.com" in sheet
    assert "alice@example.com" not in sheet


async def test_a_large_export_is_read_batch_by_batch_and_whole(world, monkeypatch):
    monkeypatch.setattr(exports, "BATCH", 2)
    await world.carry("admin")
    answer = await world.client.get(USERS)
    emails = [row["e-mail"] for row in csv.DictReader(io.StringIO(answer.text))]
    assert len(emails) == len(set(emails)) == 6


async def test_an_export_ends_when_its_admin_is_none_any_more(world, parts, monkeypatch):
    monkeypatch.setattr(exports, "BATCH", 1)
    await world.carry("admin")
    whole = exports.users_behind
    served = []

    async def revoking(*arguments, **named):
        served.append(1)
        if len(served) == 2:
            async with world.database.write() as session:
                (await session.get_one(User, world.root_id)).is_admin = False
        return await whole(*arguments, **named)

    monkeypatch.setattr(exports, "users_behind", revoking)
    # The connection breaks off: a file that ends early must not look whole.
    with pytest.raises(RuntimeError, match="response already started"):
        await world.client.get(USERS)
    assert len(served) == 2


@pytest.mark.parametrize("path", FILES)
async def test_a_stale_admin_confirms_first_and_comes_back_to_the_filters(world, path):
    await world.carry("stale admin")
    answer = await world.client.get(path, params={"q": "a & b", "standing": "active"})
    page = path.rpartition("/")[2].rpartition(".")[0]
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        f"/confirm?next=/admin/{page}%3Fq%3Da%2B%2526%2Bb%26standing%3Dactive"
    )
    assert await world.acts("admin.users_exported") == []


async def test_files_are_taken_only_so_often(world, monkeypatch):
    few = exports.EXPORTS
    monkeypatch.setattr("saas_app.api.admin_exports.EXPORTS", type(few)(few.name, 1, few.window))
    await world.carry("admin")
    assert [(await world.client.get(USERS)).status_code for _ in range(2)] == [200, 429]


async def start(world, user_id) -> httpx2.Response:
    return await world.client.post(START, data={"user_id": str(user_id)}, headers=HERE)


async def held(world) -> Any:
    async with world.database.read() as session:
        token = world.client.cookies.get(SESSION)
        return await holder_of(session, token, now=now_utc())


async def test_an_admin_acts_for_somebody_and_comes_back_to_themselves(world):
    own = await world.carry("admin")
    bob = world.cast.bob.user_id
    answer = await start(world, bob)
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    set_cookies = answer.headers.get_list("set-cookie")
    assert all("HttpOnly" in one and "SameSite=lax" in one for one in set_cookies)
    assert any("Max-Age=3600" in one for one in set_cookies)
    holder = await held(world)
    assert (holder.user_id, holder.impersonator_id) == (bob, world.root_id)
    answer = await world.client.post(END, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/users/{bob}")
    assert world.client.cookies.get(SESSION) == own
    assert world.client.cookies.get(OWN) is None
    assert (await held(world)).user_id == world.root_id
    assert len(await world.acts("admin.impersonation_ended")) == 1


async def test_a_stale_admin_confirms_before_acting_for_somebody(world):
    await world.carry("stale admin")
    answer = await start(world, world.cast.bob.user_id)
    assert answer.headers["location"] == f"/confirm?next=/admin/users/{world.cast.bob.user_id}"
    assert (await held(world)).user_id == world.root_id


async def test_another_site_starts_and_ends_nothing(world):
    await world.carry("admin")
    elsewhere = {"origin": "https://evil.example"}
    fields = {"user_id": str(world.cast.bob.user_id)}
    assert (await world.client.post(START, data=fields, headers=elsewhere)).status_code == 403
    await start(world, world.cast.bob.user_id)
    assert (await world.client.post(END, headers=elsewhere)).status_code == 403
    assert (await held(world)).impersonator_id == world.root_id


async def test_nobody_acts_for_a_third_or_for_an_admin(world):
    await world.carry("admin")
    refused = await start(world, world.root_id)
    assert "error=not_on_admins" in refused.headers["location"]
    await start(world, world.cast.bob.user_id)
    assert (await start(world, world.cast.alice.user_id)).status_code == 404
    assert (await held(world)).user_id == world.cast.bob.user_id


async def test_after_the_hour_the_own_session_is_still_there_to_go_on_with(world):
    own = await world.carry("admin")
    await start(world, world.cast.bob.user_id)
    world.client.cookies.delete(SESSION)  # as the browser does after its Max-Age
    answer = await world.client.post(END, headers=HERE)
    assert answer.headers["location"] == "/admin/users"
    assert world.client.cookies.get(SESSION) == own


async def test_who_is_no_admin_any_more_signs_in_anew(world):
    await world.carry("admin")
    await start(world, world.cast.bob.user_id)
    async with world.database.write() as session:
        (await session.get_one(User, world.root_id)).is_admin = False
    assert await held(world) is None
    answer = await world.client.post(END, headers=HERE)
    assert answer.headers["location"] == "/sign-in"
    assert world.client.cookies.get(OWN) is None


async def test_signing_out_meanwhile_leaves_neither_session(world, browser):
    own = await world.carry("admin")
    await start(world, world.cast.bob.user_id)
    acting = world.client.cookies.get(SESSION)
    await browser.post("sign-out", {})
    assert (world.client.cookies.get(SESSION), world.client.cookies.get(OWN)) == (None, None)
    async with world.database.read() as session:
        for token in (own, acting):
            assert await holder_of(session, token, now=now_utc()) is None


async def test_an_admin_lets_no_client_in_for_somebody(world):
    await world.carry("acting admin")
    answer = await world.client.post(
        "/api/oauth/consent", data={"request": "x", "decision": "allow"}, headers=HERE
    )
    assert answer.headers["location"].endswith("error=forbidden")
