"""What the sandbox is told of a server, live and as a draft."""

from uuid import uuid4

from core.models import AccessPolicy
from core.plans import PlanName
from core.tool_spec import ServerSpec
from mcp_runtime.bindings import Bindings, draft_lane, live_lane
from mcp_runtime.catalog import LiveServer
from tests.mcp_runtime.test_python_tools import python_tool


def live(plan: PlanName) -> LiveServer:
    return LiveServer(
        id=uuid4(),
        organization_id=uuid4(),
        name="Weather",
        access_policy=AccessPolicy.PUBLIC,
        plan=plan,
        is_paused=False,
        generation=1,
        version_number=1,
        spec=ServerSpec(name="Weather", tools=(python_tool(),)),
        variables={},
    )


def test_what_is_published_stays_warm_as_its_plan_says_and_a_draft_does_not():
    for plan, warm in ((PlanName.FREE, 0), (PlanName.PRO, 1)):
        server, bindings = live(plan), Bindings(frozenset())
        published = bindings.sandboxed(server, user="")
        draft = bindings.sandboxed(server, user="", is_draft=True)
        assert published is not None
        assert draft is not None
        assert (published.binding.lane, published.binding.warm) == (live_lane(server.id), warm)
        assert (draft.binding.lane, draft.binding.warm) == (draft_lane(server.id), 0)
