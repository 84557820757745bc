"""V6: passwords and factors at the moments when something else changes."""

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import TotpFactor, User
from core.permissions import Origin
from core.sessions import Browser
from saas_app.services import approvals
from saas_app.services.approvals import ApprovedDoor
from saas_app.services.factors.totp import begin_totp
from saas_app.services.password_reset import send_reset
from saas_app.services.signing_in import Arrival, Method, SecondFactor, finish_first_factor
from tests.cast import PASSWORD
from tests.saas_app.letters import newest

ALICE = {"name": "Alice", "email": "alice@example.com", "password": PASSWORD}
NEW = "seven blue kilns glow"
BROWSER = Browser("Test", "203.0.113.7")


@pytest.fixture
async def alice(browser, parts) -> User:
    """alice, who has confirmed her address."""
    await browser.sign_up(ALICE)
    holder = await browser.holder()
    async with parts.database.read() as session:
        return await session.get_one(User, holder.user_id)


@pytest.fixture
def reset(visitors, parts):
    """Resets alice's password from another browser."""

    async def run() -> None:
        async with parts.database.write() as session:
            await send_reset(
                session, parts.letters, "alice@example.com", browser=BROWSER, now=now_utc()
            )
        link = await newest(parts, "reset_password")
        answer = await visitors().post("reset-password", {"token": link.token, "password": NEW})
        assert "error" not in answer.headers["location"]

    return run


async def test_v6_4_3_a_password_that_was_right_before_a_reset_opens_nothing_after_it(
    alice, parts, visitors, reset
):
    async with parts.database.write() as session:
        token = await approvals.approve(session, alice, ApprovedDoor.SIGN_IN, now=now_utc())
    await reset()
    attacker = visitors()
    answer = await attacker.post("sign-in", {"approval": token})
    assert "error=challenge_over" in answer.headers["location"]
    assert await attacker.holder() is None


async def test_v6_4_3_the_same_holds_for_a_change_of_the_password(alice, parts, browser, visitors):
    async with parts.database.write() as session:
        token = await approvals.approve(session, alice, ApprovedDoor.SIGN_IN, now=now_utc())
    answer = await browser.post("change-password", {"current": PASSWORD, "password": NEW})
    assert "changed=password" in answer.headers["location"]
    attacker = visitors()
    await attacker.post("sign-in", {"approval": token})
    assert await attacker.holder() is None


async def test_v6_4_3_a_second_step_that_began_before_a_reset_ends_with_it(
    alice, parts, visitors, reset
):
    async with parts.database.write() as session:
        await begin_totp(
            session, parts.sealer, alice.id, origin=Origin(is_fresh=True), now=now_utc()
        )
        (await session.exec(select(TotpFactor))).one().confirmed_at = now_utc()
    async with parts.database.write() as session:
        begun = await finish_first_factor(
            session, parts.letters, alice.id, Arrival(BROWSER), method=Method.PASSWORD,
            now=now_utc(),
        )  # fmt: skip
    assert isinstance(begun, SecondFactor)
    await reset()
    attacker = visitors()
    attacker.client.cookies.set("toolkiln_challenge", begun.challenge_token)
    answer = await attacker.post("verify/code", {"code": "123456"})
    assert "error=challenge_over" in answer.headers["location"]
