"""Steps: the parts of a workflow that touch the world; each is done once and then remembered."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from dbos import DBOS

from core.errors import DomainError

Result = TypeVar("Result")
ATTEMPTS = 5


class StepRefused(DomainError):
    """A step ended with a refusal, which trying again would not change."""

    code = "step_refused"


async def step(name: str, do: Callable[[], Awaitable[Result]]) -> Result:
    """Run a step of the current workflow, again if it fails, unless it is already done.

    A crash after `do` and before its result is kept repeats it, so it must be safe to repeat. The
    result is kept as JSON. So is a refusal, as its message: it is an outcome, not a failure.

    Raises:
        StepRefused: `do` raised a DomainError.
    """

    async def run() -> dict[str, Any]:  # DBOS tells coroutine functions by their definition
        try:
            return {"result": await do()}
        except DomainError as error:
            return {"refused": error.message}

    options = {"name": name, "retries_allowed": True, "max_attempts": ATTEMPTS}
    kept: dict[str, Any] = await DBOS.run_step_async(options, run)  # pyright: ignore[reportArgumentType, reportCallIssue]
    if "refused" in kept:
        raise StepRefused(kept["refused"])
    return cast(Result, kept["result"])
