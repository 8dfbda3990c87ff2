"""Answers the calls of a script: each is an action that its user runs, on the company or on a copy of it.

A call comes as JSON and is answered by a frame (`sandbox.child.connection`); what the CRM has answered is passed on as it is.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import msgspec
import orjson

from dealwright.chat.action_search import is_for_agents
from dealwright.connectors import calls as connector_calls
from dealwright.connectors.answers import Answer
from dealwright.connectors.errors import DealwrightError, ResponseError
from dealwright.console import calls, files, targets
from dealwright.console.calls import Wanted
from dealwright.console.service import Console
from dealwright.contract.catalogue import Entry
from dealwright.crm.companies import InactiveUser
from dealwright.crm.errors import CrmError, Invalid
from dealwright.crm.history import run_changes
from dealwright.crm.history.run_changes import RecordChanges
from dealwright.crm.history.undo import effects
from dealwright.crm.integration import connections
from dealwright.crm.integration.connections import HERE, Connection
from dealwright.crm.integration.script_runs import Access
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork

MAX_ELSEWHERE = 200
MAX_KEY_LENGTH = 255


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    """A call as a script makes it."""

    connection: str
    action: str
    params: dict[str, Any] | None = None
    max_cost: int | None = None
    idempotency_key: str | None = None
    found_by: str | None = None


class _Refusal(Exception):
    """A call that came to nothing. ``kind`` is the name of the connector's error, the rest what the service has said."""

    def __init__(self, kind: str, message: str, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.code = code


class Changed(NamedTuple):
    """What a rehearsal has changed in the copy, and which writes to other services it has not made."""

    records: list[RecordChanges]
    total: int
    elsewhere: list[str]


_decoder = msgspec.json.Decoder(_Call)


class ScriptCalls:
    """The calls of one run of a script."""

    def __init__(self, console: Console, principal: Principal, run_id: str, access: Access) -> None:
        self.console = console
        self.principal = principal
        self._run_id = run_id
        self._access = access
        self._known: dict[str, Connection] = {}
        self._lock = threading.Lock()
        self.count = 0
        self.changes = 0

    def answer(self, content: bytes) -> bytes:
        """Returns the frame that answers a call; never raises for what a script can be to blame for."""
        try:
            call = _decoder.decode(content)
            self.count += 1
            return self._show(self._run(call))
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            return _error("BadCall", str(error))
        except _Refusal as error:
            return _error(error.kind, str(error), error.status, error.code)
        except Invalid as error:
            problems = (f"{one.path}: {one.message}" if one.path else one.message for one in (error, *error.others))
            return _error("InvalidParams", "; ".join(problems))
        except CrmError as error:
            return _error("ApiError", error.message, error.status, error.code)
        except InactiveUser:
            return _error("Unauthorized", "The user may not act any more")
        except DealwrightError as error:
            told = (error.status, error.code) if isinstance(error, ResponseError) else (None, None)
            return _error(type(error).__name__, str(error), *told)

    def _run(self, call: _Call) -> Answer:
        params = call.params or {}
        connection = self._find(call.connection)
        entry = connector_calls.resolve(call.action, params)
        if not is_for_agents(entry):
            raise _Refusal("NotPermitted", f"{entry.qualified_name} hands out tokens: scripts get none")
        if entry.method != "GET":
            if self._access == "read":
                raise _Refusal("NotPermitted", f"{entry.qualified_name} writes, and this run may only read")
            self.changes += 1
        try:
            return self.make(connection, entry, params, call)
        except BaseException:
            self.changes -= entry.method != "GET"
            raise

    def make(self, connection: Connection, entry: Entry, params: Mapping[str, Any], call: _Call) -> Answer:
        """Makes a call on the company. Raises `CrmError`, `DealwrightError`."""
        given, decoded = files.decode(entry, params)
        wanted = Wanted(
            connection.id,
            entry.version,
            entry.attribute,
            given,
            decoded,
            source="editor",
            script_run_id=self._run_id,
            idempotency_key=self._own_key(call.idempotency_key),
            found_by=call.found_by,
            max_cost=call.max_cost,
        )
        ran = calls.run(self.console, self.principal, wanted)
        if ran.answer is not None:
            return ran.answer
        error: Any = ran.run.error or {"type": "InternalError", "message": "Internal error", "code": None}
        raise _Refusal(error["type"], error["message"], ran.run.http_status, error.get("code"))

    def _own_key(self, key: str | None) -> str | None:
        """Returns a key as that of this user of this company: others may have the same."""
        if key is None:
            return None
        if not 0 < len(key) <= MAX_KEY_LENGTH:
            raise Invalid(f"must have 1 to {MAX_KEY_LENGTH} characters", "idempotency_key")
        company = self.principal.company
        place = f"{self.console.companies.platform.name} {company.domain} {self.principal.user_id}"
        return hashlib.sha256(f"{place} {key}".encode()).hexdigest()

    def _find(self, name: str) -> Connection:
        with self._lock:
            known = self._known.get(name)
        if known is not None:
            return known
        with self.console.companies.unit_of_work(self.principal.company, self.principal.user_id, write=False) as crm:
            found = connections.find_usable_by_name(crm, name)
            if found is None:
                usable = [connections.call_name(one) for one in connections.list_usable(crm)]
                raise _Refusal(
                    "UnknownConnection", f"There is no connection '{name}'; there is {', '.join(usable[:20])}"
                )
        with self._lock:
            self._known[name] = found
        return found

    @staticmethod
    def _show(answer: Answer) -> bytes:
        if answer.content:
            return b"J" + answer.content
        if isinstance(answer.body, bytes):
            return b"B" + answer.body
        return b"J" + orjson.dumps(answer.body)


class RehearsedCalls(ScriptCalls):
    """The calls of a rehearsal: those to this CRM are made in a copy, others only where they read."""

    def __init__(self, console: Console, principal: Principal, run_id: str, access: Access) -> None:
        """Makes a copy, which is there until `close`. Raises OSError, and `CrmError` where there can be none."""
        super().__init__(console, principal, run_id, access)
        self._elsewhere: list[str] = []
        self._stack = ExitStack()
        self._copy = self._stack.enter_context(console.copied(principal))
        company = self._copy.companies.platform.list_companies()[0]
        self._copied = Principal(company, principal.user_id)

    def make(self, connection: Connection, entry: Entry, params: Mapping[str, Any], call: _Call) -> Answer:
        """Makes a call in the copy. Raises `CrmError`, `DealwrightError`."""
        if connection.kind != HERE:
            if entry.method == "GET":
                return super().make(connection, entry, params, call)
            name = f"{entry.qualified_name} on {connections.call_name(connection)}"
            if len(self._elsewhere) < MAX_ELSEWHERE:
                self._elsewhere.append(name)
            raise _Refusal("NotPermitted", f"A rehearsal writes nothing to other services: {name} was not made")
        given, decoded = files.decode(entry, params)
        sent = calls.with_files(Wanted(connection.id, entry.version, entry.attribute, given, decoded))
        calls.check_params(entry, sent)
        for file in decoded.values():
            file.content.seek(0)
        target = targets.read(self._copy, self._copied, connection.id)
        client, _ = targets.open_client(self._copy, self._copied, target)
        # All is one run there, whose net effect is told.
        headers = targets.run_headers(self._copied, target, self._run_id)
        return client.request(entry.qualified_name, sent, max_cost=call.max_cost, headers=headers)

    def changed(self) -> Changed:
        """Returns what was changed in the copy, for its user."""

        def read(crm: UnitOfWork) -> Changed:
            found = effects.of_run(crm, self._run_id, self._copied.user_id)
            found.sort(key=lambda effect: effect.first_id)
            return Changed(run_changes.tell(crm, found), len(found), self._elsewhere)

        with self._copy.companies.unit_of_work(self._copied.company, self._copied.user_id, write=False) as crm:
            return read(crm)

    def close(self) -> None:
        """Removes the copy."""
        self._stack.close()


def _error(kind: str, message: str, status: int | None = None, code: str | None = None) -> bytes:
    return b"X" + orjson.dumps({"type": kind, "message": message, "status": status, "code": code})
