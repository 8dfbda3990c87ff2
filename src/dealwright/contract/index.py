"""Makes ``index.json``, the committed list of all actions, from their declarations.

``python -m dealwright.contract.index`` writes it anew; with ``--check`` it only says whether it is up to date.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from dealwright.contract.bodies import V1RecordBody
from dealwright.contract.body_parser import body_names, body_struct
from dealwright.contract.catalogue import INDEX, Entry
from dealwright.contract.endpoint import Endpoint, Version
from dealwright.contract.method_names import method_names

ACTION_VERSIONS: tuple[Version, ...] = ("v1", "v2")
"""The versions whose operations are actions. What the web app asks for is none."""


def build() -> bytes:
    """Returns the index, one action a line; the same declarations give the same bytes."""
    declared = {version: declarations([version]) for version in ACTION_VERSIONS}
    listed = sorted(
        (
            _entry(attribute, endpoint, names[attribute])
            for those in declared.values()
            for names in [method_names(those)]
            for attribute, endpoint in those
        ),
        key=lambda entry: (entry.name, entry.version, entry.attribute),
    )
    names = [entry.qualified_name for entry in listed]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"Declared twice: {', '.join(twice)}")
    return b"[\n" + b",\n".join(msgspec.json.encode(entry) for entry in listed) + b"\n]\n"


def declarations(versions: Iterable[Version] = ACTION_VERSIONS) -> list[tuple[str, Endpoint[..., Any]]]:
    """Returns every declaration with the name that it has in its module: imports all contract modules of the versions."""
    found = []
    for version in versions:
        package = importlib.import_module(f"dealwright.contract.{version}")
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            found += [
                (attribute, value)
                for attribute, value in vars(module).items()
                if isinstance(value, Endpoint) and value.module == module.__name__
            ]
    return found


def _entry(attribute: str, endpoint: Endpoint[..., Any], python_name: str) -> Entry:
    struct = body_struct(endpoint)
    at_root = struct is not None and issubclass(struct, V1RecordBody)
    names = tuple(name for name in body_names(endpoint) if not (at_root and name == "custom_fields"))
    return Entry(
        name=endpoint.name,
        version=endpoint.version,
        module=endpoint.module,
        attribute=attribute,
        method=endpoint.method,
        path=endpoint.path,
        group=endpoint.group,
        summary=endpoint.summary,
        cost=endpoint.cost,
        deprecated=endpoint.deprecated,
        replaced_by=endpoint.replaced_by,
        paging=endpoint.paging,
        parameters=tuple(parameter.name for parameter in endpoint.parameters),
        body=names if endpoint.body else None,
        body_kind=endpoint.body_kind,
        custom_fields=at_root,
        documented=endpoint.documented,
        python_name=python_name,
    )


def main(arguments: list[str]) -> int:
    """Writes the index, or checks it; the exit code is 1 when a check finds it out of date."""
    fresh = build()
    if "--check" in arguments:
        if INDEX.exists() and INDEX.read_bytes() == fresh:
            return 0
        print(f"{INDEX.name} is out of date; run: python -m dealwright.contract.index", file=sys.stderr)
        return 1
    INDEX.write_bytes(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
