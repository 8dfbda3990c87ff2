"""Each v1 body that has a twin in v2 differs from it in what is listed here, with the reason, and in nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec import inspect as types

from dealwright.contract import catalogue
from dealwright.contract.body_parser import body_struct, read_body
from dealwright.contract.endpoint import Endpoint
from dealwright.server.binding import handlers

TWIN_METHODS = {"POST": "POST", "PUT": "PATCH", "PATCH": "PATCH"}


class Twins(NamedTuple):
    """The two versions of one operation."""

    v1: Endpoint[..., Any]
    v2: Endpoint[..., Any]


def route(endpoint: Endpoint[..., Any]) -> str:
    """The path without the version, and without the names of its variables."""
    return re.sub(r"\{[^}]*\}", "{}", endpoint.path.removeprefix("/v1").removeprefix("/api/v2"))


def pair_twins() -> Iterator[Twins]:
    """Every v1 operation with a body whose twin in v2 has one, of those that the server has."""
    standing = {endpoint.qualified_name for endpoint, _ in handlers().values()}
    with_bodies = [
        endpoint
        for endpoint in map(catalogue.load, catalogue.entries())
        if endpoint.qualified_name in standing and body_struct(endpoint) is not None
    ]
    v2 = {(endpoint.method, route(endpoint)): endpoint for endpoint in with_bodies if endpoint.version == "v2"}
    for endpoint in with_bodies:
        twin = v2.get((TWIN_METHODS.get(endpoint.method, ""), route(endpoint)))
        if endpoint.version == "v1" and twin is not None:
            yield Twins(endpoint, twin)


TWINS = list(pair_twins())
ADDRESS = ("address", "location", "postal_address")

# The names in v2 of what v1 calls otherwise: the vendor's guide to migrate from v1 to v2 lists them.
RENAMED: Mapping[str, Mapping[str, str]] = {
    "/deals": {"user_id": "owner_id", "label": "label_ids", "enabled_flag": "is_enabled"},
    "/persons": {"email": "emails", "phone": "phones"},
    "/activities": {
        "user_id": "owner_id",
        "busy_flag": "busy",
        "participants[].primary_flag": "participants[].primary",
        "attendees[].email_address": "attendees[].email",
    },
    "/products": {"selectable": "is_linkable", "prices[].overhead_cost": "prices[].direct_cost"},
    "/pipelines": {"deal_probability": "is_deal_probability_enabled"},
    "/projects": {"labels": "label_ids"},
    "/stages": {"rotten_flag": "is_deal_rot_enabled", "rotten_days": "days_to_rotten"},
    "Fields": {"name": "field_name", "add_visible_flag": "ui_visibility.add_visible_flag"},
}

# (path, version that has it, member): why the other version does not have it.
ONLY_IN_ONE: Mapping[tuple[str, str, str], str] = {
    ("/deals", "v1", "channel"): "the document of v2 shows it, and has it in no body",
    ("/deals", "v1", "channel_id"): "the document of v2 shows it, and has it in no body",
    ("/deals", "v1", "origin_id"): "the document of v2 shows it, and has it in no body; v1 sets it once",
    ("/deals", "v1", "add_time"): "the document has it in v1, for new deals only",
    ("/deals", "v2", "is_deleted"): "the document of v2 has it, without effect; v1 deletes with the status",
    ("/persons", "v1", "label"): "v1 has the first label beside all of them; v2 has label_ids only",
    ("/organizations", "v1", "label"): "v1 has the first label beside all of them; v2 has label_ids only",
    ("/persons", "v2", "update_time"): "the document has it in v2 only",
    ("/organizations", "v2", "update_time"): "the document has it in v2 only",
    **{
        ("/organizations", "v2", name): "new in v2, as a member of the record"
        for name in ("annual_revenue", "employee_count", "industry", "linkedin", "website")
    },
    ("/organizations", "v2", "add_time"): "the document has it in changes in v2 only",
    ("/activities", "v2", "priority"): "v1's document knows no priority, neither in bodies nor in answers",
    ("/products", "v1", "active_flag"): "v2 has DELETE for this",
    ("/pipelines", "v1", "active"): "v2 has DELETE for this",
    ("/pipelines", "v1", "order_nr"): "v2 shows the order, and does not take it",
    ("/stages", "v1", "order_nr"): "v2 shows the order, and does not take it",
    ("/projects", "v1", "person_id"): "v1 has the first person only; v2 has all of them",
    ("/projects", "v1", "org_id"): "v1 has the first organization only; v2 has all of them",
    ("/projects", "v2", "person_ids"): "v1 has the first person only; v2 has all of them",
    ("/projects", "v2", "org_ids"): "v1 has the first organization only; v2 has all of them",
    ("/projects", "v2", "template_id"): "the document of v2 has it in changes, without effect; of new projects in both",
    ("/organizations", "v2", "website"): "new in v2",
    ("/organizations", "v2", "linkedin"): "new in v2",
    ("/organizations", "v2", "industry"): "new in v2",
    ("/organizations", "v2", "annual_revenue"): "new in v2",
    ("/organizations", "v2", "employee_count"): "new in v2",
    ("/tasks", "v2", "milestone"): "new in v2",
    ("/tasks", "v2", "start_date"): "new in v2",
    ("/tasks", "v2", "priority"): "new in v2",
    ("Fields", "v1", "options"): "v2 changes options under /options; those of a new field are in both",
    ("Fields", "v2", "ui_visibility"): "v1 has the one flag add_visible_flag",
    ("Fields", "v2", "description"): "v1's document shows it, and has it in no body",
    ("Fields", "v2", "important_fields"): "new in v2",
    ("Fields", "v2", "required_fields"): "new in v2",
}


def members(declared: Any, prefix: str = "") -> dict[str, Any]:
    """The declared members of a type with their types; those of objects in it by paths such as `prices[].cost`."""
    found: dict[str, Any] = {}
    struct = find_struct(declared)
    if struct is None:
        return found
    for field in msgspec.structs.fields(struct):
        if field.name == "custom_fields":
            continue
        name = f"{prefix}{field.encode_name}"
        found[name] = field.type
        items = find_items(types.type_info(field.type))
        if items is not None:
            found |= members(items, f"{name}[].")
        else:
            found |= members(field.type, f"{name}.")
    return found


def find_struct(declared: Any) -> type[msgspec.Struct] | None:
    """The struct that a type is, or may be."""
    info = types.type_info(declared)
    return next((one.cls for one in alternatives(info) if isinstance(one, types.StructType)), None)


def find_items(declared: types.Type) -> type[msgspec.Struct] | None:
    """The struct of the objects that a list may hold."""
    for one in alternatives(declared):
        if isinstance(one, types.ListType):
            found = next((item.cls for item in alternatives(one.item_type) if isinstance(item, types.StructType)), None)
            if found is not None:
                return found
    return None


def alternatives(declared: types.Type) -> list[types.Type]:
    """The types of which a value may be."""
    match declared:
        case types.Metadata():
            return alternatives(declared.type)
        case types.UnionType():
            return [inner for one in declared.types for inner in alternatives(one)]
    return [declared]


def lookup(table: Mapping[str, Mapping[str, str]], path: str) -> Mapping[str, str]:
    """The entry of a table for a path; fields of all records share one."""
    return table.get("Fields" if "Fields" in path else f"/{path.split('/')[1]}", {})


def v2_name(path: str, name: str) -> str:
    """The name in v2 of a member of v1."""
    renamed = lookup(RENAMED, path)
    if name in renamed:
        return renamed[name]
    whole, _, rest = name.partition("[]")
    if whole in renamed:
        return f"{renamed[whole]}[]{rest}" if rest else renamed[whole]
    for address in ADDRESS:
        if name.startswith(f"{address}_"):
            return f"{address}.{name.removeprefix(f'{address}_')}"
    return name


def find_differences() -> set[tuple[str, str, str]]:
    """Every member that only one of the twins has, by what the operation is about."""
    found: set[tuple[str, str, str]] = set()
    for v1, v2 in TWINS:
        path = route(v1)
        about = "Fields" if "Fields" in path else f"/{path.split('/')[1]}"
        theirs = members(body_type(v2))
        ours = {name if name in theirs else v2_name(path, name): name for name in members(body_type(v1))}
        # The whole text of an address is the address itself in v1.
        known = {*ours, *(f"{name}.value" for name in ADDRESS)}
        found |= {(about, "v1", ours[name].partition("[]")[0]) for name in ours if name not in theirs}
        found |= {
            (about, "v2", name.partition(".")[0] if about == "Fields" else name) for name in theirs if name not in known
        }
    return found


def body_type(endpoint: Endpoint[..., Any]) -> Any:
    """The declared type of an operation's body."""
    assert endpoint.body is not None
    return endpoint.body.type


def test_there_are_twins_of_every_kind_of_record() -> None:
    about = {route(v1).split("/")[1] for v1, _ in TWINS}
    assert {"deals", "persons", "organizations", "activities", "products", "pipelines", "stages"} <= about
    assert {"dealFields", "personFields", "organizationFields", "productFields"} <= about
    assert len(TWINS) >= 26


def test_what_only_one_of_the_twins_has_is_listed_with_its_reason() -> None:
    found = find_differences()
    table = "\n".join(
        f"{path:16}{version}  {member:24}{ONLY_IN_ONE.get((path, version, member), 'NOT LISTED')}"
        for path, version, member in sorted(found)
    )
    print(table)
    assert found - set(ONLY_IN_ONE) == set(), table
    assert set(ONLY_IN_ONE) - found == set(), "listed, but no difference any more"


@pytest.mark.parametrize("twins", TWINS, ids=lambda twins: twins.v1.qualified_name)
def test_v1_takes_the_values_that_v2_takes(twins: Twins) -> None:
    path = route(twins.v1)
    theirs = members(body_type(twins.v2))
    for name in members(body_type(twins.v1)):
        other = name if name in theirs else v2_name(path, name)
        # The parts of addresses are compared as texts, under their own names.
        if "." in name or "[]" in name or other not in theirs or other in ADDRESS:
            continue
        for value in samples(types.type_info(theirs[other])):
            read_body(twins.v1, {**required(twins.v1, name), name: in_v1(path, other, value)})


def in_v1(path: str, name: str, value: Any) -> Any:
    """A value of v2 as v1 writes it: objects in lists have other names for their members."""
    if not isinstance(value, list):
        return value
    back = {new: old for old, new in lookup(RENAMED, path).items()}
    return [
        {str(back.get(f"{name}[].{key}", key)).rpartition(".")[2]: inner for key, inner in item.items()}
        if isinstance(item, dict)
        else item
        for item in value
    ]


def required(endpoint: Endpoint[..., Any], but: str) -> dict[str, Any]:
    """What a body must have besides one member, with values that fit."""
    info = types.type_info(body_type(endpoint))
    struct = next(one for one in alternatives(info) if isinstance(one, types.StructType))
    return {
        field.encode_name: samples(field.type)[0]
        for field in struct.fields
        if field.required and field.encode_name != but
    }


def samples(declared: types.Type) -> list[Any]:
    """A value of each type that a value may be of."""
    found: list[Any] = []
    for one in alternatives(declared):
        match one:
            case types.NoneType():
                found.append(None)
            case types.BoolType():
                found += [True, False]
            case types.IntType():
                found.append(max(one.ge or 1, 1))
            case types.FloatType():
                found += [5, 5.5]
            case types.StrType():
                found.append(sample_text(one))
            case types.LiteralType():
                found += one.values
            case types.DateTimeType() | types.CustomType():
                found.append("2026-01-31T12:00:00Z")
            case types.DateType():
                found.append("2026-01-31")
            case types.ListType():
                found += [[sample] for sample in samples(one.item_type)]
            case types.StructType():
                found.append(
                    {f.encode_name: samples(f.type)[0] for f in one.fields if f.encode_name != "custom_fields"}
                )
    return found


def sample_text(declared: types.StrType) -> str:
    """A text that fits the pattern and the length of a type."""
    if declared.pattern:
        return "00000000-0000-4000-8000-000000000000" if "a-f" in declared.pattern else "12:00"
    return "EUR" if declared.max_length == 3 else "Text"
