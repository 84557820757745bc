"""V2.3.4, V6.5.1, V7.2.4: what counts once counts once when it is asked for at the same moment.

Other races stand with their services: memberships and invitations in `test_membership_races`,
addresses in `test_email_change`, codes in `test_second_factor` and `test_totp`, links in
`test_passwords`, requests of programs in `test_once`.
"""

import asyncio

import pytest
from sqlmodel import func, select

from core.clock import now_utc
from core.errors import SignedOut
from core.models import User, WebSession
from core.sessions import end_sessions_of, holder_of, rotate_session, start_session
from saas_app.services import approvals
from saas_app.services.approvals import ApprovedDoor
from tests.cast import PASSWORD

AT_ONCE = 8
ALICE = {"name": "Alice", "email": "alice@example.com", "password": PASSWORD}


@pytest.fixture
async def session_id(database, committed_cast):
    async with database.write() as session:
        await start_session(session, committed_cast.alice.user_id, now=now_utc())
        await session.flush()
        return (await session.exec(select(WebSession.id))).one()


async def opening(database, tokens):
    async with database.read() as session:
        return [one for one in tokens if await holder_of(session, one, now=now_utc())]


async def test_v7_2_4_of_many_rotations_at_once_the_last_token_alone_opens(database, session_id):
    async def rotate():
        async with database.write() as session:
            return await rotate_session(session, session_id, now=now_utc())

    tokens = await asyncio.gather(*(rotate() for _ in range(AT_ONCE)))
    assert len(set(tokens)) == AT_ONCE
    assert len(await opening(database, tokens)) == 1
    async with database.read() as session:
        assert (await session.exec(select(func.count()).select_from(WebSession))).one() == 1


async def test_v7_4_3_a_session_that_ends_while_it_is_rotated_stays_ended(
    database, committed_cast, session_id
):
    async def rotate():
        async with database.write() as session:
            return await rotate_session(session, session_id, now=now_utc())

    async def end():
        async with database.write() as session:
            await end_sessions_of(session, committed_cast.alice.user_id)

    outcomes = await asyncio.gather(rotate(), end(), rotate(), return_exceptions=True)
    tokens = [one for one in outcomes if isinstance(one, str)]
    others = [one for one in outcomes if not isinstance(one, str | None)]
    assert await opening(database, tokens) == []
    assert [type(one) for one in others if not isinstance(one, SignedOut)] == []


async def test_v6_4_1_an_approval_used_many_times_at_once_opens_one_session(
    browser, visitors, parts
):
    await browser.sign_up(ALICE)
    async with parts.database.write() as session:
        alice = (await session.exec(select(User))).one()
        token = await approvals.approve(session, alice, ApprovedDoor.SIGN_IN, now=now_utc())
    people = [visitors() for _ in range(AT_ONCE)]
    await asyncio.gather(*(one.post("sign-in", {"approval": token}) for one in people))
    assert len([one for one in people if await one.holder()]) == 1
