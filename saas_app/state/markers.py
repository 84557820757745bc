"""Who may call an event handler; a handler without a marker is refused by the guard.

A marker is also the one front where refusals become something to see: a `DomainError` shows on its
field or as a notice, anything else is logged with its trace and shown as one neutral sentence.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar, cast

from core.errors import DomainError
from core.logs import log
from core.tracing import span
from saas_app.services.typed_text import require_storable

ACCESS = "_toolkiln_access"
PUBLIC = "public"
MEMBER = "member"
EVENT = "web.event"

Handler = Callable[..., Any]
Marked = TypeVar("Marked", bound=Callable[..., Any])


def public(handler: Marked) -> Marked:
    """Let anybody call the handler, signed in or not."""
    return cast(Marked, _guarded(handler, PUBLIC))


def member(handler: Marked) -> Marked:
    """Let signed-in browsers call the handler; what they may do is for the service to decide."""
    return cast(Marked, _guarded(handler, MEMBER))


def access_of(handler: Handler) -> str | None:
    """Return the marker of a handler, if it has one."""
    return getattr(handler, ACCESS, None)


def _guarded(handler: Handler, access: str) -> Handler:
    if inspect.isasyncgenfunction(handler):
        guarded = _guarded_generator(handler)
    elif inspect.iscoroutinefunction(handler):
        guarded = _guarded_coroutine(handler)
    else:
        guarded = _guarded_function(handler)
    setattr(guarded, ACCESS, access)
    return guarded


def _guarded_coroutine(handler: Handler) -> Handler:
    @functools.wraps(handler)
    async def guarded(self: Any, *arguments: Any, **named: Any) -> Any:
        with span(EVENT, handler=handler.__qualname__):
            try:
                require_storable((arguments, named))
                return await handler(self, *arguments, **named)
            except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
                return await _show(self, error, handler)

    return guarded


def _guarded_generator(handler: Handler) -> Handler:
    @functools.wraps(handler)
    async def guarded(self: Any, *arguments: Any, **named: Any) -> AsyncIterator[Any]:
        with span(EVENT, handler=handler.__qualname__):
            try:
                require_storable((arguments, named))
                async for event in handler(self, *arguments, **named):
                    yield event
            except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
                yield await _show(self, error, handler)

    return guarded


def _guarded_function(handler: Handler) -> Handler:
    @functools.wraps(handler)
    def guarded(self: Any, *arguments: Any, **named: Any) -> Any:
        with span(EVENT, handler=handler.__qualname__):
            try:
                require_storable((arguments, named))
                return handler(self, *arguments, **named)
            except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
                _log(error, handler)
                return self._refuse(error)

    return guarded


async def _show(state: Any, error: Exception, handler: Handler) -> Any:
    """Let the state show an error; a background handler takes the state's lock for it."""
    _log(error, handler)
    if getattr(state, "_self_mutable", True):
        return state._refuse(error)  # noqa: SLF001 - markers and AppState are one front
    async with state:
        return state._refuse(error)  # noqa: SLF001


def _log(error: Exception, handler: Handler) -> None:
    if isinstance(error, DomainError):
        log.info("event.refused", handler=handler.__qualname__, code=error.code)
    else:
        log.opt(exception=error).error("event.failed", handler=handler.__qualname__)
