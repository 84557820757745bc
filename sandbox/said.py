"""What a worker may say once it serves calls; whatever does not fit these shapes ends it."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.jail.results import MAX_FRAMES, MAX_LINE, MAX_MESSAGE

Kind = Literal["ToolError", "NotSerializable", "OutputTooLarge", "MemoryLimit", "Exception"]
Number = Annotated[int, Field(ge=0, lt=2**32)]


class Said(BaseModel):
    """Base of what is said: of exactly these fields, and nothing stands for something else."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Frame(Said):
    """A line of the tool's own code that led to an error."""

    line: int | None
    function: Annotated[str, Field(max_length=MAX_LINE)]
    code: Annotated[str, Field(max_length=MAX_LINE)]


class Failure(Said):
    """How a call failed."""

    kind: Kind
    message: Annotated[str, Field(max_length=MAX_MESSAGE)]
    trace: Annotated[list[Frame], Field(max_length=MAX_FRAMES)]


class Block(BaseModel):
    """A block of content; what else is in it is for the client, as the tool made it."""

    model_config = ConfigDict(strict=True)

    type: Literal["text", "image", "audio", "resource", "resource_link"]


class Done(Said):
    """The answer to a call: one of value, content and error.

    Attributes:
        is_async: whether the tool takes turns on the worker's loop, and needs no thread.
    """

    done: Number
    is_async: bool = False
    value: Any = None
    content: list[Block] = []
    error: Failure = Field(default_factory=lambda: Failure(kind="Exception", message="", trace=[]))
    cpu_ms: Annotated[float, Field(ge=0)] = 0.0
    memory_kib: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set & {"value", "content", "error"}) != 1:
            raise ValueError("An answer is one of value, content and error.")
        return self


class StoreRequest(Said):
    """A question to the server's key-value store."""

    store: Number
    call: Number
    do: Literal["get", "set", "delete", "keys"]
    key: str
    value: Any = None
    default: Any = None
