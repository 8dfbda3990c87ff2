"""Names the methods by which Python calls the actions: ``v2.get_deals`` is ``client.v2.deals.list``.

GET of many is ``list``, GET of one ``get``, POST ``create``, PUT and PATCH ``update``, DELETE ``delete``; what lies below a record is an
attribute (``deals.followers.list``), and everything else has its last word (``deals.search``, ``deals.merge``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from dealwright.contract.endpoint import PREFIXES, Endpoint, snake_case
from dealwright.contract.type_introspection import alternatives

_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


def method_names(declared: Iterable[tuple[str, Endpoint[..., Any]]]) -> Mapping[str, str]:
    """Returns the name of the method of each operation of one version, with dots, by the operation's name in its module.

    Raises ValueError when two operations would have the same name, or one that of a group of methods.
    """
    operations = list(declared)
    routes = {(one.method, one.path) for _, one in operations}
    found: dict[str, str] = {}
    for attribute, operation in sorted(operations, key=lambda one: (one[1].path, one[1].method)):
        name = _method_name(operation, routes)
        if name in found.values():
            # `post_oauth_token` stands for two operations.
            name = ".".join([*name.split(".")[:-1], attribute.rpartition("_")[2]])
        found[attribute] = name
    names = set(found.values())
    groups = {name[:end] for name in names for end in range(len(name)) if name[end] == "."}
    if len(names) < len(found) or names & groups:
        twice = sorted(name for name in names if list(found.values()).count(name) > 1)
        raise ValueError(f"Two methods would have one name: {', '.join([*twice, *sorted(names & groups)])}")
    return found


def walk_name(name: str) -> str:
    """Returns the name of the method that walks all pages of what a method lists: ``iterate``, ``iterate_search``."""
    if name == "list":
        return "iterate"
    return "iterate_many" if name == "list_many" else f"iterate_{name}"


def _method_name(operation: Endpoint[..., Any], routes: set[tuple[str, str]]) -> str:
    parts = _parts(operation)
    words = [snake_case(part) for part in parts if not part.startswith("{")]
    if not words:
        raise ValueError(f"{operation.qualified_name} has no words in its path")
    if parts[-1].startswith("{"):
        return ".".join([*words, _verb(operation, routes)])
    if _is_noun(operation, parts, routes):
        return ".".join([*words, _verb(operation, routes)])
    *groups, last = words
    if _is_below_a_record_too(operation, routes):
        return ".".join([*words, "list_many"])
    # What an operation is called by itself cannot be a group of others: `deals.timeline`, `deals.timeline_archived`.
    above = operation.path.rpartition("/")[0]
    if ("GET", above) in routes and len(groups) > 1 and not parts[-2].startswith("{") and not parts[-3].startswith("{"):
        return ".".join([*groups[:-1], f"{groups[-1]}_{last}"])
    return ".".join([*groups, last])


def _is_noun(operation: Endpoint[..., Any], parts: list[str], routes: set[tuple[str, str]]) -> bool:
    """Whether the last word of a path names records, not something that is done."""
    if operation.media_type != "application/json":
        return False
    if len(parts) == 1 or any(path.startswith(f"{operation.path}/{{") for _, path in routes):
        return True
    if operation.method == "GET":
        return parts[-2].startswith("{")
    return any((method, operation.path) in routes for method in _VERBS if method != operation.method)


def _is_below_a_record_too(operation: Endpoint[..., Any], routes: set[tuple[str, str]]) -> bool:
    """Whether an operation lists what lies below several records: ``/deals/products`` beside ``/deals/{id}/products``."""
    above, _, last = operation.path.rpartition("/")
    return any(path.startswith(f"{above}/{{") and path.endswith(f"}}/{last}") for _, path in routes)


def _verb(operation: Endpoint[..., Any], routes: set[tuple[str, str]]) -> str:
    is_one = operation.path.endswith("}")
    if operation.method == "GET" and not is_one:
        return "list" if operation.paging != "none" or _answers_many(operation.response_type) else "get"
    if operation.method == "DELETE" and not is_one:
        one_by_one = any(
            method == "DELETE" and path.startswith(f"{operation.path}/{{") and path.endswith("}")
            for method, path in routes
        )
        return "delete_many" if one_by_one else "delete"
    if operation.method == "PUT" and ("PATCH", operation.path) in routes:
        return "replace"
    return _VERBS[operation.method]


def _parts(operation: Endpoint[..., Any]) -> list[str]:
    return operation.path.removeprefix(PREFIXES[operation.version]).strip("/").split("/")


def _answers_many(response: Any) -> bool:
    """Whether the data of an answer is a list."""
    origin = get_origin(response) or response
    data = getattr(origin, "__annotations__", {}).get("data")
    text = getattr(data, "__forward_arg__", str(data))
    arguments = get_args(response)
    if text.startswith("list["):
        return True
    return len(arguments) > 0 and text == "T" and any(get_origin(one) is list for one in alternatives(arguments[0]))
