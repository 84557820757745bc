"""What the sandbox is told of a server whose tools are Python."""

import hashlib
from collections import OrderedDict
from dataclasses import replace
from uuid import UUID

import orjson

from core.egress import Upstream
from core.plans import PLANS, PythonLimits
from core.sandbox_protocol import Binding, EgressLimits, Share, ToolSource, WorkerLimits
from core.tool_spec import PythonTool
from mcp_runtime.catalog import LiveServer
from mcp_runtime.tool_runner.calls import Sandboxed, StoreQuota, StoreScope
from mcp_runtime.tool_runner.masking import Mask

MAX_KEPT = 2_000
WAITING_FOR_EACH_CALL = 4


class Bindings:
    """Makes the bindings of servers, each once for every state that a server is in.

    Args:
        upstreams: hosts that development lets tools reach although they are not public.
    """

    def __init__(self, upstreams: frozenset[Upstream]) -> None:
        self._upstreams = upstreams
        self._kept: OrderedDict[UUID, tuple[LiveServer, Binding, Mask]] = OrderedDict()

    def sandboxed(self, live: LiveServer, *, user: str, is_draft: bool = False) -> Sandboxed | None:
        """Return what a call of a server needs in the sandbox; None where nothing is Python.

        Args:
            live: the server as it is right now.
            user: whom a part of the store belongs to, where each end user has one.
            is_draft: whether it is the draft that is tried.
        """
        if live.spec is None or not live.spec.has_python:
            return None
        limits = PLANS[live.plan].python
        owner = user if live.spec.python.store == "per_user" else ""
        binding, mask = self._binding_of(live, limits, is_draft=is_draft)
        return Sandboxed(
            binding=binding,
            scope=StoreScope(live.id, owner, is_draft),
            quota=StoreQuota(limits.store_keys, limits.store_kib),
            most_seconds=limits.timeout_seconds,
            mask=mask,
        )

    def _binding_of(
        self, live: LiveServer, limits: PythonLimits, *, is_draft: bool
    ) -> tuple[Binding, Mask]:
        if is_draft:
            # Nobody counts on a draft to answer at once: none of its workers stays for that.
            limits = replace(limits, warm=0)
            draft = _binding(live, limits, self._upstreams, lane=draft_lane(live.id))
            return draft, _mask(live)
        kept = self._kept.get(live.id)
        if kept is None or kept[0] is not live:
            binding = _binding(live, limits, self._upstreams, lane=live_lane(live.id))
            kept = self._kept[live.id] = (live, binding, _mask(live))
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(live.id)
        return kept[1:]


def live_lane(server_id: UUID) -> str:
    """Return what the workers of a published server are found by."""
    return f"{server_id}:live"


def draft_lane(server_id: UUID) -> str:
    """Return what the workers of a draft are found by."""
    return f"{server_id}:draft"


def _mask(live: LiveServer) -> Mask:
    """Return what hides the values of a server, but those that are declared to be no secrets."""
    declared = live.spec.variables if live.spec is not None else ()
    plain = {variable.name for variable in declared if not variable.is_secret}
    return Mask(value for name, value in live.variables.items() if name not in plain)


def _binding(
    live: LiveServer, limits: PythonLimits, upstreams: frozenset[Upstream], *, lane: str
) -> Binding:
    assert live.spec is not None  # noqa: S101 - asked for servers that serve something
    settings = live.spec.python
    ports = {port for _, port in upstreams} | set(settings.ports)
    binding = Binding(
        revision="",
        lane=lane,
        server=str(live.id),
        tenant=str(live.organization_id),
        tools={
            tool.name: ToolSource(source=tool.source, function=tool.function)
            for tool in live.spec.tools
            if isinstance(tool, PythonTool)
        },
        env=dict(live.variables),
        generation=live.generation,
        egress=EgressLimits(
            hosts=settings.hosts,
            upstreams=tuple(sorted(upstreams)),
            connections=limits.connections,
            mib_per_hour=limits.egress_mib_per_hour,
        ),
        limits=WorkerLimits(memory_mib=limits.memory_mib, processors=limits.processors),
        share=Share(calls=limits.calls, waiting=limits.calls * WAITING_FOR_EACH_CALL),
        ports=tuple(sorted(ports)),
        packages=limits.packages,
        isolation=settings.isolation,
        workers=limits.workers,
        warm=limits.warm,
    )
    said = orjson.dumps(binding.model_dump(), option=orjson.OPT_SORT_KEYS)
    return binding.model_copy(update={"revision": hashlib.sha256(said).hexdigest()})
