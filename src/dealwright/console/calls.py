"""Runs an action for a person on a connection of the company: writes the run, makes the call, and writes how it ended.

    ran = calls.run(console, principal, Wanted(connection_id=7, version="v2", action="post_deals", params={"data": {"title": "Roof"}}))

Every page and every program of the server that runs actions for somebody does it through `run`.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from dealwright.connectors import calls as connector_calls
from dealwright.connectors.answers import Answer
from dealwright.connectors.calls import Params
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import (
    ApiError,
    BadCall,
    BadConnection,
    DealwrightError,
    InvalidParams,
    MissingScope,
    RateLimited,
    ResponseError,
    Unauthorized,
    UnknownAction,
    UnusableConnection,
)
from dealwright.connectors.permits import ALL
from dealwright.console import company_store, files, targets
from dealwright.console.company_store import CallAccount
from dealwright.console.service import Console
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.integration import connection_use, connections, runs
from dealwright.crm.integration.connection_use import Booking
from dealwright.crm.integration.runs import End, NewRun, Outcome, Run, RunSource
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork


class Wanted(NamedTuple):
    """What somebody wants to run. ``files`` are those of the body, by the names of its properties.

    ``own`` is a connection that the company does not have: of who works on this machine. It goes before ``connection_id``. The last
    three are those of the connector's `Client.request`.
    """

    connection_id: int | None
    version: str
    action: str
    params: Mapping[str, Any]
    files: Mapping[str, object] = {}
    source: RunSource = "console"
    repeats: str | None = None
    own: Connection | None = None
    script_run_id: str | None = None
    idempotency_key: str | None = None
    found_by: str | None = None
    max_cost: int | None = None


class Ran(NamedTuple):
    """A run that has ended, with the answer; None when there is none. ``failure`` is the body of a refusal."""

    run: Run
    answer: Answer | None
    failure: Any = None


def find_action(version: str, action: str) -> Entry:
    """Returns the action of a version with a name. Raises `NotFound`."""
    entry = catalogue.entries().get(f"{version}.{action}")
    if entry is None:
        raise NotFound(f"There is no action {version}.{action}")
    return entry


def check_params(entry: Entry, params: Params) -> connector_calls.PreparedRequest:
    """Returns the request that an action with these parameters makes. Raises `Invalid`, which names each parameter."""
    files.refuse_paths(entry, params)
    try:
        return connector_calls.prepare(entry.qualified_name, params)
    except UnknownAction as error:
        raise NotFound(str(error)) from None
    except InvalidParams as error:
        raise Invalid.combine([Invalid(one.reason, f"params.{one.path}") for one in error.problems]) from None


def run(
    console: Console, principal: Principal, wanted: Wanted, *, is_test: bool = False, fingerprint: str | None = None
) -> Ran:
    """Runs an action and returns how that went; what the service refuses is no error here. A test is always permitted.

    With the ``fingerprint`` of a rehearsal, on this CRM, it does exactly what was rehearsed or is refused. Raises `NotFound` for an action or a connection that there is not, and `Invalid` for parameters that do not fit: then no run is
    written.
    """
    entry = find_action(wanted.version, wanted.action)
    params = with_files(wanted)
    check_params(entry, params)
    for file in wanted.files.values():
        # The check has read them.
        getattr(getattr(file, "content", None), "seek", int)(0)
    target = targets.read(console, principal, wanted.connection_id, wanted.own)
    if is_test:
        target = target._replace(connection=dataclasses.replace(target.connection, permits=ALL))
    secrets = company_store.secret_texts(target.connection)
    new = NewRun(
        source=wanted.source,
        connection=target.name,
        connection_id=target.stored.id if target.stored else None,
        version=wanted.version,
        action=wanted.action,
        params=_told(wanted),
        repeats=wanted.repeats,
        has_files=bool(wanted.files),
        script_run_id=wanted.script_run_id,
    )
    company, user_id = principal.company, principal.user_id
    run_id = console.companies.run(company, user_id, lambda crm: runs.start(crm, new, secrets), write=True)
    account = CallAccount()
    started = time.monotonic()
    answer: Answer | None = None
    failure: Any = None
    error: Exception | None = None
    with console.running(principal, run_id):
        try:
            client, account = targets.open_client(console, principal, target)
            headers = targets.run_headers(principal, target, run_id, fingerprint)
            answer = client.request(
                entry.qualified_name,
                params,
                max_cost=wanted.max_cost,
                idempotency_key=wanted.idempotency_key,
                found_by=wanted.found_by,
                headers=headers,
            )
        except Exception as raised:
            error = raised
            failure = raised.failure.body if isinstance(raised, ResponseError) else None
    booking, told = account.take()
    end = _end(answer, error, booking, told, round((time.monotonic() - started) * 1000))

    def finish(crm: UnitOfWork) -> Run:
        runs.end(crm, run_id, end, [*secrets, *runs.secrets_in(new)])
        if target.stored is not None:
            connection_use.book(crm, target.stored.id, booking)
            _update_state(crm, target.stored, answer, error)
        return runs.get(crm, run_id)

    ended = console.companies.run(company, user_id, finish, write=True)
    if error is not None and not isinstance(error, DealwrightError):
        raise error
    return Ran(ended, answer, failure)


def with_files(wanted: Wanted) -> dict[str, Any]:
    """Returns the parameters with the files in the body."""
    params = dict(wanted.params)
    if wanted.files:
        data = params.get("data")
        params["data"] = {**(data if isinstance(data, Mapping) else {}), **wanted.files}
    return params


def _told(wanted: Wanted) -> Any:
    """Returns the parameters as they are kept: of files, their names and sizes."""
    params = dict(wanted.params)
    if wanted.files:
        data = params.get("data")
        told = {
            name: {"file": getattr(file, "filename", ""), "size": getattr(file, "size", 0)}
            for name, file in wanted.files.items()
        }
        params["data"] = {**(data if isinstance(data, Mapping) else {}), **told}
    return params


def _end(
    answer: Answer | None, error: Exception | None, booking: Booking, told: Mapping[str, str], milliseconds: int
) -> End:
    status = answer.status if answer is not None else None
    outcome: Outcome = "ok"
    code = None
    if error is not None:
        outcome = "failed"
        if isinstance(error, ResponseError):
            status, code = error.status, error.code
            outcome = "refused" if 400 <= error.status < 500 else "failed"
        elif isinstance(error, BadCall | BadConnection):
            outcome = "refused"
    return End(
        status=outcome,
        http_status=status,
        error_type=None
        if error is None
        else type(error).__name__
        if isinstance(error, DealwrightError)
        else "InternalError",
        error_message=None if error is None else str(error) if isinstance(error, DealwrightError) else "Internal error",
        error_code=code,
        cost=booking.spent,
        rate_headers=told,
        answer_size=None if answer is None else _size(answer),
        duration_ms=milliseconds,
    )


def _size(answer: Answer) -> int:
    stated = answer.headers.get("content-length", "")
    if stated.isdigit():
        return int(stated)
    return len(answer.body) if isinstance(answer.body, bytes | str) else len(orjson.dumps(answer.body))


def _update_state(
    crm: UnitOfWork, stored: connections.Connection, answer: Answer | None, error: Exception | None
) -> None:
    """Says of a connection what the call has shown of it."""
    if isinstance(error, Unauthorized):
        connection_use.set_state(
            crm, stored.id, "expired" if stored.authentication == "oauth" else "failing", str(error)
        )
    elif isinstance(error, UnusableConnection):
        connection_use.set_state(crm, stored.id, "failing", str(error))
    elif stored.state != "connected" and (
        answer is not None or isinstance(error, ApiError | MissingScope | RateLimited)
    ):
        connection_use.set_state(crm, stored.id, "connected")
