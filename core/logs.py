"""Logs as events with fields: readable in development, one JSON object a line in production.

`log.info("version.published", number=3)`; the fronts bind request, organization and server ids with
`log_context` and `bind_ids`. Never logged: tool arguments, answers, tokens, passwords, mail bodies.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Protocol

import orjson
from loguru import logger

NO_IDS: Mapping[str, str] = MappingProxyType({})
_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default=NO_IDS)


class LogSettings(Protocol):
    """What of a program's settings decides how it logs."""

    @property
    def is_production(self) -> bool: ...
    @property
    def log_level(self) -> str: ...


def _add_ids(record: Any) -> None:
    for name, value in _ids.get().items():
        record["extra"].setdefault(name, value)


log = logger.patch(_add_ids)
QUIET = ("alembic", "mcp", "fastmcp", "httpx", "httpx2", "httpcore2", "uvicorn.access", "dbos")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")  # named alike in both libraries


class _ToLoguru(logging.Handler):
    """Carries the records of libraries that log the standard way."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on with its level and exception."""
        level = record.levelname if record.levelname in LEVELS else record.levelno
        log.opt(exception=record.exc_info).bind(logger=record.name).log(level, record.getMessage())


def set_up_logs(settings: LogSettings, *, program: str) -> None:
    """Send all logs of this process to stderr, in the form that fits the environment."""
    logger.remove()
    logger.configure(extra={"program": program})
    if settings.is_production:
        logger.add(_write_json, level=settings.log_level, backtrace=False, diagnose=False)
    else:
        logger.add(
            sys.stderr, level=settings.log_level, format=_readable, backtrace=False, diagnose=False
        )
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def log_context(**ids: object) -> Iterator[None]:
    """Bind ids to every event logged inside the block, across awaits."""
    before = _ids.get()
    bind_ids(**ids)
    try:
        yield
    finally:
        _ids.set(before)


def bind_ids(**ids: object) -> None:
    """Bind ids until the block of `log_context` ends, or the task where there is none.

    So what is learnt on the way (whose organization it is) stands beside a later failure too.
    """
    _ids.set({**_ids.get(), **{name: str(value) for name, value in ids.items()}})


def bound_ids() -> Mapping[str, str]:
    """Return the ids that an event logged here would carry."""
    return _ids.get()


def _write_json(message: Any) -> None:
    record = message.record
    event: dict[str, Any] = {
        "time": record["time"].isoformat(),
        "level": record["level"].name,
        "event": record["message"],
        "where": f"{record['name']}:{record['line']}",
        **record["extra"],
    }
    if record["exception"] is not None:
        event["exception"] = _trace(record["exception"])
    sys.stderr.write(orjson.dumps(event, default=str).decode() + "\n")


def _readable(record: Any) -> str:
    fields = " ".join(f"{name}={{extra[{name}]}}" for name in record["extra"] if name != "program")
    return (
        "{time:HH:mm:ss} <level>{level: <7}</level> {extra[program]: <8} {message} "
        f"<dim>{fields}</dim>\n{{exception}}"
    )


def _trace(exception: Any) -> str:
    """Return type and place of an error without the values of variables."""
    frames = []
    trace = exception.traceback
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{exception.type.__name__} at " + " < ".join(reversed(frames[-12:]))
