"""Who may call an event handler; a handler without a marker is refused by the guard.

A marker is also the one front where refusals become something to see: a `DomainError` shows on its
field or as a notice, anything else is logged with its trace and shown as one neutral sentence.
What keeps a page from loading stands in place of the page, until its handlers succeed.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar, cast, get_origin

from core.errors import DomainError, Invalid
from core.logs import bound_ids, log
from core.tracing import span
from saas_app.services.typed_text import require_storable

ACCESS = "_toolkiln_access"
PUBLIC = "public"
MEMBER = "member"
ADMIN = "admin"
EVENT = "web.event"
NOT_OF_OURS = "That is nothing that this page sends. Load the page again, and try once more."

Handler = Callable[..., Any]
Marked = TypeVar("Marked", bound=Callable[..., Any])


def public(handler: Marked) -> Marked:
    """Let anybody call the handler, signed in or not."""
    return cast(Marked, _guarded(handler, PUBLIC))


def member(handler: Marked) -> Marked:
    """Let signed-in browsers call the handler; what they may do is for the service to decide."""
    return cast(Marked, _guarded(handler, MEMBER))


def admin(handler: Marked) -> Marked:
    """Let admins call the handler, in their own name; for all others there is no such handler."""
    return cast(Marked, _guarded(handler, ADMIN))


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
                _require_fitting(handler, (self, *arguments), named)
                require_storable((arguments, named))
                outcome = await handler(self, *arguments, **named)
            except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
                return await show_refusal(self, error, handler)
            await _show_success(self, handler)
            return outcome

    return guarded


def _guarded_generator(handler: Handler) -> Handler:
    @functools.wraps(handler)
    async def guarded(self: Any, *arguments: Any, **named: Any) -> AsyncIterator[Any]:
        with span(EVENT, handler=handler.__qualname__):
            try:
                _require_fitting(handler, (self, *arguments), named)
                require_storable((arguments, named))
                async for event in handler(self, *arguments, **named):
                    yield event
            except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
                yield await show_refusal(self, error, handler)
            else:
                await _show_success(self, handler)

    return guarded


def _guarded_function(handler: Handler) -> Handler:
    @functools.wraps(handler)
    def guarded(self: Any, *arguments: Any, **named: Any) -> Any:
        with span(EVENT, handler=handler.__qualname__):
            try:
                _require_fitting(handler, (self, *arguments), named)
                require_storable((arguments, named))
                outcome = handler(self, *arguments, **named)
            except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
                return _refuse(self, error, handler, _log(error, handler))
            _note_success(self, handler)
            return outcome

    return guarded


def _require_fitting(handler: Handler, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Refuse what no page sends: arguments missing or unknown, or no fields where a form's are due.

    Of what is in them, the handler makes sense itself.

    Raises:
        Invalid: it does not fit.
    """
    signature = _signature_of(handler)
    try:
        given = signature.bind(*arguments, **named).arguments
    except TypeError:
        raise Invalid(NOT_OF_OURS) from None
    for name, value in given.items():
        wants_fields = get_origin(signature.parameters[name].annotation) is dict
        if wants_fields and not isinstance(value, dict):
            raise Invalid(NOT_OF_OURS)


_signature_of = functools.cache(inspect.signature)


async def show_refusal(state: Any, error: Exception, handler: Handler) -> Any:
    """Let the state show an error; a background handler takes the state's lock for it."""
    request_id = _log(error, handler)
    if _is_locked(state):
        return _refuse(state, error, handler, request_id)
    async with state:
        return _refuse(state, error, handler, request_id)


def _refuse(state: Any, error: Exception, handler: Handler, request_id: str) -> Any:
    name = handler.__qualname__
    return state._refuse(error, handler=name, request_id=request_id)  # noqa: SLF001 - one front


async def _show_success(state: Any, handler: Handler) -> None:
    """Let the state show what had failed; a background handler takes its lock where it does."""
    if _is_locked(state):
        _note_success(state, handler)
    elif state.load_failure:
        async with state:
            _note_success(state, handler)


def _note_success(state: Any, handler: Handler) -> None:
    state._note_success(handler.__qualname__)  # noqa: SLF001 - markers and AppState: one front


def _is_locked(state: Any) -> bool:
    return getattr(state, "_self_mutable", True)


def _log(error: Exception, handler: Handler) -> str:
    """Log an error, and return the id by which all lines of its event are found."""
    name = handler.__qualname__
    if isinstance(error, DomainError):
        log.info("event.refused", handler=name, code=error.code)
    else:
        log.opt(exception=error).error("event.failed", handler=name)
    return bound_ids()["request_id"]
