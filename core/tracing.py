"""Spans: how long a request, an event or a call took, and whose it was; never what with.

A span carries the ids that are bound to the log when it ends, and of an error its type alone. Until
`send_spans_to` names a taker, opening one does nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.logs import bound_ids


class _Taker:
    """Where the spans of this process go."""

    tracer: Any = None


def send_spans_to(tracer: Any) -> None:
    """Give all spans from now on to an OpenTelemetry tracer, or to nobody."""
    _Taker.tracer = tracer


@contextmanager
def span(name: str, **names: str) -> Iterator[None]:
    """Measure the block.

    Args:
        names: what the code calls the thing (a handler, a tool); nothing that a caller typed.
    """
    if _Taker.tracer is None:
        yield
        return
    with _Taker.tracer.start_as_current_span(
        # The message of an error may hold anything, so it is kept from the span.
        name,
        attributes=names,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        except Exception as error:
            current.set_attribute("error.type", type(error).__qualname__)
            raise
        finally:
            current.set_attributes(bound_ids())
