"""Connections of a company, the actions that each may run, and running one."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, Struct, UnsetType

from dealwright.contract.endpoint import WireName, endpoint
from dealwright.contract.values import ShortText

GROUP = "Connectors"

ConnectionName = Annotated[ShortText, Meta(description="The name of the connection; `local` is this CRM.")]
ActionName = Annotated[ShortText, Meta(description="The name of the action: `get_deals`, or exactly `v2.get_deals`.")]


class Connection(TypedDict):
    """A connection. Its type is the connector whose actions it runs."""

    name: str
    connectionType: Literal["pipedrive"]


class ActionNames(TypedDict):
    """A page of the bare names of actions."""

    data: list[str]
    page: int
    pageSize: int


class Action(TypedDict):
    """An action. ``payloadSchema`` is the JSON Schema of its parameters, with the body under ``data``; ``returnSchema`` that of its answer.

    ``returnType`` is the type of the answer in JSON Schema.
    """

    name: str
    description: str
    payloadSchema: dict[str, Any]
    returnType: str
    returnSchema: dict[str, Any]


class ActionToExecute(Struct, kw_only=True, rename="camel"):
    """An action to run, with its parameters: those of path and query by their names, the body under ``data``."""

    action_name: ShortText
    connection_name: ShortText | UnsetType = UNSET
    parameters: dict[str, Any] | None = None


class Result(TypedDict):
    """How an action went: ``data`` is its answer (JSON, a text, or a `File`), ``message`` says why there is none."""

    status: Literal["success", "error"]
    data: NotRequired[Any]
    message: NotRequired[str]


class File(TypedDict):
    """A file as an answer; ``content`` is base64."""

    contentType: str
    encoding: Literal["base64"]
    content: str


class AccessToken(TypedDict):
    """The token of a connection, as it is now. ``projectId`` is the domain of the company."""

    connectionName: str
    connectorType: Literal["pipedrive"]
    projectId: str
    token: str
    expiresAt: str


@endpoint("GET /cli/connectors/connections", group=GROUP, cost=0)
def get_connectors_connections() -> list[Connection]:
    """Get the connections that the user may use; `local` is first."""


@endpoint("GET /cli/connectors/connection/{name}/actions", group=GROUP, cost=0)
def get_connectors_connection_by_name_actions(
    name: ConnectionName,
    search: Annotated[ShortText, Meta(description="Words that must all be in the name, path, summary or group.")] = "",
    page: Annotated[int, Meta(ge=0, le=1_000_000, description="Which page; the first is 0.")] = 0,
    page_size: Annotated[
        int, WireName("pageSize"), Meta(ge=1, le=1000, description="How many names a page has.")
    ] = 100,
) -> ActionNames:
    """Get a page of the names of the actions that a connection may run."""


@endpoint("GET /cli/connectors/connection/{name}/action/{action}", group=GROUP, cost=0)
def get_connectors_connection_by_name_action_by_action(name: ConnectionName, action: ActionName) -> Action:
    """Get an action, with the schemas of what it takes and answers."""


@endpoint("POST /cli/connectors/connection/{name}/execute", group=GROUP, cost=0)
def post_connectors_connection_by_name_execute(name: ConnectionName, data: ActionToExecute) -> Result:
    """Run an action, and wait for its answer. What is refused is told with the status 200, too."""


@endpoint("GET /cli/connectors/connection/{name}/access-token", group=GROUP, cost=0)
def get_connectors_connection_by_name_access_token(name: ConnectionName) -> AccessToken:
    """Get the token with which the connection's service may be called.

    Of `local` that is the API token that the request came with. Of others only their owner gets it, and only where they may run everything.
    """
