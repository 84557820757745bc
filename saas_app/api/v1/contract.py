"""What an operation of the API is: the one table entry that serves, documents and tests it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import NotFound
from core.ids import as_uuid
from core.permissions import Actor
from saas_app.services.key_actors import Program
from saas_app.services.limits import Limit

KILOBYTE = 1024
LARGEST_PAGE = 100

Item = TypeVar("Item")


class Given(BaseModel):
    """Base of what callers send: unknown fields are an error, and types are not guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """Base of what callers get."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Given):
    """A body with nothing in it; it may be left out."""


class NoQuery(Given):
    """Nothing behind the question mark."""


class PageQuery(Given):
    """Which part of a list."""

    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="How many at most.")
    cursor: str = Field(
        default="", max_length=500, description="`next_cursor` of the page before; empty: begin."
    )


class Page(Shown, Generic[Item]):
    """A part of a list; new entries do not move what follows a cursor."""

    items: list[Item]
    next_cursor: str | None = Field(description="Leads to what follows; null at the end.")


@dataclass(frozen=True, slots=True)
class Preparation:
    """What a handler's `prepare` gets: who acts, and what was asked, checked."""

    actor: Actor
    path: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler gets: an open transaction, who acts, and what was asked, checked."""

    session: AsyncSession
    actor: Actor
    program: Program
    path: Mapping[str, str]
    query: Any
    body: Any
    prepared: Any
    now: datetime

    @property
    def server_id(self) -> UUID:
        """The server in the address.

        Raises:
            NotFound: it is no id.
        """
        return as_uuid(self.path["server_id"])

    def number(self, name: str) -> int:
        """Return a small positive number in the address.

        Raises:
            NotFound: it is none, so nothing has it.
        """
        text = self.path[name]
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise NotFound("That does not exist, or it is not yours to see.")
        return int(text)


@dataclass(frozen=True, slots=True)
class Operation:
    """A method at a path.

    Attributes:
        name: Unique; the operationId of the document.
        scope: Which a key needs; empty when any key will do.
        handle: Does it, and returns a model of `answer`, or None.
        answer: The model of the answer; None for an answer without a body.
        prepare: Runs before the transaction, for what must not hold one; gets what was asked.
        secret: The field of the answer that is shown once, so not when a request is sent again.
        limit: What it may be done more seldom than the rest.
    """

    name: str
    method: str
    path: str
    scope: str
    summary: str
    handle: Callable[[Request], Awaitable[BaseModel | None]]
    answer: type[BaseModel] | None
    status: int = 200
    description: str = ""
    query: type[BaseModel] = NoQuery
    body: type[BaseModel] | None = None
    largest_bytes: int = 64 * KILOBYTE
    prepare: Callable[[Preparation], Awaitable[Any]] | None = None
    secret: str = ""
    limit: Limit | None = None
    tag: str = field(default="", kw_only=True)

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than once without our help."""
        return self.method != "POST"
