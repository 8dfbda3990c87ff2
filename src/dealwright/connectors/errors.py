"""The errors of an action, grouped by what the caller should do.

    DealwrightError
    ├── BadCall                fix the call; nothing was sent
    │   ├── UnknownAction        no action has this name
    │   ├── InvalidParams        a parameter is unknown, missing or of a wrong form
    │   ├── BudgetExceeded       it would cost more tokens than the caller allows
    │   └── NotPermitted         the connection may not run it
    ├── BadConnection          fix the connection
    │   ├── UnknownConnection    no connection has this name
    │   ├── UnusableConnection   its settings are incomplete, damaged or cannot be read
    │   │   └── UnusableCrm        a database of the embedded CRM is missing, read-only, damaged, locked or too new
    │   ├── AuthorizationFailed  the user or the provider did not authorise it
    │   ├── Unauthorized         the token is not accepted
    │   └── MissingScope         the token may not do this
    ├── TryLater               wait
    │   ├── RateLimited          too many requests, or the budget of the day is spent
    │   └── Unavailable          no answer, or one that says that the service failed
    ├── ApiError               handle it: the service refused the action
    └── OutcomeUnknown         look first: an earlier call with the same key may have been carried out

All of them can be pickled, so that they cross process borders.
"""

from __future__ import annotations

import copyreg
from datetime import datetime
from typing import Any, Literal

import msgspec

from dealwright.contract.errors import Problem
from dealwright.contract.values import Json


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is not a success. ``body`` is decoded JSON, or the text of anything else."""

    status: int
    message: str
    code: str | None = None
    body: Json = None
    request_id: str | None = None


class DealwrightError(Exception):
    """Any failure of an action. ``action`` and ``connection`` are named where they are known."""

    action: str | None = None
    connection: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class BadCall(DealwrightError):
    """The call must be fixed; nothing was sent."""


class UnknownAction(BadCall):
    """No action has this name; ``nearest`` are those most like it."""

    def __init__(self, name: str, nearest: tuple[str, ...] = ()) -> None:
        hint = f"; did you mean {_alternatives(nearest)}?" if nearest else ""
        super().__init__(f"There is no action '{name}'{hint}")
        self.action = name
        self.nearest = nearest


class InvalidParams(BadCall):
    """The parameters do not fit the action; ``problems`` has each with its place, reason and nearest valid name."""

    def __init__(self, action: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{action}: " + "; ".join(str(problem) for problem in problems))
        self.action = action
        self.problems = problems


class NotPermitted(BadCall):
    """The connection may not run the action; nothing was sent."""

    def __init__(self, reason: str, *, action: str, connection: str) -> None:
        super().__init__(f"{action}: connection '{connection}' may not run it: {reason}")
        self.reason = reason
        self.action = action
        self.connection = connection


class BudgetExceeded(BadCall):
    """The request would cost more tokens than ``max_cost`` leaves; it was not sent.

    ``cost`` is that of the request, ``spent`` the tokens already spent of ``max_cost``. The limit is the caller's own,
    so that waiting does not help, except for the limit of a day, which ends at ``resets_at`` (None for any other
    limit).
    """

    def __init__(
        self, *, action: str, connection: str, cost: int, spent: int, max_cost: int, resets_at: datetime | None = None
    ) -> None:
        of_what = f"today's {max_cost}" if resets_at else str(max_cost)
        until = f" until {resets_at:%Y-%m-%d %H:%M %Z}" if resets_at else ""
        super().__init__(
            f"{action}: costs {cost} tokens, and {spent} of {of_what} allowed on connection '{connection}'"
            f" are spent{until}; not sent"
        )
        self.action = action
        self.connection = connection
        self.cost = cost
        self.spent = spent
        self.max_cost = max_cost
        self.resets_at = resets_at


class BadConnection(DealwrightError):
    """The connection must be fixed."""


class UnknownConnection(BadConnection):
    """No connection has this name; ``known`` are those that exist."""

    def __init__(self, name: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(f"There is no connection '{name}'; there is {_alternatives(known, last='and')}")
        self.connection = name
        self.known = known


class UnusableConnection(BadConnection):
    """A connection, or the store of all connections, cannot be used as it is."""


class UnusableCrm(UnusableConnection):
    """A database of the embedded CRM cannot be used; ``problem`` says why, as in ``missing``.

    The problems, and the ``exit_code`` of commands for each, are in `dealwright._database_errors.Problem`.
    """

    def __init__(self, message: str, problem: str, exit_code: int) -> None:
        super().__init__(message)
        self.problem = problem
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.problem, self.exit_code), self.__dict__


class ResponseError:
    """The properties of an error that stands for an answer of the service."""

    failure: Failure

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.failure.status

    @property
    def message(self) -> str:
        """The message of the service."""
        return self.failure.message

    @property
    def code(self) -> str | None:
        """The service's own code, where it gives one."""
        return self.failure.code

    @property
    def body(self) -> Json:
        """The whole answer, decoded; the text of one that is no JSON."""
        return self.failure.body

    @property
    def request_id(self) -> str | None:
        """The id that the service gave the request, for its support."""
        return self.failure.request_id


class AuthorizationFailed(BadConnection):
    """A connection could not be authorised; what was stored before has not changed.

    ``code`` is the reason: that of the provider (``user_denied``, ``invalid_client``, …), or ``timed_out`` when no
    answer came. ``failure`` is the answer of the provider that refused the tokens, where it was one.
    """

    def __init__(self, reason: str, *, connection: str, code: str, failure: Failure | None = None) -> None:
        super().__init__(f"Connection '{connection}' is not authorised: {reason}")
        self.reason = reason
        self.connection = connection
        self.code = code
        self.failure = failure


class Unauthorized(ResponseError, BadConnection):
    """The token of the connection is not accepted.

    ``reconnect`` is the command that authorises a connection of OAuth anew; None for one with an API token.
    """

    def __init__(self, failure: Failure, *, action: str, connection: str, reconnect: str | None = None) -> None:
        advice = f"; authorise it anew: {reconnect}" if reconnect else ""
        super().__init__(
            f"{action}: the token of connection '{connection}' is not accepted: {_describe_failure(failure)}{advice}"
        )
        self.failure = failure
        self.action = action
        self.connection = connection
        self.reconnect = reconnect


class MissingScope(ResponseError, BadConnection):
    """The token lacks the scope that the action needs; any one of ``needed`` suffices."""

    def __init__(self, failure: Failure, *, action: str, connection: str, needed: tuple[str, ...]) -> None:
        scopes = f"; it needs the scope {_alternatives(needed)}" if needed else ""
        super().__init__(
            f"{action}: the token of connection '{connection}' may not do this{scopes}: {_describe_failure(failure)}"
        )
        self.failure = failure
        self.action = action
        self.connection = connection
        self.needed = needed


class TryLater(DealwrightError):
    """The same call may succeed later."""


class RateLimited(ResponseError, TryLater):
    """Too many requests. Nothing was carried out.

    ``window`` is ``"burst"`` when there were too many within seconds and ``"daily"`` when the budget of the day is
    spent. ``retry_after`` is how many seconds to wait, None when the service does not give it.
    """

    def __init__(
        self,
        failure: Failure,
        *,
        action: str,
        connection: str,
        window: Literal["burst", "daily"],
        retry_after: float | None,
    ) -> None:
        reason = "the budget of the day is spent" if window == "daily" else "too many requests within seconds"
        wait = "" if retry_after is None else f"; try again in {retry_after:g} s"
        super().__init__(f"{action}: {reason} on connection '{connection}'{wait}")
        self.failure = failure
        self.action = action
        self.connection = connection
        self.window = window
        self.retry_after = retry_after


class Unavailable(TryLater):
    """The service gave no answer, or answered that it failed; ``failure`` is then that answer.

    ``may_have_run`` is True when a change may have been made all the same, so that the call should not be repeated
    without a look. ``retry_after`` is how many seconds to wait, None when the service does not give it.
    """

    def __init__(
        self,
        reason: str,
        *,
        action: str,
        connection: str,
        may_have_run: bool,
        failure: Failure | None = None,
        retry_after: float | None = None,
    ) -> None:
        doubt = "; the change may have been made all the same" if may_have_run else ""
        super().__init__(f"{action}: connection '{connection}' is not available: {reason}{doubt}")
        self.reason = reason
        self.failure = failure
        self.action = action
        self.connection = connection
        self.may_have_run = may_have_run
        self.retry_after = retry_after

    def with_unknown_outcome(self) -> Unavailable:
        """Returns the same error with ``may_have_run``, for a call that may have run in an earlier attempt."""
        assert self.action is not None
        assert self.connection is not None
        return Unavailable(
            self.reason,
            action=self.action,
            connection=self.connection,
            may_have_run=True,
            failure=self.failure,
            retry_after=self.retry_after,
        )


class ApiError(ResponseError, DealwrightError):
    """The service refused the action for a reason of its own: not found, not allowed, not valid."""

    def __init__(self, failure: Failure, *, action: str, connection: str) -> None:
        super().__init__(f"{action}: {_describe_failure(failure)}")
        self.failure = failure
        self.action = action
        self.connection = connection


class OutcomeUnknown(DealwrightError):
    """An earlier call with the same ``key`` may have been carried out, and it cannot be found out whether it was.

    Nothing was sent to change anything. ``retry_after`` is after how many seconds the same call may find out; None when
    only a person can.
    """

    def __init__(
        self, reason: str, *, action: str, connection: str, key: str, retry_after: float | None = None
    ) -> None:
        wait = "" if retry_after is None else f"; try again in {retry_after:.0f} s"
        super().__init__(
            f"{action}: the outcome of an earlier call with the key '{key}' on connection '{connection}' is unknown: "
            f"{reason}{wait}"
        )
        self.action = action
        self.connection = connection
        self.key = key
        self.retry_after = retry_after


def _describe_failure(failure: Failure) -> str:
    code = f", {failure.code}" if failure.code else ""
    return f"{failure.message} (HTTP {failure.status}{code})"


def _alternatives(names: tuple[str, ...], last: str = "or") -> str:
    *before, final = [f"'{name}'" for name in names] or ["none"]
    return f"{', '.join(before)} {last} {final}" if before else final
