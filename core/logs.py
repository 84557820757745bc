"""Logs as events with fields: readable in development, one JSON object a line in production.

`log.info("version.published", number=3)`; the fronts bind request, organization and server ids with
`log_context`. Never logged: tool arguments, answers, tokens, passwords, mail bodies.
"""

import logging
import sys
from contextlib import AbstractContextManager
from typing import Any

import orjson
from loguru import logger

from core.settings import Settings

log = logger
QUIET = ("alembic", "mcp", "fastmcp", "httpx", "httpx2", "httpcore2", "uvicorn.access", "dbos")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")  # named alike in both libraries


class _ToLoguru(logging.Handler):
    """Carries the records of libraries that log the standard way."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on with its level and exception."""
        level = record.levelname if record.levelname in LEVELS else record.levelno
        logger.opt(exception=record.exc_info).bind(logger=record.name).log(
            level, record.getMessage()
        )


def set_up_logs(settings: Settings, *, program: str) -> None:
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


def log_context(**ids: object) -> AbstractContextManager[None]:
    """Bind ids to every event logged inside the block, across awaits."""
    return logger.contextualize(**{name: str(value) for name, value in ids.items()})


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
