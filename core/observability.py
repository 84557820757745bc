"""Where failures and traces go besides the log: Sentry and Logfire, each when it is configured.

What is sent is chosen, not filtered: an error's type, the places it passed, and the ids bound to
the log. Messages of errors, arguments, bodies, headers and variables stay here, since nobody can
list in advance where a secret might stand in them.
"""

from collections.abc import Callable
from typing import Any

import sentry_sdk
from sentry_sdk.transport import Transport

from core.logs import log
from core.settings import Settings
from core.tracing import send_spans_to

IDS = ("request_id", "organization_id", "server_id", "job_id", "handler", "code")


def set_up_observability(
    settings: Settings,
    *,
    program: str,
    transport: Transport | None = None,
    span_processor: Any = None,
) -> None:
    """Start what is configured, after the logs; without a DSN or a token this does nothing.

    Args:
        transport: takes Sentry's envelopes to somewhere else than the network.
        span_processor: takes Logfire's spans, OpenTelemetry's, to somewhere else than the network.
    """
    if settings.sentry_dsn is not None:
        _start_sentry(settings, program, transport)
    if settings.logfire_token is not None:
        _start_logfire(settings, program, span_processor)


def _start_sentry(settings: Settings, program: str, transport: Transport | None) -> None:
    assert settings.sentry_dsn is not None  # noqa: S101 - the caller has looked
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        environment=settings.environment.value,
        server_name=program,
        # Our fronts log each failure once, with its trace; libraries report nothing by themselves.
        default_integrations=False,
        auto_enabling_integrations=False,
        max_breadcrumbs=0,
        transport=transport,
    )
    log.add(_report, level="ERROR")


def _report(message: Any) -> None:
    """Send an error of the log to Sentry, put together from the parts that are safe."""
    record = message.record
    event: dict[str, Any] = {
        "level": record["level"].name.lower(),
        "timestamp": record["time"].isoformat(),
        "logentry": {"message": _name_of(record)},
        "tags": _ids_of(record),
    }
    if record["exception"] is not None:
        event["exception"] = {"values": [_without_values(record["exception"])]}
    sentry_sdk.capture_event(event)  # pyright: ignore[reportArgumentType]


def _name_of(record: Any) -> str:
    """Return an event's name. Libraries log sentences: of those only the first word is sure."""
    return record["message"].partition(" ")[0]


def _ids_of(record: Any) -> dict[str, str]:
    bound = record["extra"]
    return {name: str(bound[name]) for name in ("program", *IDS) if name in bound}


def _without_values(exception: Any) -> dict[str, Any]:
    """Return an error's type and the places it passed, innermost last."""
    frames, trace = [], exception.traceback
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(
            {
                "filename": code.co_filename,
                "function": code.co_qualname,
                "lineno": trace.tb_lineno,
                "module": trace.tb_frame.f_globals.get("__name__"),
            }
        )
        trace = trace.tb_next
    return {
        "type": exception.type.__qualname__,
        "module": exception.type.__module__,
        "stacktrace": {"frames": frames},
    }


def _start_logfire(settings: Settings, program: str, span_processor: Any) -> None:
    import logfire  # noqa: PLC0415 - half a second that only those pay who use it

    assert settings.logfire_token is not None  # noqa: S101 - the caller has looked
    instance = logfire.configure(
        # Apart from OpenTelemetry's global tracer: libraries put what they please on their spans.
        local=True,
        token=settings.logfire_token.get_secret_value(),
        send_to_logfire=span_processor is None,
        additional_span_processors=None if span_processor is None else [span_processor],
        service_name=f"toolkiln-{program}",
        environment=settings.environment.value,
        console=False,
        metrics=False,
        inspect_arguments=False,
        add_baggage_to_attributes=False,
        advanced=logfire.AdvancedOptions(emit_configuration_span=False),
    )
    send_spans_to(
        instance.config.get_tracer_provider().get_tracer("toolkiln", is_span_tracer=False)
    )
    log.add(_sender(instance), level="INFO")


def _sender(instance: Any) -> Callable[[Any], None]:
    """Return a sink that sends what Sentry gets of a record, for events that are no errors too."""
    levels = {"SUCCESS": "info", "WARNING": "warn", "CRITICAL": "fatal"}

    def send(message: Any) -> None:
        record = message.record
        level = record["level"].name
        fields: dict[str, Any] = {"event": _name_of(record), **_ids_of(record)}
        if record["exception"] is not None:
            fields["exception"] = _without_values(record["exception"])
        instance.log(levels.get(level, level.lower()), "{event}", fields)

    return send
