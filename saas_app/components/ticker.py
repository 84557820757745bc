"""Asks again while something is under way elsewhere; an open tab needs nothing from the server."""

import reflex as rx

from saas_app.components.props import Handler


class TickerRoot(rx.Component):
    """Calls its handler every few seconds while it is drawn and the page is looked at."""

    library = "$/public/kit/ticker.jsx"
    tag = "Ticker"

    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]


def ticker(on_tick: Handler, *, seconds: int = 2) -> rx.Component:
    """Draw nothing; stand inside the part that is shown while one waits."""
    return TickerRoot.create(on_tick=on_tick, seconds=seconds)
