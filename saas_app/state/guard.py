"""The guard in front of all event handlers: deny by default, and keep tabs apart.

Any browser can call any handler over the websocket, so a handler that carries no marker does not
run at all. A tab's state belongs to the session that filled it, whatever its token is by now:
another session gets an empty one.
"""

from types import NoneType

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
from core.sessions import SignedIn, holder_of, renew_session, rotated_session_of, token_in
from core.tokens import digest_of
from saas_app import resources
from saas_app.state.addresses import ids_in
from saas_app.state.base import AppState, sign_in_address
from saas_app.state.markers import ADMIN, MEMBER, PUBLIC, access_of, show_refusal
from saas_app.state.sockets import SocketWatch

NOBODY = "signed out"
UNKNOWN = ""
# Reflex's own handlers that pages call, and the types of what they are given; it logs values of
# other types. Not `setvar`, nor `update_vars_internal` for what browsers keep: no page of ours
# uses them, and they fail on names that are none.
NEEDED_BY_PAGES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "hydrate": {},
    "hydrate_and_load": {"vars": (dict, NoneType), "hashes": (list, NoneType)},
    "set_is_hydrated": {"value": bool},
    "on_load_internal": {},
    "handle_frontend_exception": {"info": str, "component_stack": str},
}
HYDRATING = (CompileVars.HYDRATE, CompileVars.HYDRATE_AND_LOAD)


class SessionGuard(Middleware):
    """Refuses unmarked handlers, members' handlers without a session, and foreign state.

    Args:
        watch: learns of the sockets that are let in, and closes them when their session ends.
    """

    def __init__(self, watch: SocketWatch) -> None:
        self._watch = watch

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return an update that replaces the event, or None to let it through."""
        bind_ids(request_id=new_request_id(), **ids_in(state.router.url))
        try:
            return await self._judge(app, state, event)
        except Exception as error:  # noqa: BLE001 - nobody can say who asks, so it does not run
            if event.name in _hydrating_events():
                log.warning("tab.not_bound", reason=type(error).__name__)
                return await _bind(state, UNKNOWN)  # empty; its loaders fail too, and tell why
            if _is_of_reflex(event):
                return (
                    None if _is_needed(event) else StateUpdate()
                )  # leads to loaders, shows nothing
            return await _show_failure(state, event, error)

    async def _judge(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        held = await _holder(state)
        binding = NOBODY if held is None else str(held.session_id)
        sid = state.router.session.session_id
        shared = await state.get_state(AppState)
        is_foreign = shared._bound_to not in (UNKNOWN, binding)  # noqa: SLF001 - the guard owns it
        if is_foreign and await _was_rotated(state, shared._bound_to):  # noqa: SLF001
            # The browser has, or is about to have, the new token: it connects again with it.
            await self._watch.close(app, sid)
            return StateUpdate()
        if event.name in _hydrating_events():
            if not _is_needed(event):
                return StateUpdate()
            if held is not None:
                self._watch.admit(sid, digest_of(str(_token(state))), held)
            await _bind(state, binding)
            # On every page, also those that ask nobody who they are.
            (await state.get_state(AppState))._show_rights(held)  # noqa: SLF001
            return None
        access = _access_to(event)
        if access is None:
            log.warning("event.unmarked", event=event.name)
            return StateUpdate()
        if access == ADMIN and (is_foreign or held is None or not held.is_admin):
            log.info("event.not_there", event=event.name)
            return StateUpdate()  # as for a handler that nobody wrote
        if access == MEMBER and (is_foreign or held is None):
            log.info("event.not_admitted", event=event.name)
            return _to_sign_in(state)
        await _bind(state, binding)
        if held is not None:
            await _note_use(held)
        return None


async def _bind(state: BaseState, binding: str) -> None:
    """Give the tab to the session that it came with, emptied if it was another's.

    One that nobody had holds nothing but why its page could not be loaded, which stands.
    """
    shared = await state.get_state(AppState)
    if shared._bound_to == binding:  # noqa: SLF001
        return
    if shared._bound_to != UNKNOWN:  # noqa: SLF001
        state._get_root_state().reset()  # noqa: SLF001
    shared._bound_to = binding  # noqa: SLF001


def _access_to(event: Event) -> str | None:
    """Return who may call the event's handler, or None for nobody."""
    if _is_of_reflex(event):
        return PUBLIC if _is_needed(event) else None
    return access_of(RegistrationContext.get().event_handlers[event.name].handler.fn)


def _is_of_reflex(event: Event) -> bool:
    registered = RegistrationContext.get().event_handlers[event.name]
    return registered.states[0].__module__.startswith("reflex.")


def _is_needed(event: Event) -> bool:
    """Whether an event is one that pages send to Reflex itself, with what they send."""
    expected = NEEDED_BY_PAGES.get(event.name.rpartition(".")[2])
    return (
        expected is not None
        and event.payload.keys() <= expected.keys()
        and all(isinstance(event.payload.get(name), kind) for name, kind in expected.items())
        and not event.payload.get("vars")  # what browsers keep for a page, which is nothing of ours
    )


async def _show_failure(state: BaseState, event: Event, error: Exception) -> StateUpdate:
    """Let the page tell that the event could not be judged."""
    handler = RegistrationContext.get().event_handlers[event.name].handler.fn
    await show_refusal(await state.get_state(AppState), error, handler)
    root = state._get_root_state()  # noqa: SLF001 - what a handler of ours would have sent
    delta = await root._get_resolved_delta()  # noqa: SLF001
    root._clean()  # noqa: SLF001
    return StateUpdate(delta=delta)


async def _holder(state: BaseState) -> SignedIn | None:
    async with resources.get().database.read() as session:
        return await holder_of(session, _token(state), now=now_utc())


async def _was_rotated(state: BaseState, binding: str) -> bool:
    """Whether the tab's own session got a new token, which this socket does not have yet."""
    async with resources.get().database.read() as session:
        return str(await rotated_session_of(session, _token(state))) == binding


async def _note_use(held: SignedIn) -> None:
    now = now_utc()
    if held.is_due(now):
        async with resources.get().database.write() as session:
            await renew_session(session, held.session_id, now=now)


def _token(state: BaseState) -> str | None:
    is_secure = resources.get().settings.is_secure
    return token_in(state.router.headers.cookie, is_secure=is_secure)


def _to_sign_in(state: BaseState) -> StateUpdate:
    redirect = rx.redirect(sign_in_address(state.router.url))
    return StateUpdate(events=list(Event.from_event_type(redirect)))


def _hydrating_events() -> set[str]:
    return {format_event_handler(State.event_handlers[name]) for name in HYDRATING}
