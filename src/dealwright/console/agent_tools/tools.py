"""The tools that agents have, without the protocol: what they take, what they answer, and what they do.

Five by default (`DEFAULT`): `search_actions` finds any of the actions, `describe_action` says what one takes, `run_action` runs one that reads,
and one that writes is planned (`plan_action`) and carried out (`apply_plan`). The actions of a group can be tools of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dealwright._one_line import quoted
from dealwright.chat import action_search
from dealwright.connectors import pages
from dealwright.connectors.driver import finish, walk_pages
from dealwright.connectors.errors import InvalidParams
from dealwright.connectors.names.definitions import Definitions
from dealwright.connectors.names.given import to_ids
from dealwright.connectors.readable import Names
from dealwright.console.agent_tools import answers, descriptions
from dealwright.console.agent_tools.answers import NOTICE, Fitted
from dealwright.console.agents import Agent, AgentPlan, AgentRefusal, AgentRun, Identity, allows, right_for
from dealwright.contract.catalogue import Entry

MAX_TOOLS = 20
"""How many tools there are at most, unless more are asked for."""

MAX_WALKED = 20_000
"""How many items ``all`` walks at most."""

_PAGE_SIZE = 500
_MAX_TOLD_RECORDS = 20
_MAX_TOLD_MEMBERS = 30
_MAX_VALUE_LENGTH = 120


class Planned(NamedTuple):
    """Something that waits for consent: what is asked, the plan, and what is told when nobody can be asked."""

    question: str
    plan: AgentPlan
    told: dict[str, Any]


Result = dict[str, Any]


class Tools:
    """The tools of one agent. Each returns what is told, or a `Planned` for what needs consent first. Raises `AgentRefusal`."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.latest: AgentRun | None = None
        """The latest run of `run_action`."""

    def search_actions(self, query: str = "", group: str | None = None, limit: int = 8) -> Result:
        """Finds actions."""
        found = action_search.search(query, group=group)
        if not found:
            known = ", ".join(action_search.groups())
            raise AgentRefusal("NotFound", "No action is like that", f"Take other words, or one of the groups: {known}")
        shown = [descriptions.summarize(entry) for entry in found[: max(1, min(limit, 100))]]
        fitted = answers.fit_list(shown, max(answers.DEFAULT_BYTES, 400 * limit))
        more = (
            f"{len(found) - len(fitted.data)} more: give more words, a group or a limit"
            if len(found) > len(fitted.data)
            else None
        )
        return answers.without_empty(
            {"status": "ok", "actions": fitted.data, "left_out": more, "next": "describe_action, or run_action"}
        )

    def describe_action(self, action: str, detail: str = "words", max_bytes: int = answers.DEFAULT_BYTES) -> Result:
        """Describes an action."""
        entry = self._agent.find(action, {})
        limit = 60_000 if detail == "schema" and max_bytes == answers.DEFAULT_BYTES else max_bytes
        shown = descriptions.describe(entry, schema=detail == "schema", max_bytes=limit)
        allowed = allows(self._agent.identity().right, entry)
        return {"status": "ok", **shown, "allowed": allowed}

    def run_action(
        self,
        action: str,
        params: Mapping[str, Any] | None = None,
        fields: Sequence[str] = (),
        names: bool = False,
        all: bool = False,
        max_bytes: int = answers.DEFAULT_BYTES,
    ) -> Result | Planned:
        """Runs an action that reads, or plans one that writes."""
        given = params or {}
        entry = self._agent.find(action, given)
        if right_for(entry) != "read":
            return self.plan_action(action, given, names)
        if names:
            given = self._with_ids(entry, given)
        max_bytes = max(1000, min(max_bytes, answers.MAX_BYTES))
        if all and entry.paging != "none":
            return self._walk(entry, given, fields, names=names, max_bytes=max_bytes)
        ran = self.latest = self._agent.run(entry, given)
        return {**self._head(ran, entry), **self._data(entry, given, ran, fields, names=names, max_bytes=max_bytes)}

    def plan_action(self, action: str, params: Mapping[str, Any] | None = None, names: bool = False) -> Planned:
        """Plans an action that writes."""
        given = params or {}
        entry = self._agent.find(action, given)
        plan = self._agent.plan(entry, self._with_ids(entry, given) if names else given)
        identity = self._agent.identity()
        return Planned(_question(identity, plan), plan, _told_plan(plan))

    def _with_ids(self, entry: Entry, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns parameters with ids in place of names. Raises `AgentRefusal`."""

        async def look_up(action: str, given: Mapping[str, Any]) -> Any:
            return self._read(action, given)

        try:
            return finish(to_ids(Definitions(look_up), entry.qualified_name, params))
        except InvalidParams as error:
            raise AgentRefusal("InvalidParams", str(error), "Correct the names, or give ids") from None

    def apply_plan(self, plan_id: str) -> Result:
        """Carries a plan out."""
        ran = self._agent.carry_out(plan_id)
        body = ran.answer.body
        data = body.get("data") if isinstance(body, Mapping) and "data" in body else body
        fitted = answers.fit_record(answers.compact(data), answers.DEFAULT_BYTES)
        undo = "The person can take it back in Runs, where it can be taken back"
        return answers.without_empty(
            {
                **self._head(ran, ran.entry),
                "status": "done",
                "data": fitted.data,
                "left_out": fitted.left_out,
                "next": undo,
            }
        )

    def _walk(
        self, entry: Entry, params: Mapping[str, Any], fields: Sequence[str], *, names: bool, max_bytes: int
    ) -> Result:
        """Returns the items of all pages."""
        first: list[AgentRun] = []

        def fetch(following: Mapping[str, Any]) -> Any:
            ran = self._agent.run(entry, following)
            first.append(ran)
            return ran.answer.body

        limit = {"limit": _PAGE_SIZE} if "limit" in entry.parameters and "limit" not in params else {}
        items: list[Any] = []
        for item in walk_pages(fetch, {**params, **limit}, entry.paging):
            items.append(item)
            if len(items) >= MAX_WALKED:
                break
        fitted = self._shown(entry, items, fields, names=names, max_bytes=max_bytes)
        left_out = f"{fitted.left_out}; give fields, or a larger max_bytes" if fitted.left_out else None
        shown = {**self._head(first[0], entry), "cost": sum(one.cost or 0 for one in first), "count": len(items)}
        return answers.without_empty({**shown, "left_out": left_out}) | {"data": fitted.data}

    def _data(
        self,
        entry: Entry,
        params: Mapping[str, Any],
        ran: AgentRun,
        fields: Sequence[str],
        *,
        names: bool,
        max_bytes: int,
    ) -> Result:
        body = ran.answer.body
        if isinstance(body, bytes | str):
            content = answers.of_file(entry, body, ran.answer.headers, max_bytes)
            more = f"{content.left_out}; give a larger max_bytes" if content.left_out else None
            return answers.without_empty({"left_out": more, "data": content.data})
        data = body.get("data") if isinstance(body, Mapping) and "data" in body else body
        is_list = isinstance(data, list) or (isinstance(data, Mapping) and isinstance(data.get("items"), list))
        if not is_list:
            record = self._shown(entry, [data], fields, names=names, max_bytes=max_bytes)
            more = f"{record.left_out}; give fields, or a larger max_bytes" if record.left_out else None
            return answers.without_empty({"left_out": more}) | {"data": record.data[0] if record.data else None}
        items = pages.items(body)
        fitted = self._shown(entry, items, fields, names=names, max_bytes=max_bytes)
        following = pages.next_params(body, params, entry.paging, len(items))
        return {**_more(entry, params, items, fitted, following), "data": fitted.data}

    def _shown(self, entry: Entry, items: list[Any], fields: Sequence[str], *, names: bool, max_bytes: int) -> Fitted:
        shown = Names(self._read).readable(entry, items) if names else items
        shown = [answers.select(one, fields) if fields else answers.compact(one) for one in shown]
        if len(shown) == 1:
            only = answers.fit_record(shown[0], max_bytes)
            return Fitted([only.data], only.left_out)
        return answers.fit_list(shown, max_bytes)

    def _read(self, action: str, params: Mapping[str, object]) -> Any:
        return self._agent.run(self._agent.find(action, params), params).answer.body

    def _head(self, ran: AgentRun, entry: Entry) -> Result:
        return {"status": "ok", "action": entry.qualified_name, "run": ran.id, "cost": ran.cost, "notice": NOTICE}


def _more(
    entry: Entry, params: Mapping[str, Any], items: list[Any], fitted: Fitted, following: Mapping[str, Any] | None
) -> Result:
    """Returns what is said of items that are not shown, and how to get them."""
    if fitted.left_out is not None:
        shown = len(fitted.data)
        step: Result = {"params": {**params, "limit": shown}} if "limit" in entry.parameters else {}
        if entry.paging == "offset":
            step = {"params": {**params, "start": int(str(params.get("start") or 0)) + shown}}
        how = "give fields, a larger max_bytes, or the params under next"
        return {"left_out": f"{fitted.left_out}; {how}", "next": step}
    return {"next": {"params": dict(following)}} if following is not None else {}


def _told_plan(plan: AgentPlan) -> Result:
    """Returns a plan as it is told to who has made it."""
    proposal = plan.proposal
    shown = {
        "status": "planned",
        "plan_id": plan.id,
        "action": proposal.entry.qualified_name,
        "connection": proposal.connection,
        "cost": proposal.cost,
        "would_change": [_told_record(one) for one in proposal.records[:_MAX_TOLD_RECORDS]],
        "records": proposal.total,
        "followed_by": proposal.jobs,
        "is_exact": proposal.is_exact,
        "notice": NOTICE.replace("under data", "under would_change"),
        "next": "NOTHING WAS CHANGED YET. If this is what the user wants, call apply_plan with this plan_id, once, within 30 minutes",
    }
    fitted = answers.fit_record(answers.without_empty(shown), answers.DEFAULT_BYTES + 600)
    return {**fitted.data, "plan_id": plan.id, "is_exact": proposal.is_exact, "next": shown["next"]}


def _told_record(one: Mapping[str, Any]) -> Result:
    members = [
        f"{member['name']}: {quoted(member['before_text'], _MAX_VALUE_LENGTH)} → {quoted(member['after_text'], _MAX_VALUE_LENGTH)}"
        for member in one["members"][:_MAX_TOLD_MEMBERS]
    ]
    return {"what": _title(one), "action": one["action"], "changes": members}


def _question(identity: Identity, plan: AgentPlan) -> str:
    """Returns what a person is asked before a plan is carried out."""
    proposal = plan.proposal
    lines = [
        f"Let {proposal.entry.qualified_name} be run on {identity.connection} ({identity.company}), as {identity.user}?",
        proposal.entry.summary,
        *_lines(proposal.records),
    ]
    if proposal.total > _MAX_TOLD_RECORDS:
        lines.append(f"… and {proposal.total - _MAX_TOLD_RECORDS} more records")
    if proposal.jobs:
        lines.append(f"Afterwards, in the background: {', '.join(proposal.jobs)}")
    if not proposal.records:
        lines.append("No record changes.")
    certainty = (
        "It was rehearsed: exactly this happens, or nothing." if proposal.is_exact else "It was not rehearsed there."
    )
    lines.append(f"Costs {proposal.cost} tokens. {certainty}")
    return "\n".join(lines)


def _lines(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in records[:_MAX_TOLD_RECORDS]:
        yield f"{_title(one)}: {one['action']}"
        for member in one["members"][:_MAX_TOLD_MEMBERS]:
            yield f"  {member['name']}: {quoted(member['before_text'], _MAX_VALUE_LENGTH)} → {quoted(member['after_text'], _MAX_VALUE_LENGTH)}"


def _title(one: Mapping[str, Any]) -> str:
    id = f" {one['id']}" if one["id"] else ""
    name = f" {quoted(one['name'], _MAX_VALUE_LENGTH)}" if one["name"] else ""
    return f"{one['noun']}{id}{name}"
