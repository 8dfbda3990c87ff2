"""The actions of the connector: the index of all of them, and what one takes and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.app.envelopes import Items
from dealwright.contract.endpoint import endpoint
from dealwright.contract.values import ShortText

GROUP = "Actions"

ActionVersion = Literal["v1", "v2"]
Effect = Literal["reads", "writes", "removes"]
"""What an action does to records: nothing, it adds or changes some, or it deletes some."""


class Action(TypedDict):
    """An action: an operation of the API by its name.

    ``name`` is bare (``get_deals``), ``qualified_name`` is exact (``v2.get_deals``). ``cost`` is in tokens of the daily budget.
    ``documented`` says that the connector's document lists it. ``replaced_by`` is the exact name of the successor of a deprecated one.
    """

    version: ActionVersion
    name: str
    qualified_name: str
    group: str
    summary: str
    effect: Effect
    deprecated: bool
    replaced_by: str | None
    cost: int
    documented: bool


class ActionParameter(TypedDict):
    """A parameter outside of the body. ``schema`` is its JSON Schema; ``reference`` says what it is the id of."""

    name: str
    location: Literal["path", "query", "header"]
    required: bool
    description: str
    schema: dict[str, Any]
    reference: str | None


class ActionBody(TypedDict):
    """The body, which goes under ``data``. ``schema`` is its JSON Schema, whose ``x-reference`` says what a value is the id of.

    ``files`` are the properties that are files. ``custom_fields`` says where values of custom fields go: under their keys at the ``root``
    of the body, or in the object ``custom_fields``; they are those of the records that ``custom_fields_of`` names.
    """

    required: bool
    kind: Literal["json", "form", "multipart"]
    schema: dict[str, Any]
    files: list[str]
    custom_fields: Literal["root", "object"] | None
    custom_fields_of: str | None


class ActionDetails(Action):
    """An action with what it takes and answers.

    ``about`` says whose fields and labels it takes, where it takes any. ``answer`` is the JSON Schema of the answer; it is null where the
    answer is no JSON. A list that is paged takes ``start`` or ``cursor``.
    """

    method: str
    path: str
    description: str
    scopes: list[str]
    paging: Literal["none", "offset", "cursor"]
    about: str | None
    parameters: list[ActionParameter]
    body: ActionBody | None
    answer: dict[str, Any] | None
    media_type: str


@endpoint("GET /app/api/actions", group=GROUP, cost=0, revalidated=True)
def get_actions() -> Items[Action]:
    """Get the index of all actions, in one page."""


@endpoint("GET /app/api/actions/{version}/{name}", group=GROUP, cost=0, revalidated=True)
def get_actions_by_version_by_name(
    version: ActionVersion, name: Annotated[ShortText, Meta(description="The name, bare.")]
) -> ActionDetails:
    """Get an action, with what it takes and answers."""
