"""The shape of errors: that of an action that was not run."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Error(TypedDict):
    """Every failure in words, with a ``correlation_id`` for the log when the server could not do it."""

    status: Literal["error"]
    message: str
    correlation_id: NotRequired[str]
