"""Whatever is sent, the answer is one of ours: done, or refused in the one shape, never a bug."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saas_app.api.v1 import rates
from saas_app.api.v1.table import OPERATIONS
from saas_app.services.limits import Limit
from tests.saas_app.api.v1.world import EXAMPLES, problem_in

EXAMPLES_EACH = 40
WITH_BODIES = [one for one in OPERATIONS if one.body is not None]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["\0", "{{API_KEY}}", "GET", "http://[", "../..", "x" * 300, "\u202e"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request):
    """What one database takes, the other may not."""
    return request.param


@st.composite
def bodies(draw, operation):
    """Return the example with one or two of its parts, at any depth, made odd."""
    body = orjson.loads(orjson.dumps(EXAMPLES[operation.name].body or {}))
    for _ in range(draw(st.integers(1, 2))):
        place = body
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys or draw(st.integers(0, 5)) == 0:
                if isinstance(place, dict):
                    place[draw(st.text(max_size=8))] = draw(VALUES)
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(VALUES)
            break
    return body


def odd_bodies(operation):
    """Return as many bodies as hypothesis thinks of; they are sent where one may wait."""
    collected = []

    @settings(
        max_examples=EXAMPLES_EACH, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(body=bodies(operation))
    def collect(body):
        collected.append(body)

    collect()
    return collected


@pytest.mark.parametrize("operation", WITH_BODIES, ids=lambda one: one.name)
async def test_odd_bodies_are_refused_or_taken_but_break_nothing(world, monkeypatch, operation):
    monkeypatch.setattr(rates, "PER_KEY", Limit("rest_key", 1_000_000, rates.PER_KEY.window))
    token, _ = await world.key()
    for body in odd_bodies(operation):
        answer = await world.ask(operation, token, body=body)
        assert answer.status_code < 500, (body, answer.text)
        if answer.status_code >= 400:
            problem_in(answer)
