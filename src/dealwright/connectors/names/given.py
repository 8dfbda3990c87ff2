"""Puts ids in place of the names in the parameters of a call. Ids are taken as well, and stay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dealwright.connectors.calls import Params
from dealwright.connectors.errors import InvalidParams
from dealwright.connectors.names.definitions import LISTS, Definitions, Field, Named, NameProblem, Names, field_names
from dealwright.contract import catalogue, references
from dealwright.contract.bodies import CUSTOM_FIELD_KEY
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import snake_case
from dealwright.contract.errors import InvalidArguments, Problem

PARTS = ("_currency", "_until", "_timezone_id")
"""What may follow the key of a custom field of v1: the other half of its value."""


async def to_ids(definitions: Definitions, action: str, params: Params | None) -> dict[str, Any]:
    """Returns the parameters of a call with ids in place of names.

    The definitions are read again, once, when a name is unknown. Raises `InvalidParams` with every name that is unknown or
    stands for several things, and `UnknownAction`.
    """
    given = dict(params or {})
    entry = _entry(action, given)
    translation = _Translation(definitions, entry, given)
    translated = await translation.params()
    if translation.problems:
        definitions.forget()
        translation = _Translation(definitions, entry, given)
        translated = await translation.params()
    if translation.problems:
        raise InvalidParams(entry.qualified_name, tuple(translation.problems))
    return translated


async def to_key(definitions: Definitions, action: str, params: Params | None, path: str) -> str:
    """Returns the path of a property of the body with the key of a custom field in place of its name."""
    start, dot, name = path.partition(".")
    if not dot or start != "custom_fields":
        return path
    fields = await definitions.fields(references.owner(_entry(action, dict(params or {})).path))
    try:
        return f"{start}.{field_names(_custom(fields)).find(name)}"
    except NameProblem:
        return path


def _entry(action: str, params: dict[str, Any]) -> Entry:
    """Returns the action that a name means; the names of custom fields do not tell the versions apart."""
    try:
        return catalogue.resolve(action, params)
    except catalogue.UnknownName:
        from dealwright.connectors import calls  # noqa: PLC0415 - says what is wrong

        return calls.resolve(action, params)
    except InvalidArguments:
        return catalogue.get_by_name(action)[0]


class _Translation:
    """One call whose names are looked up; ``problems`` are those that stand for nothing, or for several things."""

    def __init__(self, definitions: Definitions, entry: Entry, params: dict[str, Any]) -> None:
        self._definitions = definitions
        self._entry = entry
        self._params = params
        self._owner = references.owner(entry.path)
        self.problems: list[Problem] = []

    async def params(self) -> dict[str, Any]:
        translated: dict[str, Any] = {}
        known = {snake_case(name): name for name in self._entry.parameters}
        for name, value in self._params.items():
            if name == "data":
                continue
            wire = known.get(snake_case(name), name)
            if name in (self._entry.body or ()) and wire not in self._entry.parameters:
                translated[name] = await self._property(name, value, name)
            elif wire in ("custom_fields", "field_code", "field_key"):
                translated[name] = await self._each(value, name, self._code)
            else:
                translated[name] = await self._referred(wire, value, name)
        if "data" in self._params:
            data = self._params["data"]
            translated["data"] = await self._body(data) if isinstance(data, Mapping) else data
        return translated

    async def _body(self, data: Mapping[Any, Any]) -> dict[str, Any]:
        translated: dict[str, Any] = {}
        for name, value in data.items():
            path = f"data.{name}"
            if name == "custom_fields" and isinstance(value, Mapping):
                translated[name] = await self._custom_fields(value, path)
            elif name in (self._entry.body or ()) or not self._entry.custom_fields:
                translated[str(name)] = await self._property(str(name), value, path)
            else:
                translated.update(await self._custom_fields({name: value}, "data"))
        return translated

    async def _property(self, name: str, value: Any, path: str) -> Any:
        reference = references.find(self._entry.path, name)
        if reference is not None and (reference in LISTS or reference == "label"):
            return await self._referred(name, value, path)
        field = next((one for one in await self._fields() if one.code == name), None) if _is_name(value) else None
        if field is not None and field.options.items:
            return await self._each(value, path, _finder(field.options))
        return value

    async def _custom_fields(self, given: Mapping[Any, Any], path: str) -> dict[str, Any]:
        fields = {one.code: one for one in await self._fields() if one.is_custom}
        names = field_names(fields.values())
        translated: dict[str, Any] = {}
        for name, value in given.items():
            code, part = str(name), ""
            if not CUSTOM_FIELD_KEY.match(code):
                try:
                    code, part = _code_and_part(names, code)
                except NameProblem as problem:
                    self._add(f"{path}.{name}", problem)
                    continue
            if f"{code}{part}" in translated:
                self.problems.append(Problem(f"{path}.{name}", "is the same field as another one that is given"))
            field = fields.get(code)
            translated[f"{code}{part}"] = await self._value(field, value, f"{path}.{name}") if field else value
        return translated

    async def _value(self, field: Field, value: Any, path: str) -> Any:
        if field.options.items:
            return await self._each(value, path, _finder(field.options))
        if field.kind == "user":
            return await self._each(value, path, _finder(await self._definitions.list("user")))
        return value

    async def _referred(self, name: str, value: Any, path: str) -> Any:
        """Returns the ids of what a parameter, or a property, names."""
        reference = references.find(self._entry.path, name)
        if not _is_name(value) or reference is None:
            return value
        if reference == "field":
            return await self._each(value, path, self._code) if name not in ("id", "ids") else value
        if reference == "label":
            options = [one.options for one in await self._fields() if one.code in ("label", "label_ids")]
            return await self._each(value, path, _finder(options[0])) if options else value
        if reference not in LISTS:
            return value
        names = await self._definitions.list(reference)
        within = None
        if reference == "stage":
            within = self._params.get("pipeline_id") or _member(self._params.get("data"), "pipeline_id")
        if within is not None:
            pipelines = await self._definitions.list("pipeline")
            pipeline = (
                str(within) if isinstance(within, str) and not within.isdigit() else pipelines.name_of(int(within))
            )
            inside = lambda one: one.qualifiers[0] == pipeline  # noqa: E731
            return await self._each(value, path, _finder(names, inside))
        return await self._each(value, path, _finder(names))

    async def _code(self, name: str) -> str:
        fields = await self._fields()
        if CUSTOM_FIELD_KEY.match(name) or any(one.code == name for one in fields):
            return name
        return str(field_names(fields).find(name))

    async def _each(self, value: Any, path: str, find: Callable[[str], Awaitable[Any]]) -> Any:
        """Returns a value with each name in it replaced: one alone, several with commas, or a list."""
        if isinstance(value, list | tuple):
            return [await self._each(one, f"{path}.{number}", find) for number, one in enumerate(value)]
        if not _is_name(value):
            return value
        try:
            return await find(value)
        except NameProblem as problem:
            if "," not in value:
                self._add(path, problem)
                return value
        try:
            several = [one.strip() for one in value.split(",")]
            return ",".join([str(await find(one) if _is_name(one) else one) for one in several])
        except NameProblem as problem:
            self._add(path, problem)
            return value

    async def _fields(self) -> tuple[Field, ...]:
        return await self._definitions.fields(self._owner)

    def _add(self, path: str, problem: NameProblem) -> None:
        self.problems.append(Problem(path, problem.reason, problem.suggestion))


def _code_and_part(names: Names, name: str) -> tuple[str, str]:
    try:
        return str(names.find(name)), ""
    except NameProblem:
        for part in PARTS:
            if name.endswith(part):
                return str(names.find(name.removesuffix(part))), part
        raise


def _finder(names: Names, among: Callable[[Named], bool] = lambda _: True) -> Callable[[str], Awaitable[Any]]:
    async def find(name: str) -> Any:
        # An activity type is given by its key as well.
        return name if any(one.id == name for one in names.items) else names.find(name, among)

    return find


def _is_name(value: Any) -> bool:
    """Whether a value has names in it, and not only ids."""
    if isinstance(value, list | tuple):
        return any(_is_name(one) for one in value)
    return isinstance(value, str) and bool(value.strip()) and not all(one.strip().isdigit() for one in value.split(","))


def _custom(fields: tuple[Field, ...]) -> list[Field]:
    return [one for one in fields if one.is_custom]


def _member(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, Mapping) else None
