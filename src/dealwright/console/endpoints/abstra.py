"""What projects of Abstra call: connections, their actions, running one, tokens."""

from __future__ import annotations

import base64
import functools
from typing import Any

from dealwright.connectors import calls as connector_calls
from dealwright.connectors.answers import Answer
from dealwright.connectors.errors import DealwrightError
from dealwright.connectors.permits import Permits
from dealwright.console import access_tokens, calls
from dealwright.console.access_tokens import AccessToken
from dealwright.console.calls import Wanted
from dealwright.console.service import find_console
from dealwright.contract import catalogue, json_schemas
from dealwright.contract.abstra.integration import connectors as contract
from dealwright.contract.catalogue import Entry
from dealwright.contract.json_schemas import Schema
from dealwright.crm.errors import CrmError, Invalid, NotFound
from dealwright.crm.integration import connections
from dealwright.crm.integration.connections import HERE, Connection
from dealwright.server.binding import Caller, implements_for_caller

NEVER = "9999-12-31T23:59:59.000000Z"
"""When a token expires that does so only when it is revoked."""

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_FILE_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "contentType": {"type": "string"},
        "encoding": {"const": "base64"},
        "content": {"type": "string", "contentEncoding": "base64"},
    },
    "required": ["contentType", "encoding", "content"],
}


@implements_for_caller(contract.get_connectors_connections)
def get_connectors_connections(caller: Caller) -> list[contract.Connection]:
    return [{"name": connections.call_name(one), "connectionType": "pipedrive"} for one in _list_usable(caller)]


@implements_for_caller(contract.get_connectors_connection_by_name_actions)
def get_connectors_connection_by_name_actions(
    caller: Caller, name: str, search: str = "", page: int = 0, page_size: int = 100
) -> contract.ActionNames:
    connection = _find(caller, name)
    permits = Permits(kind=connection.permits, actions=frozenset(connection.chosen_actions))
    found = dict.fromkeys(entry.name for entry in catalogue.search(search.split()) if permits.allows(entry))
    start = page * page_size
    return {"data": [*found][start : start + page_size], "page": page, "pageSize": page_size}


@implements_for_caller(contract.get_connectors_connection_by_name_action_by_action)
def get_connectors_connection_by_name_action_by_action(caller: Caller, name: str, action: str) -> contract.Action:
    _find(caller, name)
    try:
        return _show_action(action, catalogue.get_by_name(action))
    except catalogue.UnknownName as error:
        nearest = f"; did you mean {' or '.join(error.nearest)}?" if error.nearest else ""
        raise NotFound(f"{error}{nearest}") from None


@functools.lru_cache(maxsize=1024)
def _show_action(name: str, entries: tuple[Entry, ...]) -> contract.Action:
    """Returns an action as the name means it when nothing else is known; the description names those that it may mean besides."""
    first, *others = entries
    endpoint = catalogue.load(first.qualified_name)
    description = [first.summary, endpoint.description]
    if first.deprecated:
        description.append(f"Deprecated{f'; use {first.replaced_by}' if first.replaced_by else ''}.")
    if others:
        names = ", ".join(one.qualified_name for one in others)
        description.append(
            f"This is {first.qualified_name}. With parameters that only others have, the name means {names}."
        )
    if endpoint.media_type == "application/json":
        answer = json_schemas.answer_schema(endpoint)
    else:
        answer = {"type": "string"} if endpoint.media_type.startswith("text/") else _FILE_SCHEMA
    kind = answer.get("type")
    return {
        "name": name,
        "description": "\n\n".join(filter(None, description)),
        "payloadSchema": json_schemas.params_schema(endpoint),
        "returnType": kind if isinstance(kind, str) else "object",
        "returnSchema": answer,
    }


@implements_for_caller(contract.post_connectors_connection_by_name_execute, waits=True)
def post_connectors_connection_by_name_execute(
    caller: Caller, name: str, data: contract.ActionToExecute
) -> contract.Result:
    try:
        return _execute(caller, name, data)
    except (CrmError, DealwrightError) as error:
        return {"status": "error", "message": _message(error)}


def _execute(caller: Caller, name: str, data: contract.ActionToExecute) -> contract.Result:
    """Runs an action. Raises `CrmError` and `DealwrightError` when it is not even begun."""
    if isinstance(data.connection_name, str) and data.connection_name != name:
        raise Invalid(f"is '{data.connection_name}', and the address says '{name}'", "connectionName")
    connection = _find(caller, name)
    params = data.parameters or {}
    entry = connector_calls.resolve(data.action_name, params)
    wanted = Wanted(connection.id, entry.version, entry.attribute, params, source="api")
    ran = calls.run(find_console(caller.companies), caller.principal, wanted)
    if ran.answer is None:
        reason = ran.run.error
        return {
            "status": "error",
            "message": str(reason["message"] if isinstance(reason, dict) else "There is no answer"),
        }
    return {"status": "success", "data": _show_answer(ran.answer)}


def _show_answer(answer: Answer) -> Any:
    if not isinstance(answer.body, bytes):
        return answer.body
    file: contract.File = {
        "contentType": answer.headers.get("content-type", "application/octet-stream"),
        "encoding": "base64",
        "content": base64.b64encode(answer.body).decode(),
    }
    return file


def _message(error: Exception) -> str:
    if not isinstance(error, Invalid):
        return str(error)
    problems = ((one.path.removeprefix("params."), one.message) for one in (error, *error.others))
    return "; ".join(f"{path}: {message}" if path else message for path, message in problems)


@implements_for_caller(contract.get_connectors_connection_by_name_access_token, waits=True)
def get_connectors_connection_by_name_access_token(caller: Caller, name: str) -> contract.AccessToken:
    connection = _find(caller, name)
    if connection.kind == HERE:
        found = AccessToken(caller.token, None)
    else:
        found = access_tokens.current(find_console(caller.companies), caller.principal, connection.id)
    return {
        "connectionName": connections.call_name(connection),
        "connectorType": "pipedrive",
        "projectId": caller.principal.company.domain,
        "token": found.token,
        "expiresAt": NEVER if found.expires_at is None else found.expires_at.strftime(_TIME_FORMAT),
    }


def _list_usable(caller: Caller) -> list[Connection]:
    company, user_id = caller.principal.company, caller.principal.user_id
    with caller.companies.unit_of_work(company, user_id, write=False) as crm:
        return connections.list_usable(crm)


def _find(caller: Caller, name: str) -> Connection:
    """Returns the connection of a name that the caller may use. Raises `NotFound`, which names those that there are."""
    company, user_id = caller.principal.company, caller.principal.user_id
    with caller.companies.unit_of_work(company, user_id, write=False) as crm:
        found = connections.find_usable_by_name(crm, name)
        if found is not None:
            return found
        known = [connections.call_name(one) for one in connections.list_usable(crm)]
    raise NotFound(f"There is no connection '{name}'; there is {', '.join(known[:20])}")
