"""Proposes what an action would change before it is run, and runs exactly what was proposed, once.

    proposal = proposals.propose(console, principal, wanted)
    id = proposals.keep(console, principal, proposal)
    ran = proposals.carry_out(console, principal, id)

On this CRM the action is carried out in a transaction that is taken back, and its change log is the proposal: nothing of it is a
guess. It is carried out again later only to the same effect, on records that nobody has changed since. Of other services the record is
read, and compared again before the action is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import orjson

from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import ApiError
from dealwright.console import calls, files, targets
from dealwright.console.calls import Ran, Wanted
from dealwright.console.service import Console
from dealwright.console.targets import Target
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.crm.errors import Conflict, Invalid, NotFound
from dealwright.crm.history.rehearsal import CHANGED_SINCE
from dealwright.crm.integration import connection_secrets, proposals, run_ids
from dealwright.crm.integration.runs import RunSource
from dealwright.crm.kernel.unit_of_work import Principal

GONE = "There is no such plan: it was carried out already, or it has expired. Plan the action again"


class Proposal(NamedTuple):
    """What an action would do.

    ``records`` are those that it would change, ``total`` of them, not all of which are told. ``is_exact`` says that it was rehearsed and
    not derived from the parameters. ``jobs`` are those that would follow. ``cost`` is in tokens of the daily budget.
    """

    wanted: Wanted
    entry: Entry
    connection: str
    records: list[dict[str, Any]]
    total: int
    jobs: list[str]
    cost: int
    is_exact: bool
    fingerprint: str


class _Kept(msgspec.Struct):
    """What is kept of a proposal."""

    connection_id: int | None
    own: str | None
    version: str
    action: str
    params: dict[str, Any]
    source: RunSource
    fingerprint: str


def propose(console: Console, principal: Principal, wanted: Wanted) -> Proposal:
    """Returns what an action would do; nothing is changed, and no run is written.

    Files are in the parameters (`console.files`). Raises what `calls.run` raises, `Invalid` for an action that only reads, and the
    errors of the connector when the action would be refused.
    """
    entry = calls.find_action(wanted.version, wanted.action)
    if entry.method == "GET":
        raise Invalid("only reads, so that there is nothing to plan: run it", "action")
    if entry.path.startswith("/oauth/"):
        raise Invalid("cannot be planned: it gives tokens, and changes no record", "action")
    sent = calls.with_files(_with_decoded_files(entry, wanted))
    files.refuse_paths(entry, sent)
    target = targets.read(console, principal, wanted.connection_id, wanted.own)
    if target.is_here:
        told = _rehearse(console, principal, target, entry, sent)
    else:
        calls.check_params(entry, sent)
        told = _derive(console, principal, target, entry, wanted)
    return Proposal(
        wanted,
        entry,
        target.name,
        told["records"],
        told["total"],
        told["jobs"],
        entry.cost,
        target.is_here,
        told["fingerprint"],
    )


def keep(console: Console, principal: Principal, proposal: Proposal) -> str:
    """Keeps a proposal for its user; returns its id. Raises `Conflict` when too many wait."""
    wanted = proposal.wanted
    kept = _Kept(
        wanted.connection_id,
        wanted.own.name if wanted.own else None,
        wanted.version,
        wanted.action,
        dict(wanted.params),
        wanted.source,
        proposal.fingerprint,
    )
    sealed = connection_secrets.seal_text(principal.company.cipher, orjson.dumps(msgspec.to_builtins(kept)).decode())
    id = proposals.new_id()
    work = lambda crm: proposals.keep(crm, id, sealed)  # noqa: E731
    console.companies.run(principal.company, principal.user_id, work, write=True)
    return id


def find(console: Console, principal: Principal, id: str) -> Wanted:
    """Returns the call of a proposal, which stays. Raises `NotFound`."""
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        kept = _open(principal, proposals.find(crm, id))
    return _wanted(kept, None)


def discard(console: Console, principal: Principal, id: str) -> None:
    """Forgets a proposal that is not to be carried out."""
    console.companies.run(principal.company, principal.user_id, lambda crm: proposals.take(crm, id), write=True)


def carry_out(console: Console, principal: Principal, id: str, own: Connection | None = None) -> Ran:
    """Runs what was proposed, once. ``own`` is the connection that the proposal was made for, where the company does not have it.

    Raises `NotFound` for a proposal that is used or expired, and `Conflict` when something has changed since.
    """
    taken = console.companies.run(principal.company, principal.user_id, lambda crm: proposals.take(crm, id), write=True)
    kept = _open(principal, taken)
    if kept.own is not None and (own is None or own.name != kept.own):
        raise NotFound(GONE)
    wanted = _wanted(kept, own if kept.own is not None else None)
    entry = calls.find_action(wanted.version, wanted.action)
    target = targets.read(console, principal, wanted.connection_id, wanted.own)
    ready = _with_decoded_files(entry, wanted)
    if not target.is_here:
        if _derive(console, principal, target, entry, wanted)["fingerprint"] != kept.fingerprint:
            raise Conflict(CHANGED_SINCE)
        return calls.run(console, principal, ready)
    return calls.run(console, principal, ready, fingerprint=kept.fingerprint)


def _with_decoded_files(entry: Entry, wanted: Wanted) -> Wanted:
    params, decoded = files.decode(entry, wanted.params)
    return wanted._replace(params=params, files=decoded)


def _open(principal: Principal, sealed: str | None) -> _Kept:
    if sealed is None:
        raise NotFound(GONE)
    return msgspec.json.decode(principal.company.cipher.decrypt(sealed), type=_Kept)


def _wanted(kept: _Kept, own: Connection | None) -> Wanted:
    return Wanted(kept.connection_id, kept.version, kept.action, kept.params, source=kept.source, own=own)


def _rehearse(
    console: Console, principal: Principal, target: Target, entry: Entry, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns what the CRM says that would change."""
    client, _ = targets.open_client(console, principal, target)
    run_id = run_ids.new_id(console.companies.clock())
    headers = targets.run_headers(principal, target, run_id, "")
    answer = client.request(entry.qualified_name, params, headers=headers)
    told: dict[str, Any] = answer.body["data"]
    return told


def _derive(console: Console, principal: Principal, target: Target, entry: Entry, wanted: Wanted) -> dict[str, Any]:
    """Returns what the parameters say that would change, beside the record as it is now, where it can be read."""
    reading = _reading(entry)
    before: Any = None
    if reading is not None:
        client, _ = targets.open_client(console, principal, target)
        names = {*reading.parameters} & {*wanted.params}
        try:
            before = client.request(reading.qualified_name, {name: wanted.params[name] for name in names}).body
        except ApiError as error:
            if error.status == 404:
                raise
        before = before.get("data") if isinstance(before, dict) else None
    record = before if isinstance(before, dict) else {}
    data = wanted.params.get("data")
    members = [
        _member(name, record.get(name), value)
        for name, value in (data.items() if isinstance(data, Mapping) else ())
        if record.get(name) != value
    ]
    told = {
        "object": entry.group,
        "id": None if entry.method == "POST" and not record else str(wanted.params.get("id", "")) or None,
        "name": next((str(record[one]) for one in ("title", "subject", "name") if record.get(one)), None),
        "noun": entry.summary,
        "action": {"DELETE": "deleted", "POST": "created"}.get(entry.method, "changed"),
        "members": members,
    }
    bound = [entry.qualified_name, record.get("update_time"), [[one["key"], one["before"]] for one in members]]
    fingerprint = hashlib.sha256(orjson.dumps(bound)).hexdigest()
    return {"records": [told], "total": 1, "jobs": [], "fingerprint": fingerprint}


def _reading(entry: Entry) -> Entry | None:
    """Returns the action that reads the record which an action changes; None when there is none."""
    for one in catalogue.entries().values():
        if one.method == "GET" and one.version == entry.version and one.path == entry.path and "{" in entry.path:
            return one
    return None


def _member(name: str, before: Any, after: Any) -> dict[str, Any]:
    if isinstance(after, Mapping) and "filename" in after:
        after = after["filename"]
    texts = {
        f"{side}_text": None if value is None else str(value)[:500]
        for side, value in (("before", before), ("after", after))
    }
    return {"key": name, "name": name, "before": before, "after": after, **texts}
