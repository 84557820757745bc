"""Which word of a provider proves again who somebody is (ASVS 7.5.1)."""

from datetime import timedelta

import pytest

from core.models import Passkey, TotpFactor, User
from saas_app.integrations.oidc import Person
from saas_app.services.identities import (
    OLDEST_PROOF,
    AnotherPerson,
    HasBetterWay,
    ProofTooOld,
    connect_identity,
    require_proof,
)
from saas_app.services.letters import Letters
from tests.cast import NOW
from tests.saas_app.services.factors.conftest import FRESH

ISSUER = "https://accounts.example.com"
SECOND = timedelta(seconds=1)


def word_of(subject="g-1", *, at=NOW):
    return Person(ISSUER, subject, "alice@example.com", True, "Alice", at)


@pytest.fixture
def letters(sealer) -> Letters:
    return Letters(sealer, "http://localhost:3000")


@pytest.fixture
async def alice(session, letters, cast):
    """alice, who has connected an account elsewhere and has nothing else."""
    user = await session.get_one(User, cast.alice.user_id)
    user.password_hash = None
    await connect_identity(session, letters, user.id, word_of(), origin=FRESH, now=NOW)
    return user


async def test_whom_the_provider_has_just_asked_is_confirmed(session, alice):
    await require_proof(session, alice.id, word_of(at=NOW - OLDEST_PROOF), now=NOW)


@pytest.mark.parametrize("at", [None, NOW - OLDEST_PROOF - SECOND])
async def test_a_click_where_the_provider_asked_nobody_lately_proves_nothing(session, alice, at):
    with pytest.raises(ProofTooOld):
        await require_proof(session, alice.id, word_of(at=at), now=NOW)


async def test_the_account_of_another_proves_nothing(session, alice, cast):
    for user_id, subject in ((alice.id, "g-2"), (cast.bob.user_id, "g-1")):
        with pytest.raises(AnotherPerson):
            await require_proof(session, user_id, word_of(subject), now=NOW)


@pytest.mark.parametrize("better", ["password", "passkey", "app"])
async def test_whoever_has_something_better_confirms_by_that(session, alice, better):
    if better == "password":
        alice.password_hash = "x"
    elif better == "passkey":
        session.add(
            Passkey(
                user_id=alice.id, name="Key", credential_id="c", public_key=b"k", created_at=NOW
            )
        )
    else:
        session.add(
            TotpFactor(user_id=alice.id, sealed_secret=b"s", confirmed_at=NOW, created_at=NOW)
        )
    with pytest.raises(HasBetterWay):
        await require_proof(session, alice.id, word_of(), now=NOW)
