"""The list of people: searched, filtered, sorted, paged by the database; and one of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.admin_access import Admin, admin_of
from core.errors import NotFound
from core.models import Identity
from core.permissions import Origin
from core.sessions import start_session
from saas_app.services.admin.person import look_at_person
from saas_app.services.admin.questions import PAGE, Standing, UserQuestion
from saas_app.services.admin.users import list_users
from tests.cast import NOW
from tests.people import holding, make_user, user_of

DAY = timedelta(days=1)


async def names(session, admin: Admin, page: int = 1, **asked: str) -> list[str]:
    question = UserQuestion.parse(**{"sort": "name", **asked})
    found = await list_users(session, admin, question, page=page, now=NOW)
    return [line.user.name for line in found.users]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ali", ["Alice"]),
        ("ALICE@EXAMPLE", ["Alice"]),
        ("bob example", ["Bob"]),
        ("%", []),
        ("_", []),
        ("nobody", []),
        ("\0", ["Alice", "Bob", "Mallory", "Root", "Vera"]),
    ],
)
async def test_people_are_found_by_words_of_name_and_address(session, cast, admin, search, found):
    assert await names(session, admin, q=search) == found


@pytest.mark.parametrize("search", ["Özlem", "özlem", "ÖZL", "ölçer@example"])
async def test_letters_with_marks_are_found_in_any_case(session, cast, admin, search):
    await make_user(session, "Özlem", email="Ölçer@example.com")
    assert await names(session, admin, q=search) == ["Özlem"]


async def test_people_are_filtered_by_role_and_standing(session, cast, admin):
    bob, vera = await user_of(session, cast.bob), await user_of(session, cast.vera)
    mallory, alice = await user_of(session, cast.mallory), await user_of(session, cast.alice)
    bob.banned_at, vera.delete_at, mallory.email_verified_at = NOW, NOW + DAY, None
    alice.banned_at, alice.ban_ends_at = NOW - DAY, NOW  # over
    await session.flush()
    assert await names(session, admin, role="admin") == ["Root"]
    assert await names(session, admin, role="person") == ["Alice", "Bob", "Mallory", "Vera"]
    assert await names(session, admin, standing="banned") == ["Bob"]
    assert await names(session, admin, standing="deletion") == ["Vera"]
    assert await names(session, admin, standing="unverified") == ["Mallory"]
    assert await names(session, admin, standing="active") == ["Alice", "Root"]
    assert await names(session, admin, standing="'; drop", role="\0") == [
        "Alice", "Bob", "Mallory", "Root", "Vera",
    ]  # fmt: skip
    found = await list_users(session, admin, UserQuestion(sort="name"), page=1, now=NOW)
    assert [line.standing for line in found.users] == [
        Standing.ACTIVE, Standing.BANNED, Standing.UNVERIFIED, Standing.ACTIVE, Standing.DELETION,
    ]  # fmt: skip


async def test_people_are_sorted_either_way(session, cast, admin):
    assert await names(session, admin, sort="name") == ["Alice", "Bob", "Mallory", "Root", "Vera"]
    assert (await names(session, admin, sort="-email"))[0] == "Vera"
    newest = await make_user(session, "Zoe")
    newest.created_at = NOW + DAY
    await session.flush()
    assert (await names(session, admin, sort="nonsense"))[0] == "Zoe"


async def test_every_person_is_on_exactly_one_page(session, admin):
    for number in range(2 * PAGE):
        await make_user(session, "Same", email=f"same{number}@example.com")
    shown: list[str] = []
    for page in (1, 2, 3):
        question = UserQuestion.parse(sort="created")
        found = await list_users(session, admin, question, page=page, now=NOW)
        assert (found.page, found.total) == (page, 2 * PAGE + 1)
        shown += [line.user.email for line in found.users]
    assert len(shown) == len(set(shown)) == 2 * PAGE + 1
    beyond = await list_users(session, admin, UserQuestion(), page=99, now=NOW)
    assert (beyond.page, len(beyond.users)) == (3, 1)


async def test_a_person_is_shown_with_organizations_sessions_and_ways_in(session, cast, admin):
    alice = cast.alice.user_id
    await start_session(session, alice, now=NOW)
    await start_session(session, alice, now=NOW - timedelta(days=31))  # over
    await start_session(session, alice, now=NOW, impersonator_id=admin.user_id)  # not hers
    session.add(
        Identity(user_id=alice, issuer="https://i", subject="s", email="a@g.io", created_at=NOW)
    )
    await session.flush()
    found = await look_at_person(session, admin, alice, now=NOW)
    assert [(place.name, place.role) for place in found.places] == [("Acme", "owner")]
    assert (found.sessions, found.factors.has_password, found.factors.has_app) == (1, True, False)
    assert [one.email for one in found.identities] == ["a@g.io"]


async def test_who_is_not_there_is_not_found(session, cast, admin):
    with pytest.raises(NotFound):
        await look_at_person(session, admin, cast.acme.id, now=NOW)


async def test_only_an_admin_in_their_own_name_is_one(session, cast, root):
    holder = replace(holding(root), is_admin=True)
    assert admin_of(holder, Origin()).user_id == root.id
    for other, origin in (
        (None, Origin()),
        (holding(await user_of(session, cast.alice)), Origin(is_fresh=True)),
        (holder, Origin(impersonator_id=root.id)),
    ):
        with pytest.raises(NotFound):
            admin_of(other, origin)
