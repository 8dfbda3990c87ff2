"""The actions of the connector, which the contract declares."""

from __future__ import annotations

import functools
from typing import Any, cast

from dealwright.contract import catalogue, json_schemas, references
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import actions as contract
from dealwright.contract.body_parser import body_names, body_types
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Endpoint, Upload
from dealwright.contract.type_introspection import accepts
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements

_EFFECTS: dict[str, contract.Effect] = {"GET": "reads", "DELETE": "removes"}


def show(entry: Entry) -> contract.Action:
    """Returns an action as the index has it."""
    return {
        "version": cast("contract.ActionVersion", entry.version),
        "name": entry.attribute,
        "qualified_name": entry.qualified_name,
        "group": entry.group,
        "summary": entry.summary,
        "effect": _EFFECTS.get(entry.method, "writes"),
        "deprecated": entry.deprecated,
        "replaced_by": entry.replaced_by,
        "cost": entry.cost,
        "documented": entry.documented,
    }


@functools.cache
def _show_details(entry: Entry) -> contract.ActionDetails:
    endpoint = catalogue.load(entry.qualified_name)
    return {
        **show(entry),
        "method": endpoint.method,
        "path": endpoint.path,
        "description": endpoint.description,
        "scopes": sorted(endpoint.scopes),
        "paging": endpoint.paging,
        "about": references.owner(endpoint.path),
        "parameters": [_show_parameter(endpoint, parameter) for parameter in endpoint.parameters],
        "body": _show_body(entry, endpoint),
        "answer": json_schemas.answer_schema(endpoint) if endpoint.media_type == "application/json" else None,
        "media_type": endpoint.media_type,
    }


def _show_parameter(endpoint: Endpoint[..., Any], parameter: Any) -> contract.ActionParameter:
    schema = json_schemas.parameter_schema(endpoint, parameter)
    return {
        "name": parameter.name,
        "location": parameter.location,
        "required": parameter.required,
        "description": schema.pop("description", "") or parameter.description,
        "schema": schema,
        "reference": references.find(endpoint.path, parameter.name),
    }


def _show_body(entry: Entry, endpoint: Endpoint[..., Any]) -> contract.ActionBody | None:
    schema = json_schemas.body_schema(endpoint)
    if schema is None or endpoint.body is None:
        return None
    has_object = "custom_fields" in body_names(endpoint)
    custom_fields = "root" if entry.custom_fields else "object" if has_object else None
    return {
        "required": endpoint.body.required,
        "kind": endpoint.body_kind,
        "schema": schema,
        "files": sorted(name for name, declared in body_types(endpoint).items() if accepts(declared, Upload)),
        "custom_fields": cast("Any", custom_fields),
        "custom_fields_of": references.owner(endpoint.path) if custom_fields else None,
    }


@implements(contract.get_actions)
def get_actions(crm: UnitOfWork) -> Items[contract.Action]:
    return {"items": [show(entry) for entry in catalogue.entries().values()], "next_cursor": None}


@implements(contract.get_actions_by_version_by_name)
def get_actions_by_version_by_name(
    crm: UnitOfWork, version: contract.ActionVersion, name: str
) -> contract.ActionDetails:
    entry = catalogue.entries().get(f"{version}.{name}")
    if entry is None:
        raise NotFound("There is no such action")
    return _show_details(entry)
