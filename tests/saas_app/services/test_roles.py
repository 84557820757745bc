"""The matrix of roles says what the table of permissions says."""

from uuid import uuid4

import pytest

from core.permissions import ALLOWED, Actor, Permission, Role
from saas_app.services.roles import ABOUT, WORDS, in_words, role_matrix


def test_every_permission_and_every_role_has_words():
    assert set(WORDS) == set(Permission)
    assert len(set(WORDS.values())) == len(WORDS)
    assert set(ABOUT) == set(Role)


def test_the_matrix_is_the_table_of_permissions():
    shown = {row.words: row.allowed for row in role_matrix()}
    for permission in Permission:
        assert shown[in_words(permission)] == tuple(permission in ALLOWED[role] for role in Role)
    assert len(shown) == len(Permission)


def test_what_most_may_do_comes_first():
    counts = [sum(row.allowed) for row in role_matrix()]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    ("role", "grantable"),
    [
        (Role.OWNER, set(Role)),
        (Role.ADMIN, {Role.ADMIN, Role.MEMBER, Role.VIEWER}),
        (Role.MEMBER, set()),
        (Role.VIEWER, set()),
    ],
)
def test_nobody_gives_a_role_above_their_own(cast_ids, role, grantable):
    actor = Actor(*cast_ids, role)
    assert {one for one in Role if actor.may_grant(one)} == grantable


def test_a_key_gives_no_role_without_the_scope_for_it(cast_ids):
    looks = Actor(*cast_ids, Role.OWNER, only=frozenset({Permission.MEMBER_VIEW}))
    manages = Actor(*cast_ids, Role.OWNER, only=frozenset({Permission.MEMBER_MANAGE}))
    assert not looks.may_grant(Role.VIEWER)
    assert manages.may_grant(Role.ADMIN)
    assert not manages.may_grant(Role.OWNER)


@pytest.fixture
def cast_ids():
    return uuid4(), uuid4()
