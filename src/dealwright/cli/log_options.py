"""The options of ``dealwright serve``, ``worker`` and ``mail`` for their log."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

FORMAT_VARIABLE = "DEALWRIGHT_LOG_FORMAT"
LEVEL_VARIABLE = "DEALWRIGHT_LOG_LEVEL"
REQUESTS_VARIABLE = "DEALWRIGHT_LOG_REQUESTS"
PANEL = "Log"


class LogFormat(StrEnum):
    """The form of a line."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least level of lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


LogFormatOption = Annotated[
    LogFormat,
    typer.Option(
        "--log-format", envvar=FORMAT_VARIABLE, rich_help_panel=PANEL, help="Lines for people, or JSON for programs."
    ),
]
LogLevelOption = Annotated[
    LogLevel,
    typer.Option(
        "--log-level", envvar=LEVEL_VARIABLE, rich_help_panel=PANEL, help="The least level of lines to write."
    ),
]
LogRequestsOption = Annotated[
    bool | None,
    typer.Option(
        "--log-requests/--no-log-requests",
        envvar=REQUESTS_VARIABLE,
        rich_help_panel=PANEL,
        help="Write a line for each request. With --log-format json unless told otherwise.",
    ),
]
