"""The copy of one's data: what is in it, what never is, and where it stands."""

import io
import zipfile
from datetime import timedelta

import orjson
import pytest
from sqlmodel import select

from core.audit import record_own_act
from core.errors import Conflict, Forbidden, NotFresh
from core.models import AuditEntry, Job, JobStatus, Server, StoredFile, User
from core.permissions import Origin, Role
from core.sessions import start_session
from saas_app.integrations.disk_storage import DiskStorage
from saas_app.services import variables
from saas_app.services.account_export import (
    KEPT,
    CopyGone,
    as_zip,
    collect_account,
    fetch_export,
    look_at_export,
    record_export,
    request_export,
)
from saas_app.services.keys import create_key
from saas_app.services.letters import Letters
from tests.cast import NOW, a_tool, add_tool, make_server
from tests.letters import posted
from tests.people import FRESH, fresh, join, make_organization, user_of

HOUR = timedelta(hours=1)

SECRET = "hunter2-hunter2"


@pytest.fixture
async def personal(session, cast, sealer):
    """Bob's personal organization, with a server that holds a secret and a key."""
    bob = await user_of(session, cast.bob)
    bob.password_hash = "$argon2id$secret"
    organization = await make_organization(session, bob, slug="bobs", is_personal=True)
    actor = type(cast.bob)(bob.id, organization.id, cast.alice.role)
    server = Server(organization_id=organization.id, name="Alone", created_at=NOW, updated_at=NOW)
    session.add(server)
    await session.flush()
    await add_tool(session, server.id, a_tool())
    defined = await variables.add_variable(
        session, actor, server.id, definition={"name": "TOKEN", "is_secret": True}, now=NOW
    )
    await variables.set_value(
        session, actor, (server.id, defined.id), value=SECRET, sealer=sealer, now=NOW
    )
    key = await create_key(session, fresh(actor), server.id, name="CI", lifetime="30", now=NOW)
    return actor, key.token


async def test_it_holds_what_is_theirs_and_no_secret(session, cast, personal):
    token = await start_session(session, cast.bob.user_id, now=NOW)
    await session.flush()
    files = await collect_account(session, cast.bob.user_id, now=NOW)
    read = {name: orjson.loads(content) for name, content in files.items()}
    assert set(read) == {
        "profile.json", "sessions.json", "organizations.json", "audit.json", "servers.json",
    }  # fmt: skip
    assert read["profile.json"]["email"] == "bob@example.com"
    assert read["profile.json"]["has_password"] is True
    assert len(read["sessions.json"]) == 1
    assert {one["slug"]: one["role"] for one in read["organizations.json"]} == {
        "acme": "member", "bobs": "owner",
    }  # fmt: skip
    (server,) = read["servers.json"]
    assert [tool["name"] for tool in server["tools"]] == ["get_city"]
    assert [variable["name"] for variable in server["variables"]] == ["TOKEN"]
    assert {entry["action"] for entry in read["audit.json"]} >= {"key.created"}
    everything = b"".join(files.values()).decode()
    for secret in (SECRET, personal[1], token, "argon2", "digest", "sealed"):
        assert secret not in everything


async def test_it_holds_nothing_of_others(session, cast, personal):
    session.add(
        AuditEntry(
            organization_id=cast.acme.id,
            user_id=cast.alice.user_id,
            action="alices.act",
            created_at=NOW,
        )
    )
    await session.flush()
    files = await collect_account(session, cast.bob.user_id, now=NOW)
    everything = b"".join(files.values()).decode()
    for foreign in ("alice", "vera@example.com", "alices.act"):
        assert foreign not in everything.lower()


async def test_it_holds_no_servers_of_anothers_personal_organization(session, cast):
    vera = await user_of(session, cast.vera)
    organization = await make_organization(session, vera, slug="veras", is_personal=True)
    await make_server(session, type(cast.vera)(vera.id, organization.id, Role.OWNER))
    await join(session, organization, await user_of(session, cast.bob), Role.VIEWER)
    files = await collect_account(session, cast.bob.user_id, now=NOW)
    assert orjson.loads(files["servers.json"]) == []


async def test_it_does_not_say_from_where_an_admin_acted_in_their_name(session, cast):
    bob = cast.bob.user_id
    origin = Origin(ip_address="198.51.100.9", impersonator_id=cast.mallory.user_id)
    record_own_act(session, bob, "profile.changed", now=NOW, origin=origin)
    record_own_act(session, bob, "avatar.changed", now=NOW, origin=FRESH)
    await session.flush()
    files = await collect_account(session, bob, now=NOW)
    entries = {one["action"]: one["ip_address"] for one in orjson.loads(files["audit.json"])}
    assert entries == {"profile.changed": "", "avatar.changed": FRESH.ip_address}


def test_the_same_files_give_the_same_archive():
    files = {"b.json": b"{}", "a.json": b"[]"}
    packed = as_zip(files, now=NOW)
    assert packed == as_zip(dict(reversed(files.items())), now=NOW)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


async def test_asking_takes_a_fresh_proof_and_one_is_made_at_a_time(session, cast):
    bob = cast.bob.user_id
    with pytest.raises(NotFresh):
        await request_export(session, bob, origin=Origin(), now=NOW)
    origin = Origin(impersonator_id=cast.alice.user_id, is_fresh=True)
    with pytest.raises(Forbidden):
        await request_export(session, bob, origin=origin, now=NOW)
    await request_export(session, bob, origin=FRESH, now=NOW)
    assert (await look_at_export(session, bob, now=NOW)).is_running
    assert not (await look_at_export(session, cast.vera.user_id, now=NOW)).is_running
    with pytest.raises(Conflict):
        await request_export(session, bob, origin=FRESH, now=NOW)
    await request_export(session, cast.vera.user_id, origin=FRESH, now=NOW)


async def test_it_is_there_for_a_week_and_a_letter_says_so(session, cast, sealer):
    bob = cast.bob.user_id
    job_id = await request_export(session, bob, origin=FRESH, now=NOW)
    job = await session.get_one(Job, job_id)
    job.status = JobStatus.DONE
    letters = Letters(sealer, "https://t.test")
    for _ in range(2):  # a step that is repeated
        await record_export(session, bob, file=("exports/1.zip", 4_200), letters=letters, now=NOW)
    await session.flush()
    seen = await look_at_export(session, bob, now=NOW)
    assert (seen.key, seen.size_bytes, seen.ends_at) == ("exports/1.zip", 4_200, NOW + KEPT)
    (letter,) = await posted(session, sealer)
    assert (letter.template, letter.to) == ("export_ready", "bob@example.com")
    assert letter.values["link"] == "https://t.test/account/data"
    assert (await look_at_export(session, bob, now=NOW + KEPT)).key == ""
    assert (await look_at_export(session, cast.vera.user_id, now=NOW)).key == ""


async def test_one_that_failed_says_why_and_can_be_asked_for_again(session, cast):
    bob = cast.bob.user_id
    job = await session.get_one(Job, await request_export(session, bob, origin=FRESH, now=NOW))
    job.status, job.message = JobStatus.FAILED, "The store did not answer."
    await session.flush()
    assert (await look_at_export(session, bob, now=NOW)).problem == "The store did not answer."
    later = NOW + timedelta(minutes=1)
    await request_export(session, bob, origin=FRESH, now=later)
    assert (await look_at_export(session, bob, now=later)).is_running


@pytest.fixture
def store(tmp_path):
    return DiskStorage(tmp_path, b"0" * 32, clock=lambda: NOW)


@pytest.fixture
def keep(session, sealer):
    """Returns a function that notes a copy as the job does."""

    async def record(user_id, key, now=NOW):
        letters = Letters(sealer, "https://t.test")
        await record_export(session, user_id, file=(key, 4_200), letters=letters, now=now)
        await session.flush()

    return record


async def test_a_new_copy_takes_the_place_of_the_one_before(session, cast, keep):
    bob = cast.bob.user_id
    await keep(cast.vera.user_id, "exports/v.zip")
    for number in (1, 2):
        await keep(bob, f"exports/{number}.zip", NOW + number * HOUR)
    assert (await look_at_export(session, bob, now=NOW + 2 * HOUR)).key == "exports/2.zip"
    ends = dict((await session.exec(select(StoredFile.key, StoredFile.delete_at))).all())
    assert ends["exports/1.zip"] == NOW + 2 * HOUR  # the clean-up may have it
    assert ends["exports/v.zip"] == NOW + KEPT


async def test_a_copy_of_an_account_that_went_meanwhile_is_left_to_the_clean_up(
    session, cast, keep, sealer
):
    await session.delete(await session.get_one(User, cast.bob.user_id))
    await session.flush()
    await keep(cast.bob.user_id, "exports/1.zip")
    row = (await session.exec(select(StoredFile))).one()
    assert (row.user_id, row.delete_at) == (None, NOW)
    assert await posted(session, sealer) == []


async def test_it_is_fetched_by_its_owner_alone_with_a_fresh_proof_and_on_record(
    session, cast, keep, store
):
    bob = cast.bob.user_id
    await keep(bob, "exports/1.zip")
    address = await fetch_export(session, store, bob, origin=FRESH, now=NOW)
    assert address.startswith("/storage/exports/1.zip?name=toolkiln-2026-11-23.zip&expires=")
    entry = select(AuditEntry).where(AuditEntry.action == "account.export_fetched")
    assert (await session.exec(entry)).one().user_id == bob
    with pytest.raises(NotFresh):
        await fetch_export(session, store, bob, origin=Origin(), now=NOW)
    origin = Origin(impersonator_id=cast.alice.user_id)
    with pytest.raises(Forbidden):
        await fetch_export(session, store, bob, origin=origin, now=NOW)
    for other in (cast.alice, cast.vera, cast.mallory):
        with pytest.raises(CopyGone):
            await fetch_export(session, store, other.user_id, origin=FRESH, now=NOW)
    with pytest.raises(CopyGone):
        await fetch_export(session, store, bob, origin=FRESH, now=NOW + KEPT)
