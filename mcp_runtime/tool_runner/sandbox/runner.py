"""Runs a Python tool in the sandbox and puts what comes back in the words of MCP."""

from collections.abc import Mapping
from typing import Any

import mcp_types as types
from pydantic import BaseModel, ValidationError

from core.tool_spec import MAX_RESULT_BYTES
from mcp_runtime.errors import HostBusy, TooBusy
from mcp_runtime.tool_runner.calls import Sandboxed, ToolCall
from mcp_runtime.tool_runner.masking import Mask
from mcp_runtime.tool_runner.outcome import Outcome, failed, text_block
from mcp_runtime.tool_runner.prepared_tool import PreparedPythonTool
from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from mcp_runtime.tool_runner.sandbox.following import MaskedOutput, followed
from mcp_runtime.tool_runner.sandbox.store import Store
from mcp_runtime.tool_runner.styles import json_bytes

META_KEY = "toolkiln/run"
UNSERIALIZABLE = "result_unserializable"
# What the list of calls says of an error, by the supervisor's word for it.
CODES: Mapping[str, str] = {
    "ToolError": "tool_error",
    "Exception": "tool_exception",
    "NotSerializable": UNSERIALIZABLE,
    "OutputTooLarge": "result_too_large",
    "MemoryLimit": "memory_limit",
    "CpuLimit": "cpu_limit",
    "Timeout": "timeout",
    "Crashed": "tool_crashed",
    "WorkerRestarted": "worker_restarted",
    "Unavailable": "sandbox_unavailable",
}
BLOCKS: Mapping[str, type[BaseModel]] = {
    "text": types.TextContent,
    "image": types.ImageContent,
    "audio": types.AudioContent,
    "resource": types.EmbeddedResource,
    "resource_link": types.ResourceLink,
}
# What of an answer is for the one who builds the tool, and for nobody else.
SHOWN = (
    "is_output_cut", "connections", "is_cold",
    "waited_ms", "started_ms", "ran_ms", "cpu_ms", "memory_kib", "error",
)  # fmt: skip


class PythonRunner:
    """Runs Python tools through the supervisor."""

    def __init__(self, sandbox: SandboxClient, store: Store) -> None:
        self._sandbox = sandbox
        self._store = store

    async def run(self, call: ToolCall, tool: PreparedPythonTool) -> Outcome:
        """Run a call whose arguments were checked.

        Raises:
            SandboxUnavailable: there is no supervisor.
            TooBusy: there is no room for the call, be it the organization's own or the host's.
        """
        sandboxed = call.sandboxed
        if sandboxed is None:
            raise TypeError("A Python tool was called without its server.")
        async with followed(sandboxed.mask, call.tell) as hear:
            answer = await self._sandbox.call(
                sandboxed.binding,
                tool.python.name,
                call.arguments,
                timeout_seconds=_seconds(tool, sandboxed),
                answer_store=lambda asked: self._store.answer(
                    sandboxed.scope, sandboxed.quota, asked
                ),
                hear=hear,
            )
        _require_room(answer)
        mask = sandboxed.mask
        if "error" in answer:
            outcome = _as_failure(answer, mask, memory_mib=sandboxed.binding.limits.memory_mib)
        else:
            outcome = _as_result(answer, tool, mask)
        if call.shows_exchange:
            outcome.meta[META_KEY] = _shown(answer, mask)
        return outcome


def _shown(answer: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    shown = mask.in_value({name: answer[name] for name in SHOWN if name in answer})
    if "output" in answer:
        output = MaskedOutput(mask)
        pieces = [(stream, output.shown(stream, text)) for stream, text in answer["output"]]
        shown["output"] = [*pieces, *output.rest(is_cut=answer["is_output_cut"])]
    return shown


def _seconds(tool: PreparedPythonTool, sandboxed: Sandboxed) -> float:
    return min(tool.python.timeout_seconds, sandboxed.most_seconds)


def _require_room(answer: Mapping[str, Any]) -> None:
    error = answer.get("error", {})
    if error.get("kind") == "Busy":
        kind = TooBusy if answer["is_own"] else HostBusy
        raise kind(error["message"], retry_after_seconds=answer["retry_after_seconds"])


def _as_result(answer: Mapping[str, Any], tool: PreparedPythonTool, mask: Mask) -> Outcome:
    if "content" in answer:
        problem = next(filter(None, map(_block_problem, answer["content"])), None)
        if problem is not None:
            return failed(mask.in_answer(problem), code=UNSERIALIZABLE)
        return Outcome([_block(block, mask) for block in answer["content"]])
    value = answer["value"]
    if tool.wraps_result or not isinstance(value, dict):
        value = {"result": value}
    if tool.output_schema is not None and (problem := tool.output_problem(value)):
        message = f"The tool promised another result than it returned: {problem}"
        return failed(mask.in_answer(message), code="result_unexpected")
    text = json_bytes(value).decode()
    if mask.may_be_in(text):
        value = mask.in_value(value)
        text = json_bytes(value).decode()
    if len(text) > MAX_RESULT_BYTES:
        return failed("The result is too large to be sent.", code="result_too_large")
    return Outcome([text_block(text)], structured=value)


def _block(block: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """Return a block of content with secrets hidden, but in the data of a picture or a sound."""
    if block["type"] not in ("image", "audio"):
        return mask.in_value(block)
    return {**mask.in_value({**block, "data": ""}), "data": block["data"]}


def _block_problem(block: Mapping[str, Any]) -> str | None:
    """Return why a client of MCP could not read a block of content, or None."""
    try:
        BLOCKS[block["type"]].model_validate(block)
    except ValidationError as error:
        [first, *_] = error.errors()
        where = ".".join(map(str, first["loc"]))
        return f"The tool returned {block['type']} that is none in MCP: {where}: {first['msg']}."
    return None


def _as_failure(answer: Mapping[str, Any], mask: Mask, *, memory_mib: int) -> Outcome:
    error = answer["error"]
    message = error["message"]
    if error["kind"] == "MemoryLimit":
        message = f"The tool used more memory than it may, which is {memory_mib} MiB."
    refused = [one["refused"] for one in answer.get("connections", ()) if one["refused"]]
    lines = [message, *dict.fromkeys(refused), *map(_in_words, error["trace"])]
    return failed(mask.in_answer("\n".join(lines)), code=CODES.get(error["kind"], "tool_exception"))


def _in_words(frame: Mapping[str, Any]) -> str:
    where = f" in {frame['function']}" if frame["function"] else ""
    return f"  line {frame['line']}{where}: {frame['code']}"
