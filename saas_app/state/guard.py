"""The guard in front of all event handlers: deny by default, and keep tabs apart.

Any browser can call any handler over the websocket, so a handler that carries no marker does not
run at all. A tab's state belongs to the session that filled it: another cookie gets an empty one.
"""

import reflex as rx
from reflex.event import Event
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, State, StateUpdate
from reflex_base.constants import CompileVars
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from core.clock import now_utc
from core.ids import new_request_id
from core.logs import bind_ids, log
from core.sessions import holder_of, token_in
from core.tokens import digest_of
from saas_app import resources
from saas_app.state.addresses import ids_in
from saas_app.state.base import AppState, sign_in_address
from saas_app.state.markers import PUBLIC, access_of, show_refusal

HYDRATING = (CompileVars.HYDRATE, CompileVars.HYDRATE_AND_LOAD)


class SessionGuard(Middleware):
    """Refuses unmarked handlers, members' handlers without a session, and foreign state."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:  # noqa: ARG002
        """Return an update that replaces the event, or None to let it through."""
        bind_ids(request_id=new_request_id(), **ids_in(state.router.url))
        binding = _cookie_digest(state)
        if event.name in _hydrating_events():
            return await _bind(state, binding)
        shared = await state.get_state(AppState)
        if not shared._bound_to:  # noqa: SLF001 - the guard owns the binding
            await _bind(state, binding)  # the state had expired, so this one is still empty
        elif shared._bound_to != binding:  # noqa: SLF001
            log.warning("event.foreign_state", event=event.name)
            return _to_sign_in(state)
        try:
            return await _judge(state, event)
        except Exception as error:  # noqa: BLE001 - nobody can say who asks, so it does not run
            return await _show_failure(state, event, error)


async def _bind(state: BaseState, binding: str) -> None:
    """At (re)connection give the tab to the cookie that it came with, emptied if it had another."""
    shared = await state.get_state(AppState)
    if shared._bound_to != binding:  # noqa: SLF001
        state._get_root_state().reset()  # noqa: SLF001
        shared._bound_to = binding  # noqa: SLF001


async def _judge(state: BaseState, event: Event) -> StateUpdate | None:
    registered = RegistrationContext.get().event_handlers[event.name]
    module = registered.states[0].__module__
    if module.startswith("reflex."):
        return None
    access = access_of(registered.handler.fn)
    if access is None:
        log.warning("event.unmarked", event=event.name)
        return StateUpdate()
    if access == PUBLIC or await _is_signed_in(state):
        return None
    return _to_sign_in(state)


async def _show_failure(state: BaseState, event: Event, error: Exception) -> StateUpdate:
    """Let the page tell that the event could not be judged."""
    handler = RegistrationContext.get().event_handlers[event.name].handler.fn
    await show_refusal(await state.get_state(AppState), error, handler)
    root = state._get_root_state()  # noqa: SLF001 - what a handler of ours would have sent
    delta = await root._get_resolved_delta()  # noqa: SLF001
    root._clean()  # noqa: SLF001
    return StateUpdate(delta=delta)


async def _is_signed_in(state: BaseState) -> bool:
    async with resources.get().database.read() as session:
        return await holder_of(session, _token(state), now=now_utc()) is not None


def _token(state: BaseState) -> str | None:
    is_secure = resources.get().settings.is_secure
    return token_in(state.router.headers.cookie, is_secure=is_secure)


def _cookie_digest(state: BaseState) -> str:
    token = _token(state)
    return "signed out" if token is None else digest_of(token)


def _to_sign_in(state: BaseState) -> StateUpdate:
    redirect = rx.redirect(sign_in_address(state.router.url))
    return StateUpdate(events=list(Event.from_event_type(redirect)))


def _hydrating_events() -> set[str]:
    return {format_event_handler(State.event_handlers[name]) for name in HYDRATING}
