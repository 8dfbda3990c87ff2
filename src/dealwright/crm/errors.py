"""The errors of the CRM. Each class has its HTTP status; the server writes the error envelope of the API version.

CrmError
 ├─ Invalid          400  a value is not valid
 ├─ Forbidden        403  the actor may not do this
 ├─ NotFound         404  the record does not exist, or the actor does not see it
 ├─ Conflict         409  it exists already
 ├─ Gone             410  it existed once
 ├─ LimitReached     422  there are as many as there may be
 └─ Unavailable      503  the server cannot do this at present
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar


class CrmError(Exception):
    """A request that breaks a rule of the CRM. ``message`` is for the caller."""

    status: ClassVar[int] = 400
    code: str = "ERR_BAD_REQUEST"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(CrmError):
    """A value is not valid. ``path`` names the field as the domain calls it, or is empty.

    ``others`` are the errors that the same rule found beside this one.
    """

    code = "ERR_SCHEMA_VALIDATION_FAILED"

    def __init__(self, message: str, path: str = "", others: Iterable[Invalid] = ()) -> None:
        super().__init__(message)
        self.path = path
        self.others = tuple(others)

    @classmethod
    def combine(cls, errors: Sequence[Invalid]) -> Invalid:
        """Returns one error for several."""
        first, *others = errors
        return cls(first.message, first.path, (*first.others, *others))


class Forbidden(CrmError):
    """The actor may not do this."""

    status = 403
    code = "ERR_FORBIDDEN"

    def __init__(self, message: str = "You do not have permissions to do this.", code: str = code) -> None:
        super().__init__(message)
        self.code = code


class NotFound(CrmError):
    """The record does not exist, or the actor does not see it.

    ``info`` is shown as v1's ``error_info`` when it is given.
    """

    status = 404
    code = "ERR_NOT_FOUND"

    def __init__(self, message: str, info: str | None = None) -> None:
        super().__init__(message)
        self.info = info


class Conflict(CrmError):
    """The record exists already."""

    status = 409
    code = "ERR_CONFLICT"


class Gone(CrmError):
    """The record existed once."""

    status = 410
    code = "ERR_GONE"


class LimitReached(CrmError):
    """There are as many as there may be. ``path`` names the thing that is limited."""

    status = 422
    code = "ERR_LIMIT_REACHED"

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class Unavailable(CrmError):
    """The server cannot do this at present."""

    status = 503
    code = "ERR_UNAVAILABLE"
