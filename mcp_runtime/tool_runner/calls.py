"""A call of a tool, before it runs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.sandbox_protocol import Binding
from mcp_runtime.tool_runner.masking import Mask
from mcp_runtime.tool_runner.prepared_tool import PreparedTool

Tell = Callable[[str, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StoreScope:
    """Whose part of a server's store a call sees.

    Attributes:
        server_id: the server.
        owner: the end user, where each has a part of their own; empty where all share one.
        is_draft: whether it is the part that tries of the draft see.
    """

    server_id: UUID
    owner: str = ""
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class StoreQuota:
    """How much all parts of a server's store may hold together."""

    keys: int
    kib: int


@dataclass(frozen=True, slots=True)
class Sandboxed:
    """What a call in the sandbox needs besides its arguments.

    Attributes:
        binding: the server and its values, as its workers get them.
        scope: whose part of the server's key-value store it sees.
        quota: how much that store may hold.
        most_seconds: how long a call may take in its plan, whatever the tool says.
        mask: hides the server's secrets in what the tool says.
    """

    binding: Binding
    scope: StoreScope
    quota: StoreQuota
    most_seconds: float
    mask: Mask


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call to run.

    Attributes:
        variables: the server's values, defaults among them.
        sandboxed: what the sandbox needs to know, where the tool is a Python function.
        shows_exchange: whether the outcome says what went over the wire, for drafts alone.
        tell: is told what a Python function prints and connects to while it runs, for drafts alone.
    """

    tool: PreparedTool
    arguments: Mapping[str, Any]
    variables: Mapping[str, str]
    organization_id: UUID
    sandboxed: Sandboxed | None = None
    shows_exchange: bool = False
    tell: Tell | None = None
