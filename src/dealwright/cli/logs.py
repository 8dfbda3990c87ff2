"""The log of ``dealwright serve`` and ``dealwright worker``: one pipe for the lines of all modules and libraries, to standard error.

Modules log with the standard library, so that the CRM can be embedded anywhere; structlog makes the lines.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import IO, TYPE_CHECKING

from dealwright.cli import log_redaction
from dealwright.cli.log_options import FORMAT_VARIABLE, LEVEL_VARIABLE, REQUESTS_VARIABLE, LogFormat, LogLevel
from dealwright.server import request_log

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

LIBRARY_LEVEL = logging.WARNING
"""What libraries say below this level is about their own work."""


def set_up(format: LogFormat, level: LogLevel, requests: bool | None = None) -> None:
    """Sets up the log of this process, and of those that it starts (`set_up_from_env`)."""
    os.environ[FORMAT_VARIABLE] = format.value
    os.environ[LEVEL_VARIABLE] = level.value
    os.environ[REQUESTS_VARIABLE] = "1" if (format is LogFormat.JSON if requests is None else requests) else "0"
    set_up_from_env()


def set_up_from_env() -> None:
    """Sets up the log as the process has set it up that started this one."""
    format = LogFormat(os.environ.get(FORMAT_VARIABLE, LogFormat.TEXT))
    level = getattr(logging, os.environ.get(LEVEL_VARIABLE, LogLevel.INFO).upper())
    handler = create_handler(format, sys.stderr)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(level, LIBRARY_LEVEL))
    logging.getLogger("dealwright").setLevel(level)
    logs_requests = os.environ.get(REQUESTS_VARIABLE) == "1"
    logging.getLogger(request_log.REQUESTS_LOGGER).setLevel(level if logs_requests else logging.WARNING)
    logging.captureWarnings(True)


def create_handler(format: LogFormat, stream: IO[str]) -> logging.Handler:
    """Returns a handler that writes lines to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(format))
    return handler


class _Formatter(logging.Formatter):
    """Makes a line of a record. structlog is imported with the first one: a server starts without it."""

    def __init__(self, format: LogFormat) -> None:
        super().__init__()
        self._line_format = format
        self._formatter: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._formatter is None:
            self._formatter = _create_formatter(self._line_format)
        return self._formatter.format(record)


def _create_formatter(format: LogFormat) -> logging.Formatter:
    import structlog  # noqa: PLC0415 - see `_Formatter`
    from structlog.stdlib import ProcessorFormatter  # noqa: PLC0415

    render = (
        (structlog.processors.JSONRenderer(),)
        if format is LogFormat.JSON
        else (_indent_traceback, structlog.dev.ConsoleRenderer(colors=False, pad_level=False, pad_event_to=0))
    )
    return ProcessorFormatter(
        # Records of all modules come from the standard library.
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            _add_request,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.StackInfoRenderer(),
            _redact,
            _ordered,
            *render,
        ],
    )


def _add_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Adds what is known of the request at hand; what the line says itself goes before it."""
    request = request_log.current.get()
    if request is not None:
        for name, value in request_log.context(request).items():
            event.setdefault(name, value)
    return event


def _redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    request = request_log.current.get()
    if request is None:
        return log_redaction.redact(event)
    return log_redaction.redact(event, request_log.secrets(request), request.correlation_id)


def _ordered(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Returns the members in the order in which people read them."""
    first = {name: event.pop(name) for name in ("timestamp", "level", "event", "correlation_id") if name in event}
    return {**first, **event}


def _indent_traceback(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Indents a traceback, whose texts come from anywhere, so that none of its lines looks like one of the log's own."""
    for name in ("exception", "stack"):
        if event.get(name):
            event[name] = "\n".join(f"  | {line}" for line in str(event[name]).split("\n"))
    return event
