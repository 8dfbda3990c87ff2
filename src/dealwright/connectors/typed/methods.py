"""Methods of the actions, found in the catalogue when they are used: ``client.v2.deals.list(status="open")``.

The methods of a client are what its ``run`` and ``iterate`` are: those of an asynchronous client are awaited.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import snake_case
from dealwright.contract.errors import nearest
from dealwright.contract.method_names import walk_name

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_OPTIONS = ("max_cost", "idempotency_key", "found_by", "names")


class _Known(NamedTuple):
    """A method, by its action; without one a group of methods."""

    entry: Entry | None = None
    walks: bool = False


class Method:
    """One action as a method: path variables in their order or by name, the query by names, the body as ``data``."""

    def __init__(self, client: Any, entry: Entry, *, walks: bool) -> None:
        self._client = client
        self._entry = entry
        self._walks = walks
        name = entry.python_name.rpartition(".")[2]
        self.__name__ = walk_name(name) if walks else name
        self.__doc__ = _manual(entry)

    def __repr__(self) -> str:
        return f"<{self._entry.qualified_name}: {self._entry.method} {self._entry.path}>"

    def __call__(self, *path: object, **named: Any) -> Any:
        """Runs the action. Raises `TypeError` for more positional arguments than the path has variables."""
        variables = _VARIABLE.findall(self._entry.path)
        if len(path) > len(variables):
            names = ", ".join(map(snake_case, variables)) or "none"
            raise TypeError(f"{self.__name__}() takes as positional arguments those of the path ({names})")
        options = {name: named.pop(name) for name in _OPTIONS if name in named}
        params = dict(zip(variables, path, strict=False))
        for name in variables[: len(path)]:
            if name in named or snake_case(name) in named:
                raise TypeError(f"{self.__name__}() got '{snake_case(name)}' twice")
        params.update({name: value for name, value in named.items() if value is not None or name == "data"})
        if params.get("data", ...) is None:
            del params["data"]
        run = self._client.iterate if self._walks else self._client.run
        return run(self._entry.qualified_name, params, **options)


class Methods:
    """The methods of a group of actions, and the groups below it."""

    def __init__(self, client: Any, version: str, path: str = "") -> None:
        self._client = client
        self._version = version
        self._path = path

    def __getattr__(self, name: str) -> Any:
        below = _tree(self._version).get(f"{self._path}{name}")
        if below is None:
            close = nearest(name, dir(self))
            hint = f"; did you mean '{close}'?" if close else ""
            raise AttributeError(f"{self._version}.{self._path}{name} is no method of the actions{hint}")
        found: Method | Methods
        if below.entry is not None:
            found = Method(self._client, below.entry, walks=below.walks)
        else:
            found = Methods(self._client, self._version, f"{self._path}{name}.")
        self.__dict__[name] = found
        return found

    def __dir__(self) -> list[str]:
        start = len(self._path)
        inside = (name[start:] for name in _tree(self._version) if name.startswith(self._path))
        return sorted(name for name in inside if name and "." not in name)

    def __repr__(self) -> str:
        return f"<methods of {self._version}.{self._path}: {', '.join(dir(self))}>".replace(".:", ":")


@functools.cache
def _tree(version: str) -> Mapping[str, _Known]:
    """Returns the methods and groups of a version by their names with dots."""
    found: dict[str, _Known] = {}
    for entry in catalogue.entries().values():
        if entry.version != version:
            continue
        *groups, last = entry.python_name.split(".")
        for end in range(1, len(groups) + 1):
            found.setdefault(".".join(groups[:end]), _Known())
        found[entry.python_name] = _Known(entry)
        if entry.paging != "none":
            found[".".join([*groups, walk_name(last)])] = _Known(entry, walks=True)
    return found


def _manual(entry: Entry) -> str:
    names = ", ".join(snake_case(name) for name in entry.parameters)
    lines = [f"{entry.summary}", "", f"{entry.method} {entry.path}, {entry.cost} tokens."]
    lines += [f"Parameters: {names}."] if names else []
    lines += [f"Body, as data: {', '.join(entry.body)}."] if entry.body else []
    return "\n".join(lines)
