"""What can go wrong in the CRM. Each class says its HTTP status; the server turns it into the dialect's envelope.

CrmError
 ├─ Invalid          400  the values given do not fit
 ├─ Forbidden        403  the actor may not do this
 ├─ NotFound         404  no such record, or not one that the actor sees
 ├─ Conflict         409  it is there already
 ├─ Gone             410  it was there once
 └─ LimitReached     422  there cannot be more of them
"""

from __future__ import annotations

from typing import ClassVar


class CrmError(Exception):
    """Any failure of a rule of the CRM. ``message`` is for the caller."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "ERR_BAD_REQUEST"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(CrmError):
    """A value does not fit. ``path`` names the field as the domain calls it, or is empty."""

    code = "ERR_SCHEMA_VALIDATION_FAILED"

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class Forbidden(CrmError):
    """The actor may not do this."""

    status = 403
    code = "ERR_FORBIDDEN"

    def __init__(self, message: str = "You do not have permissions to do this.") -> None:
        super().__init__(message)


class NotFound(CrmError):
    """There is no such record, or the actor does not see it. ``info`` is more about that, for those who are told."""

    status = 404
    code = "ERR_NOT_FOUND"

    def __init__(self, message: str, info: str | None = None) -> None:
        super().__init__(message)
        self.info = info


class Conflict(CrmError):
    """It is there already."""

    status = 409
    code = "ERR_CONFLICT"


class Gone(CrmError):
    """It was there once."""

    status = 410
    code = "ERR_GONE"


class LimitReached(CrmError):
    """There cannot be more of them. ``path`` names what there is a limit for."""

    status = 422
    code = "ERR_LIMIT_REACHED"

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path
