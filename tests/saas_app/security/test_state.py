"""V8.3.1: what a browser may write into a tab's state: nothing but what it types into handlers."""

import pytest
from reflex_base.registry import RegistrationContext

from saas_app.state.base import AppState
from saas_app.state.security import SecurityState


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """Nothing is written."""
    return request.param


def events_of_reflex(*ends: str) -> list[str]:
    known = RegistrationContext.get().event_handlers
    return [name for name in known if name.endswith(ends)]


@pytest.mark.parametrize("kind", [AppState, SecurityState])
async def test_v8_3_1_no_event_of_reflex_writes_a_var(tab, committed_cast, session_of, kind):
    tab.carry(await session_of(committed_cast.mallory))
    await tab.open("/home")
    hidden = [name for name in kind.__annotations__ if name.startswith("_")]
    assert ("_bound_to" in hidden) is (kind is AppState)
    root = kind.get_full_name()
    names = [*kind.base_vars, *hidden]
    forged = {f"{root}.{name}{end}": "forged" for name in names for end in ("", "_rx_state_")}
    for event in events_of_reflex(".update_vars_internal", ".hydrate_and_load"):
        await tab.call(event, vars=forged)
    for event in events_of_reflex(f"{root}.setvar"):
        for name in names:
            await tab.call(event, var_name=name, value="forged")
    state = await tab.state(kind)
    assert "forged" not in str(state._get_root_state().dict())
    assert [name for name in hidden if getattr(state, name) == "forged"] == []
