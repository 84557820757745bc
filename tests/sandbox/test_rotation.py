"""A zygote that is old is followed by a new one, and goes with the last worker that it forked."""

import os

import pytest

from sandbox import supervisor as supervisors
from tests.sandbox.inside import a_supervisor, binding_of, mark_of
from tests.sandbox.processes import family_of, until


@pytest.fixture
async def supervisor(monkeypatch):
    """A supervisor to which every zygote is old as soon as it was used."""
    monkeypatch.setattr(supervisors, "ROTATE_SECONDS", 0.0)
    async with a_supervisor() as made:
        yield made


def zygotes() -> set[int]:
    return {one.pid for one in family_of(os.getpid()).zygote}


async def test_a_new_one_takes_over_and_the_old_one_ends_with_its_last_worker(supervisor):
    pool = supervisor.pool
    one, other = binding_of("first"), binding_of("second")
    first = await mark_of(pool, one)
    old = zygotes()
    second = await mark_of(pool, other)
    assert len(zygotes() - old) == 1
    assert await mark_of(pool, one) == first, "its worker lives on below the old one"
    pool.forget("first")
    await until(lambda: not zygotes() & old)
    assert await mark_of(pool, other) == second
    assert await mark_of(pool, one) != first
