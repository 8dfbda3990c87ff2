"""Running actions, and calls as code."""

from __future__ import annotations

from typing import Any

import msgspec

from dealwright.connectors import connections as connector_connections
from dealwright.console import answers, calls, code
from dealwright.console.calls import Ran, Wanted
from dealwright.console.endpoints.browsers import console_of
from dealwright.console.endpoints.shown_runs import show_run
from dealwright.contract import catalogue
from dealwright.contract.app.integration import runs as contract
from dealwright.contract.body_parser import body_types
from dealwright.contract.endpoint import Upload
from dealwright.contract.type_introspection import accepts
from dealwright.crm.errors import Conflict, Invalid, NotFound
from dealwright.crm.integration import connections, runs
from dealwright.crm.integration.connections import HERE
from dealwright.server.binding import BrowserSession, implements_in_session

_RUN = msgspec.json.Decoder(contract.RunToStart)


@implements_in_session(contract.post_runs, waits=True)
def post_runs(browser: BrowserSession, data: contract.RunToStart) -> contract.RanRun:
    return _run(browser, _wanted(data))


@implements_in_session(contract.post_runs_with_file, waits=True)
def post_runs_with_file(browser: BrowserSession, data: contract.RunWithFile) -> contract.RanRun:
    try:
        given = _RUN.decode(data.run)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), "run") from None
    except msgspec.DecodeError:
        raise Invalid("is no JSON", "run") from None
    endpoint = catalogue.load(calls.find_action(given.version, given.name).qualified_name)
    known = [name for name, declared in body_types(endpoint).items() if accepts(declared, Upload)]
    if data.property not in known:
        raise Invalid(f"is no file of {given.version}.{given.name}", "property")
    return _run(browser, _wanted(given)._replace(files={data.property: data.file}))


@implements_in_session(contract.post_runs_by_id_again, waits=True)
def post_runs_by_id_again(browser: BrowserSession, id: str) -> contract.RanRun:
    principal, console = console_of(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        run = runs.get(crm, id)
    if not run.params_are_complete:
        raise Conflict("It cannot be run again as it is: secrets, files and very large parameters are not kept")
    if run.connection_id is None or run.version not in ("v1", "v2"):
        raise Conflict("It cannot be run again: it was not run on a connection of the company")
    wanted = Wanted(run.connection_id, run.version, run.action, _params_of(run), source="console", repeats=run.id)
    return _show(browser, calls.run(console, principal, wanted))


@implements_in_session(contract.get_runs_by_id_code)
def get_runs_by_id_code(browser: BrowserSession, id: str) -> contract.Code:
    principal, console = console_of(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        run = runs.get(crm, id)
    if run.version not in ("v1", "v2"):
        raise NotFound("This run is no call")
    return _write_code(browser, run.connection_id, run.connection, run.version, run.action, _params_of(run))


@implements_in_session(contract.post_actions_by_version_by_name_code)
def post_actions_by_version_by_name_code(
    browser: BrowserSession, version: str, name: str, data: contract.CodeToWrite
) -> contract.Code:
    id = data.connection_id if isinstance(data.connection_id, int) else None
    params = dict(data.params)
    if data.files:
        body = params.get("data")
        files = {one: {"file": filename} for one, filename in data.files.items()}
        params["data"] = {**(body if isinstance(body, dict) else {}), **files}
    return _write_code(browser, id, None, version, name, params)


def _write_code(
    browser: BrowserSession, id: int | None, known_name: str | None, version: str, action: str, params: dict[str, Any]
) -> contract.Code:
    principal, console = console_of(browser)
    entry = calls.find_action(version, action)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        found = [one for one in connections.list_visible(crm) if (one.kind == HERE if id is None else one.id == id)]
    if not found and known_name is None:
        raise NotFound("Connection not found")
    shown, sent = _with_file_names(entry.qualified_name, params)
    call = calls.check_params(entry, sent)
    stored = found[0] if found else None
    url = stored.url if stored and stored.url else browser.base_url
    if stored is not None and stored.kind == "pipedrive" and stored.url is None:
        url = connector_connections.PIPEDRIVE_API_URL
    name = stored.name if stored else known_name or ""
    is_oauth = stored is not None and stored.authentication == "oauth"
    return code.write(name, url, entry, shown, call, is_oauth=is_oauth)


def _with_file_names(action: str, params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns parameters with the names of files in place of what runs keep of these, and with empty files of these names."""
    data = params.get("data")
    if not isinstance(data, dict):
        return params, params
    names = {
        name: str(data[name].get("file", "file"))
        for name, declared in body_types(catalogue.load(action)).items()
        if accepts(declared, Upload) and isinstance(data.get(name), dict)
    }
    shown = {**data, **{name: code.FileName(filename) for name, filename in names.items()}}
    sent = {**data, **{name: code.empty_file(filename) for name, filename in names.items()}}
    return {**params, "data": shown}, {**params, "data": sent}


def _wanted(data: contract.RunToStart) -> Wanted:
    return Wanted(data.connection_id, data.version, data.name, data.params, source=data.source)


def _params_of(run: runs.Run) -> dict[str, Any]:
    return run.params if isinstance(run.params, dict) else {}


def _run(browser: BrowserSession, wanted: Wanted) -> contract.RanRun:
    principal, console = console_of(browser)
    return _show(browser, calls.run(console, principal, wanted))


def _show(browser: BrowserSession, ran: Ran) -> contract.RanRun:
    principal, console = console_of(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        run = show_run(crm, runs.get(crm, ran.run.id))
    answer = None if ran.answer is None else answers.show(ran.answer)
    return {"run": run, "answer": answer, "failure": answers.cut(ran.failure)}
