"""The audit log: who reads it, narrowed how, in which words, and as which file."""

import ast
import csv
import io
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.audit import record_act
from core.errors import Forbidden
from core.models import AuditEntry, OrganizationKey
from core.permissions import Origin, Role
from saas_app.services import audit_log
from saas_app.services.audit_log import AuditQuestion, export_acts, in_words, list_acts
from saas_app.services.keys import create_key
from saas_app.services.members import change_role, transfer_ownership
from saas_app.services.server_state import pause_server
from saas_app.services.spreadsheets import safe_cell
from tests.cast import NOW, make_server
from tests.people import add_person, fresh

ROOT = Path(__file__).parent.parent.parent.parent
ALL = AuditQuestion()
DAY = timedelta(days=1)


def note(session, actor, action="thing.done", *, days=0, **details):
    record_act(session, actor, action, subject="x", now=NOW + days * DAY, **details)


async def export(session, actor, question=ALL):
    @asynccontextmanager
    async def read():
        yield session

    async def enter(_session):
        return actor

    content = b"".join([part async for part in export_acts(read, enter, question)])
    return list(csv.DictReader(io.StringIO(content.decode())))


async def test_owners_and_admins_read_it_and_nobody_else(session, cast):
    adam = await add_person(session, cast.acme, "Adam", Role.ADMIN)
    note(session, cast.bob)
    await session.flush()
    for actor in (cast.alice, adam):
        assert [act.who for act in (await list_acts(session, actor, ALL)).acts] == ["Bob"]
        assert len(await export(session, actor)) == 1
    for actor in (cast.bob, cast.vera):
        with pytest.raises(Forbidden):
            await list_acts(session, actor, ALL)
        with pytest.raises(Forbidden):
            await export(session, actor)


async def test_a_stranger_reads_their_own(session, cast):
    note(session, cast.alice)
    note(session, cast.mallory, "mallorys.act")
    await session.flush()
    found = await list_acts(session, cast.mallory, ALL)
    assert [act.action for act in found.acts] == ["mallorys.act"]
    assert ([name for _, name in found.people], [one for one, _ in found.actions]) == (
        ["Mallory"], ["mallorys.act"],
    )  # fmt: skip
    assert [row["action"] for row in await export(session, cast.mallory)] == ["mallorys.act"]


async def test_an_act_says_who_what_to_whom_from_where_and_what_changed(session, cast):
    origin = Origin(ip_address="203.0.113.7", user_agent="Firefox")
    alice = type(cast.alice)(cast.alice.user_id, cast.acme.id, Role.OWNER, origin)
    await change_role(session, alice, cast.bob.user_id, role="admin", now=NOW)
    server = await make_server(session, cast.alice, name="Weather")
    await pause_server(session, alice, server.id, now=NOW + DAY)
    await session.flush()
    paused, role = (await list_acts(session, cast.alice, ALL)).acts
    assert (role.who, role.words, role.subject) == ("Alice", "Member role changed", "Bob")
    assert (role.before, role.after) == ("member", "admin")
    assert (role.ip_address, role.user_agent) == ("203.0.113.7", "Firefox")
    assert (paused.words, paused.subject, paused.at) == ("Server paused", "Weather", NOW + DAY)


async def test_an_admin_in_anothers_name_is_shown_as_such(session, cast):
    origin = Origin(impersonator_id=cast.mallory.user_id)
    note(session, type(cast.bob)(cast.bob.user_id, cast.acme.id, Role.MEMBER, origin))
    await session.flush()
    (act,) = (await list_acts(session, cast.alice, ALL)).acts
    assert (act.who, act.acting_as) == ("Mallory", "Bob")
    for person in (cast.mallory.user_id, cast.bob.user_id):
        found = await list_acts(session, cast.alice, AuditQuestion(person=str(person)))
        assert len(found.acts) == 1


async def test_keys_and_those_who_are_gone_and_we_ourselves_have_names(session, cast):
    key = OrganizationKey(
        organization_id=cast.acme.id, name="CI", scopes=[], shown_part="tko", token_digest="d",
        created_at=NOW,
    )  # fmt: skip
    session.add(key)
    await session.flush()
    origin = Origin(key_id=key.id)
    note(session, type(cast.bob)(cast.bob.user_id, cast.acme.id, Role.MEMBER, origin), days=2)
    gone = type(cast.bob)(key.id.__class__(int=7), cast.acme.id, Role.MEMBER)
    note(session, gone, days=1)
    session.add(AuditEntry(organization_id=cast.acme.id, action="x.y", created_at=NOW))
    await session.flush()
    found = await list_acts(session, cast.alice, ALL)
    assert [act.who for act in found.acts] == ["Key CI", "Deleted", "Toolkiln"]


async def test_details_read_as_words(session, cast):
    server = await make_server(session, cast.alice)
    made = await create_key(
        session, fresh(cast.alice), server.id, name="CI", lifetime="30", now=NOW
    )
    note(session, cast.alice, days=1, fields=["name", "description"], before={"is_secret": True},
         grant=str(cast.acme.id), count=2, empty="")  # fmt: skip
    await session.flush()
    other, key = (await list_acts(session, cast.alice, ALL)).acts
    assert key.details == f"key: {made.summary.name}"
    shown = f"fields: name, description · grant: {str(cast.acme.id)[:8]} · count: 2"
    assert (other.details, other.before) == (shown, "is_secret: true")


async def test_a_text_that_happens_to_be_an_id_names_nobody(session, cast):
    mallory = str(cast.mallory.user_id)
    note(session, cast.alice, before=mallory, after="Acme", name=mallory, names=[mallory])
    await session.flush()
    (act,) = (await list_acts(session, cast.alice, ALL)).acts
    assert (act.before, act.details) == (mallory, f"name: {mallory} · names: {mallory}")


async def test_who_gave_and_who_took_an_ownership_have_names(session, cast):
    await transfer_ownership(session, fresh(cast.alice), cast.bob.user_id, now=NOW + DAY)
    await session.flush()
    acts = (await list_acts(session, replace(cast.bob, role=Role.OWNER), ALL)).acts
    act = next(one for one in acts if one.action == "organization.ownership_transferred")
    assert (act.subject, act.before, act.after) == ("Bob", "Alice", "Bob")


async def test_it_is_narrowed_by_person_act_and_days(session, cast):
    note(session, cast.alice, "a.a")
    note(session, cast.bob, "a.b", days=1)
    note(session, cast.bob, "a.a", days=2)
    await session.flush()

    async def found(**question):
        acts = (await list_acts(session, cast.alice, AuditQuestion(**question))).acts
        return [act.at.day - NOW.day for act in acts]

    assert await found() == [2, 1, 0]
    assert await found(person=str(cast.bob.user_id)) == [2, 1]
    assert await found(action="a.a") == [2, 0]
    assert await found(since="2026-11-24") == [2, 1]
    assert await found(until="2026-11-24") == [1, 0]
    assert await found(since="2026-11-24", until="2026-11-24") == [1]
    assert await found(person="nobody", since="soon", until="9999-12-31", action="") == [2, 1, 0]
    assert await found(action="\0") == [2, 1, 0]
    assert await found(person=str(cast.mallory.user_id)) == []


async def test_it_comes_in_pages_and_as_one_file_in_batches(session, cast, monkeypatch):
    monkeypatch.setattr(audit_log, "PAGE", 2)
    monkeypatch.setattr(audit_log, "BATCH", 2)
    for number in range(5):
        note(session, cast.alice, f"act.{number // 3}", days=number // 3)
    await session.flush()
    first = await list_acts(session, cast.alice, ALL)
    last = await list_acts(session, cast.alice, ALL, page=3)
    assert (len(first.acts), first.has_more, len(last.acts), last.has_more) == (2, True, 1, False)
    rows = await export(session, cast.alice)
    assert [row["action"] for row in rows] == ["act.1"] * 2 + ["act.0"] * 3
    assert len(await export(session, cast.alice, AuditQuestion(action="act.1"))) == 2


async def test_a_file_holds_no_formulas(session, cast):
    note(session, cast.alice, before="=HYPERLINK(1)", after="+1", name="-2", other="@x")
    await session.flush()
    (row,) = await export(session, cast.alice)
    assert (row["before"], row["after"]) == ("'=HYPERLINK(1)", "'+1")
    assert row["details"].startswith("name: -2")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_what_a_spreadsheet_would_compute_is_kept_a_text(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Acme", "1 = 1", "'=1", "a\n=1"])
def test_other_texts_are_left_alone(text):
    assert safe_cell(text) == text


def test_every_act_of_the_services_reads_as_words():
    recorded = _recorded()
    assert len(recorded) > 20
    for action in recorded:
        words = in_words(action)
        assert words[0].isupper(), action
        assert "_" not in words, action
        assert "." not in words, action


def _recorded() -> set[str]:
    """Return the acts that services write down, as the code spells them."""
    found = set()
    for path in (ROOT / "saas_app" / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if is_call and node.func.id in ("record_act", "record_own_act"):
                action = node.args[2]
                if isinstance(action, ast.Constant):
                    found.add(str(action.value))
    assert len(found) > 20
    return found
