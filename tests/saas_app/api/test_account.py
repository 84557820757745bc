"""The copy of one's data over HTTP: whom the file is given to, and where others are led."""

from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from core.clock import now_utc
from core.models import AuditEntry, User, WebSession
from core.sessions import cookie_name, start_session
from saas_app.services.account_export import record_export, request_export, store_export
from tests.people import FRESH

PATH = "/api/account/export"
PAGE = "/account/data"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The route only carries; the service behind it is tried on both databases."""
    return request.param


@pytest.fixture
async def bobs_copy(parts, database, committed_cast):
    """A copy of bob's data, made as the job makes it."""
    bob, now = committed_cast.bob.user_id, now_utc()
    async with database.write() as session:
        job_id = await request_export(session, bob, origin=FRESH, now=now)
    size = await store_export(parts.database, parts.storage, bob, job_id, now=now)
    async with database.write() as session:
        file = (f"exports/{job_id.hex}.zip", size)
        letters = parts.letters
        await record_export(session, bob, file=file, letters=letters, now=now)


@pytest.fixture
def get(visitors, committed_cast, session_of):
    """Returns a function that asks for the file as somebody of the cast, or as nobody."""

    async def ask(who: str = "", token: str = ""):
        client = visitors().client
        if who:
            token = await session_of(getattr(committed_cast, who))
        if token:
            client.cookies.set(cookie_name(is_secure=False), token)
        return client, await client.get(PATH)

    return ask


async def test_its_owner_is_led_to_the_file_itself(get, bobs_copy, database, committed_cast):
    client, answer = await get("bob")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/storage/exports/")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    file = await client.get(answer.headers["location"])
    assert (file.status_code, file.headers["content-type"]) == (200, "application/zip")
    assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''toolkiln-")
    assert file.content[:2] == b"PK"
    async with database.read() as session:
        fetched = select(AuditEntry).where(AuditEntry.action == "account.export_fetched")
        entry = (await session.exec(fetched)).one()
    assert (entry.user_id, entry.ip_address) == (committed_cast.bob.user_id, "203.0.113.7")


@pytest.mark.parametrize("who", ["alice", "vera", "mallory"])
async def test_others_have_no_copy_of_his(get, bobs_copy, who):
    _, answer = await get(who)
    assert answer.headers["location"] == f"{PAGE}?error=copy_gone"


async def test_nobody_and_who_is_banned_are_led_to_sign_in(
    get, bobs_copy, database, committed_cast, session_of
):
    _, answer = await get()
    assert answer.headers["location"] == f"/sign-in?next={PAGE}"
    token = await session_of(committed_cast.bob)
    async with database.write() as session:
        (await session.get_one(User, committed_cast.bob.user_id)).banned_at = now_utc()
    _, answer = await get(token=token)
    assert answer.headers["location"] == f"/sign-in?next={PAGE}"


async def test_a_session_that_is_not_fresh_is_led_to_confirm_asvs_7_5_3(
    get, bobs_copy, database, committed_cast, session_of
):
    token = await session_of(committed_cast.bob)
    async with database.write() as session:
        old = now_utc() - timedelta(hours=1)
        theirs = col(WebSession.user_id) == committed_cast.bob.user_id
        await session.exec(update(WebSession).where(theirs).values(authenticated_at=old))
    _, answer = await get(token=token)
    assert answer.headers["location"] == f"/confirm?next={PAGE}"


async def test_an_admin_in_bobs_name_does_not_get_it(get, bobs_copy, database, committed_cast):
    async with database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).is_admin = True
        token = await start_session(
            session,
            committed_cast.bob.user_id,
            now=now_utc(),
            impersonator_id=committed_cast.alice.user_id,
        )
    _, answer = await get(token=token)
    assert answer.headers["location"] == f"{PAGE}?error=forbidden"


async def test_an_address_that_was_changed_or_has_expired_opens_nothing(get, bobs_copy):
    client, answer = await get("bob")
    address = answer.headers["location"]
    for wrong in (address[:-1], address.replace("expires=1", "expires=2"), address.split("?")[0]):
        assert (await client.get(wrong)).status_code == 404
