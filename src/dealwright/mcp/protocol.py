"""The tools by the Model Context Protocol, by the official package: of 2026-07-28, and of the versions before that begin with a handshake.

What writes asks the person by elicitation where the client can: in today's protocol as an answer that wants input, in earlier ones as a
request to the client. Where it cannot, the plan is returned, for `apply_plan`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import anyio.to_thread
import mcp_types as types
import orjson
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from dealwright._version import __version__
from dealwright.console.agent_tools.tools import MAX_TOOLS, Planned, Tools
from dealwright.console.agents import Agent, AgentRefusal, Right
from dealwright.mcp import arguments, offer
from dealwright.mcp.offer import Tool

log = logging.getLogger(__name__)

_CONSENT = "consent"
# Nothing to fill in: to accept is to consent.
_NO_FIELDS: dict[str, Any] = {"type": "object", "properties": {}}

Context = ServerRequestContext[Any, Any]
CallResult = types.CallToolResult | types.InputRequiredResult


def build_server(agent: Agent, *, groups: Sequence[str] = (), max_tools: int = MAX_TOOLS) -> Server[Any]:
    """Returns the server of an agent. Raises `AgentRefusal` when its user may not act, and `UnusableConnection` for an unknown group."""
    identity = agent.identity()
    offered = {one.name: one for one in offer.tools(identity.right, groups, max_tools)}
    calls = _Calls(agent, offered)

    async def list_tools(context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_show(one, identity.right) for one in offered.values()])

    return Server(
        "dealwright",
        title="Dealwright",
        version=__version__,
        instructions=offer.instructions(identity),
        on_list_tools=list_tools,
        on_call_tool=calls.call,
    )


class _Calls:
    """Answers calls of tools."""

    def __init__(self, agent: Agent, offered: Mapping[str, Tool]) -> None:
        self._agent = agent
        self._tools = Tools(agent)
        self._offered = offered

    async def call(self, context: Context, params: types.CallToolRequestParams) -> CallResult:
        """Returns the result of a call, or what it wants to know first."""
        try:
            tool = self._offered.get(params.name)
            if tool is None:
                known = ", ".join(self._offered)
                raise AgentRefusal("UnknownTool", f"There is no tool '{params.name}'", f"There are {known}")
            given = arguments.check(tool, params.arguments or {})
            if params.input_responses is not None and params.request_state:
                return await self._after_consent(tool, given, params)
            return await self._start(context, tool, given)
        except AgentRefusal as refusal:
            return _refused(refusal)
        except Exception:
            log.exception("A call of the tool %s failed", params.name)
            return _refused(
                AgentRefusal("InternalError", "Internal error", "Try once more; if it fails again, tell the user")
            )

    async def _start(self, context: Context, tool: Tool, given: dict[str, Any]) -> CallResult:
        can_ask = _can_ask(context)
        result = await _in_thread(lambda: self._do(tool, given, can_ask=can_ask))
        if not isinstance(result, Planned):
            return _complete(result)
        if tool is offer.PLAN or not can_ask:
            return _complete(result.told)
        asked = types.ElicitRequestFormParams(message=result.question, requested_schema=_NO_FIELDS)
        if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            request = types.ElicitRequest(params=asked)
            return types.InputRequiredResult(input_requests={_CONSENT: request}, request_state=result.plan.id)
        try:
            answer = await context.session.elicit_form(asked.message, _NO_FIELDS, context.request_id)
        except MCPError as error:
            await _in_thread(lambda: self._agent.discard(result.plan.id))
            message = f"The client could not ask the person: {error}"
            raise AgentRefusal(
                "NotAsked", message, "Nothing was changed. Tell the person, and try again later"
            ) from None
        return await self._decide(answer, result.plan.id)

    def _do(self, tool: Tool, given: dict[str, Any], *, can_ask: bool) -> dict[str, Any] | Planned:
        if tool.entry is not None:
            return self._tools.run_action(tool.entry.qualified_name, given)
        if tool is offer.APPLY and can_ask:
            # The person sees what is planned now, whatever the agent has told of it.
            entry, params = self._agent.planned(given["plan_id"])
            self._agent.discard(given["plan_id"])
            return self._tools.plan_action(entry.qualified_name, params)
        function: Callable[..., dict[str, Any] | Planned] = getattr(self._tools, tool.name)
        return function(**given)

    async def _after_consent(
        self, tool: Tool, given: dict[str, Any], params: types.CallToolRequestParams
    ) -> CallResult:
        """Goes on when the client has asked the person. The call must still be the one that was planned."""
        plan_id = params.request_state or ""
        entry, planned = await _in_thread(lambda: self._agent.planned(plan_id))
        if tool is not offer.APPLY:
            wanted = given if tool.entry is not None else given.get("params") or {}
            name = tool.entry.qualified_name if tool.entry is not None else str(given.get("action"))
            if self._agent.find(name, wanted).qualified_name != entry.qualified_name or dict(planned) != dict(wanted):
                raise AgentRefusal("Conflict", "The call is not the one that was planned", "Make the call anew")
        answer = (params.input_responses or {}).get(_CONSENT)
        return await self._decide(answer, plan_id)

    async def _decide(self, answer: Any, plan_id: str) -> types.CallToolResult:
        if isinstance(answer, types.ElicitResult) and answer.action == "accept":
            return _complete(await _in_thread(lambda: self._tools.apply_plan(plan_id)))
        await _in_thread(lambda: self._agent.discard(plan_id))
        return _complete(
            {
                "status": "declined",
                "next": "The person does not want this. Nothing was changed; do not try again unasked",
            }
        )


def _can_ask(context: Context) -> bool:
    """Whether the client can show the person a form, and bring the answer back."""
    capabilities = context.session.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        return False
    if capabilities.elicitation.form is None and capabilities.elicitation.url is not None:
        return False
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS or context.session.can_send_request


async def _in_thread(work: Callable[[], Any]) -> Any:
    return await anyio.to_thread.run_sync(partial(work))


def _show(tool: Tool, right: Right) -> types.Tool:
    runs_all = tool is offer.RUN and right != "read"
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.right == "read" and not runs_all,
            destructive_hint=tool.right == "delete" or runs_all or tool is offer.APPLY,
            idempotent_hint=(tool.right == "read" and not runs_all) or tool.is_idempotent,
            open_world_hint=False,
        ),
    )


def _complete(result: dict[str, Any], *, is_error: bool = False) -> types.CallToolResult:
    text = orjson.dumps(result).decode()
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=result, is_error=is_error
    )


def _refused(refusal: AgentRefusal) -> types.CallToolResult:
    return _complete(refusal.show(), is_error=True)
