"""What an agent may do for a user: find actions, run those that its right covers, plan and carry out those that write.

    agent = Agent(console, principal, right="write")
    ran = agent.run("v2.get_deals", {"limit": 5})

The right is asked for each call, so that one that is withdrawn is gone at once. Refusals say what to do next (`AgentRefusal`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from dealwright.chat.action_search import is_for_agents
from dealwright.connectors.answers import Answer
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import DealwrightError
from dealwright.console import calls, proposals
from dealwright.console.calls import Wanted
from dealwright.console.proposals import Proposal
from dealwright.console.service import Console
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.contract.errors import InvalidArguments
from dealwright.crm.companies import InactiveUser
from dealwright.crm.errors import CrmError, Invalid, NotFound
from dealwright.crm.integration import connections
from dealwright.crm.integration.connections import HERE, HERE_NAME
from dealwright.crm.integration.runs import RunSource
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork
from dealwright.crm.team import agent_rights
from dealwright.crm.team.agent_rights import RIGHTS as RIGHTS  # noqa: PLC0414 - what a way in for agents needs
from dealwright.crm.team.agent_rights import Right as Right  # noqa: PLC0414

T = TypeVar("T")

_IRREVERSIBLE_ENDINGS = ("/merge",)
"""What paths end with of actions that cannot be taken back, as little as removing can."""


class AgentRefusal(Exception):
    """Something was not done. ``kind`` is the type of the error, ``next_step`` what to do now, ``retry_after`` how many seconds to wait.

    ``run_id`` is the run that came to this, if there was one.
    """

    def __init__(
        self, kind: str, message: str, next_step: str, retry_after: float | None = None, run_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.next_step = next_step
        self.retry_after = retry_after
        self.run_id = run_id

    def show(self) -> dict[str, Any]:
        """Returns what an agent is told."""
        shown: dict[str, Any] = {
            "status": "refused",
            "error": {"kind": self.kind, "message": self.message[:2000]},
            "next": self.next_step,
        }
        return shown if self.retry_after is None else {**shown, "retry_after": self.retry_after}


class Identity(NamedTuple):
    """Whom an agent acts for, where, and what it may do."""

    company: str
    user: str
    connection: str
    right: Right


class AgentRun(NamedTuple):
    """A run that has succeeded."""

    id: str
    entry: Entry
    answer: Answer
    cost: int | None
    duration_ms: int | None


class AgentPlan(NamedTuple):
    """A call that is planned. ``id`` carries it out, once."""

    id: str
    proposal: Proposal


def right_for(entry: Entry) -> Right:
    """Returns the right that an action needs."""
    if entry.method == "GET":
        return "read"
    if entry.method == "DELETE" or entry.path.endswith(_IRREVERSIBLE_ENDINGS):
        return "delete"
    return "write"


def allows(right: Right, entry: Entry) -> bool:
    """Whether a right covers an action."""
    return RIGHTS.index(right_for(entry)) <= RIGHTS.index(right)


class Agent:
    """An agent of a user, on the connection to this CRM unless it has another one of the company, or one of its ``own``.

    ``right`` is what it may do; without one, what the user has set.
    """

    def __init__(
        self,
        console: Console,
        principal: Principal,
        *,
        right: Right | None = None,
        own: Connection | None = None,
        connection_id: int | None = None,
        source: RunSource = "mcp",
    ) -> None:
        self._console = console
        self._principal = principal
        self._right = right
        self._own = own
        self._connection_id = connection_id
        self._source: RunSource = source

    def identity(self) -> Identity:
        """Returns whom the agent acts for. Raises `AgentRefusal`."""

        def read(crm: UnitOfWork) -> Identity:
            right = self._right or agent_rights.get(crm)
            name = self._own.name if self._own else HERE_NAME
            return Identity(crm.company_data.company.name, crm.actor.name, name, right)

        return self._translated(lambda: self._read(read))

    def find(self, name: str, params: Mapping[str, Any]) -> Entry:
        """Returns the action that a name means, with these parameters. Raises `AgentRefusal`."""
        try:
            entry = catalogue.resolve(name, params)
        except catalogue.UnknownName as error:
            near = f"; like it: {', '.join(error.nearest)}" if error.nearest else ""
            next_step = "Call search_actions with words for what you want to do"
            raise AgentRefusal("UnknownAction", f"There is no action '{name}'{near}", next_step) from None
        except InvalidArguments as error:
            message = "; ".join(str(one) for one in error.problems)
            raise AgentRefusal("InvalidParams", message, f"Call describe_action('{name}')") from None
        if not is_for_agents(entry):
            raise AgentRefusal("NotPermitted", f"{entry.qualified_name} hands out tokens", "Ask the user to do it")
        return entry

    def require(self, entry: Entry) -> None:
        """Raises `AgentRefusal` unless the agent may run an action."""
        needed, right = right_for(entry), self.identity().right
        if allows(right, entry):
            return
        how = (
            f"Ask the user to start the server with --allow {needed}"
            if self._right is not None
            else f"Ask the user to allow '{needed}' for agents in the settings of Dealwright"
        )
        does = {"write": "changes records", "delete": "removes or merges records"}[needed]
        message = f"{entry.qualified_name} {does}, and this agent may only {right}"
        raise AgentRefusal("NotPermitted", message, f"{how}; do not try again before")

    def run(self, entry: Entry, params: Mapping[str, Any]) -> AgentRun:
        """Runs an action that only reads. Raises `AgentRefusal`."""
        if right_for(entry) != "read":
            raise AgentRefusal("NotPermitted", f"{entry.qualified_name} writes", "Call plan_action")
        self.require(entry)
        return self._translated(
            lambda: self._ran(entry, calls.run(self._console, self._principal, self._wanted(entry, params)))
        )

    def plan(self, entry: Entry, params: Mapping[str, Any]) -> AgentPlan:
        """Plans an action that writes. Raises `AgentRefusal`."""
        self.require(entry)

        def make() -> AgentPlan:
            proposal = proposals.propose(self._console, self._principal, self._wanted(entry, params))
            return AgentPlan(proposals.keep(self._console, self._principal, proposal), proposal)

        return self._translated(make, entry)

    def planned(self, plan_id: str) -> tuple[Entry, Mapping[str, Any]]:
        """Returns the action of a plan, and its parameters. Raises `AgentRefusal`."""
        wanted = self._translated(lambda: proposals.find(self._console, self._principal, plan_id))
        return calls.find_action(wanted.version, wanted.action), wanted.params

    def carry_out(self, plan_id: str) -> AgentRun:
        """Carries a plan out, once. Raises `AgentRefusal`."""
        entry, _ = self.planned(plan_id)
        self.require(entry)
        return self._translated(
            lambda: self._ran(entry, proposals.carry_out(self._console, self._principal, plan_id, self._own)), entry
        )

    def discard(self, plan_id: str) -> None:
        """Forgets a plan."""
        proposals.discard(self._console, self._principal, plan_id)

    def _wanted(self, entry: Entry, params: Mapping[str, Any]) -> Wanted:
        id = None if self._own else self._connection_id or self._read(_here)
        return Wanted(id, entry.version, entry.attribute, params, source=self._source, own=self._own)

    def _read(self, work: Callable[[UnitOfWork], T]) -> T:
        with self._console.companies.unit_of_work(self._principal.company, self._principal.user_id, write=False) as crm:
            return work(crm)

    def _ran(self, entry: Entry, ran: calls.Ran) -> AgentRun:
        run, answer, _ = ran
        if answer is not None:
            return AgentRun(run.id, entry, answer, run.cost, run.duration_ms)
        error: Any = run.error or {"type": "InternalError", "message": "Internal error"}
        refusal = _refusal(error["type"], error["message"], entry, run.rate_headers, run.http_status)
        refusal.run_id = run.id
        raise refusal

    def _translated(self, work: Callable[[], T], entry: Entry | None = None) -> T:
        """Returns what the work returns, and turns what it raises into `AgentRefusal`."""
        try:
            return work()
        except Invalid as error:
            problems = "; ".join(
                f"{one.path}: {one.message}" if one.path else one.message for one in (error, *error.others)
            )
            raise AgentRefusal("InvalidParams", problems, _describe(entry)) from None
        except NotFound as error:
            raise AgentRefusal("NotFound", error.message, _NEXT["NotFound"]) from None
        except CrmError as error:
            kind = type(error).__name__
            raise AgentRefusal(kind, error.message, _NEXT.get(kind, _NEXT["ApiError"])) from None
        except InactiveUser:
            raise AgentRefusal("Unauthorized", "The user may not act any more", _NEXT["Unauthorized"]) from None
        except DealwrightError as error:
            retry_after = getattr(error, "retry_after", None)
            refusal = _refusal(type(error).__name__, str(error), entry, {}, getattr(error, "status", None))
            refusal.retry_after = retry_after if retry_after is not None else refusal.retry_after
            raise refusal from None


def _here(crm: UnitOfWork) -> int:
    return next(one.id for one in connections.list_visible(crm) if one.kind == HERE)


_NEXT: Mapping[str, str] = {
    "InvalidParams": "Call describe_action and correct the parameters",
    "NotFound": "Plan the action again, or look up the right id first",
    "Conflict": "Plan the action again, and look at the new plan",
    "Forbidden": "The user may not do this: ask somebody who may",
    "NotPermitted": "The connection does not allow this action: ask the user to allow it there; do not try again before",
    "Unauthorized": "Ask the user to connect again; do not try again before",
    "MissingScope": "Ask the user to connect again with this scope; do not try again before",
    "RateLimited": "Wait, then make the same call again",
    "Unavailable": "Wait a moment; look whether the change was made before you make the same call again",
    "UnusableConnection": "Ask the user to mend the connection; do not try again before",
    "ApiError": "Correct the call; do not repeat it as it is",
    "InternalError": "Try once more; if it fails again, tell the user",
}


def _describe(entry: Entry | None) -> str:
    return (
        f"Call describe_action('{entry.qualified_name}') and correct the parameters"
        if entry
        else _NEXT["InvalidParams"]
    )


def _refusal(kind: str, message: str, entry: Entry | None, rate_headers: Any, http_status: int | None) -> AgentRefusal:
    next_step = _NEXT.get(kind, _NEXT["ApiError"])
    if kind == "ApiError" and http_status == 404:
        next_step = "Search for the record: there is none with this id that the user sees"
    elif kind == "ApiError" and http_status == 403:
        next_step = _NEXT["Forbidden"]
    elif kind == "ApiError" and http_status == 409:
        next_step = _NEXT["Conflict"]
    elif kind in ("ApiError", "InvalidParams") and entry is not None:
        next_step = _describe(entry)
    wait = rate_headers.get("retry-after") if isinstance(rate_headers, Mapping) else None
    return AgentRefusal(kind, message, next_step, float(wait) if wait and str(wait).isdigit() else None)
