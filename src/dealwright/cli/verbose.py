"""Tells on standard error what the connector logs: requests, answers with their headers, waits, renewals of tokens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dealwright.cli import output

_LOGGER = "dealwright.connectors"


class _Teller(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record as one message."""
        output.say(record.getMessage(), err=True)


@contextmanager
def told_calls() -> Iterator[None]:
    """Writes what the connector logs in the meantime, of which nothing has tokens."""
    logger, teller = logging.getLogger(_LOGGER), _Teller()
    level = logger.level
    logger.addHandler(teller)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(teller)
        logger.setLevel(level)
