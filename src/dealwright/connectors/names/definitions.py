"""The definitions that give ids their names, of one connection: read when they are needed first, and again when something unknown appears."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple

from dealwright.connectors import pages
from dealwright.connectors.calls import Params
from dealwright.contract import catalogue
from dealwright.contract.errors import nearest

Read = Callable[[str, Params], Awaitable[Any]]

MAX_CANDIDATES = 10
"""How many names an error lists."""

LISTS: Mapping[str, tuple[str, str]] = {
    "user": ("v1.get_users", "id"),
    "pipeline": ("v2.get_pipelines", "id"),
    "stage": ("v2.get_stages", "id"),
    "activity_type": ("v1.get_activity_types", "key_string"),
    "lead_label": ("v1.get_lead_labels", "id"),
}
"""What has a name of its own: the action that lists all there are, and the member of each that stands for it."""


class Named(NamedTuple):
    """Something with a name. ``qualifiers`` tell it from others of the same name, the most readable first; the last is unique."""

    id: Any
    name: str
    qualifiers: tuple[str, ...]


class Field(NamedTuple):
    """A field of records. ``options`` are what its values stand for; none when they stand for themselves."""

    code: str
    name: str
    kind: str
    is_custom: bool
    options: Names


class NameProblem(Exception):
    """A name that stands for nothing, or for several things; ``suggestion`` is what was probably meant."""

    def __init__(self, reason: str, suggestion: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


class Names:
    """Things of one kind by their names; each has one that no other has: its own, or that with a qualifier in brackets."""

    def __init__(self, kind: str, found: Iterable[Named]) -> None:
        self._kind = kind
        self.items = tuple(found)
        self._by_name: dict[str, list[Named]] = {}
        for one in self.items:
            self._by_name.setdefault(one.name.casefold(), []).append(one)
        self._shown = {
            one.id: one.name if len(twins) == 1 else _qualified(one, twins)
            for twins in self._by_name.values()
            for one in twins
        }
        self._by_qualified: dict[str, list[Named]] = {}
        for one in self.items:
            for text in {
                self._shown[one.id].casefold(),
                *(f"{one.name} ({part})".casefold() for part in one.qualifiers),
            }:
                self._by_qualified.setdefault(text, []).append(one)

    def name_of(self, id: Any) -> str | None:
        """Returns the name that nothing else has; None for an id that is unknown."""
        return self._shown.get(id)

    def find(self, name: str, among: Callable[[Named], bool] = lambda _: True) -> Any:
        """Returns the id of what a name stands for. Raises `NameProblem`."""
        wanted = name.strip()
        alike = [one for one in self._by_name.get(wanted.casefold(), ()) if among(one)]
        exact = [one for one in alike if one.name == wanted]
        qualified = [one for one in self._by_qualified.get(wanted.casefold(), ()) if among(one)]
        for matches in (exact if len(exact) == 1 else alike, qualified):
            if len(matches) == 1:
                return matches[0].id
            if matches:
                listed = _listed([self._shown[one.id] for one in matches])
                raise NameProblem(f"{len(matches)} {self._kind}s are called '{name}': give {listed}")
        shown = [self._shown[one.id] for one in self.items if among(one)]
        close = nearest(wanted, shown) or next((one for one in shown if wanted.casefold() in one.casefold()), None)
        if close is None and (bare := nearest(wanted, [one.name for one in self.items if among(one)])):
            close = next(self._shown[one.id] for one in self.items if one.name == bare and among(one))
        hint = f"; did you mean '{close}'?" if close else f"; there is {_listed(shown)}" if shown else "; there is none"
        raise NameProblem(f"there is no {self._kind} '{name}'{hint}", close)


class Definitions:
    """The definitions of one connection. ``read`` runs an action and returns the body of its answer."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.nameless: set[Any] = set()
        """What was looked for and has no name."""
        self._fields: dict[str, tuple[Field, ...]] = {}
        self._lists: dict[str, Names] = {}

    def forget(self) -> None:
        """Forgets all, so that it is read anew."""
        self._fields.clear()
        self._lists.clear()

    async def fields(self, owner: str | None) -> tuple[Field, ...]:
        """Returns the fields of a kind of records; none where there are none to read."""
        owner = "deal" if owner == "lead" else owner
        action = f"v2.get_{owner}_fields"
        if owner is None or action not in catalogue.entries():
            return ()
        if owner not in self._fields:
            self._fields[owner] = tuple([_field(one) async for one in self._list(action, {"limit": 500})])
        return self._fields[owner]

    async def list(self, reference: str) -> Names:
        """Returns all there are of something that `LISTS` has."""
        if reference not in self._lists:
            action, key = LISTS[reference]
            listed = [one async for one in self._list(action, {})]
            pipelines = await self.list("pipeline") if reference == "stage" else None
            self._lists[reference] = Names(
                reference.replace("_", " "),
                [
                    Named(
                        one[key],
                        str(one["name"]),
                        (
                            *((pipelines.name_of(one["pipeline_id"]) or "",) if pipelines is not None else ()),
                            *((str(one["email"]),) if one.get("email") else ()),
                            str(one[key]),
                        ),
                    )
                    for one in listed
                    if key in one and "name" in one
                ],
            )
        return self._lists[reference]

    async def _list(self, action: str, params: Params) -> AsyncIterator[dict[str, Any]]:
        async for one in pages.walk(
            lambda following: self._read(action, following), params, catalogue.entries()[action].paging
        ):
            if isinstance(one, dict):
                yield one


def field_names(fields: Iterable[Field]) -> Names:
    """Returns fields by their names; equal ones are told apart by their type, or by their key."""
    return Names("field", [Named(one.code, one.name, (one.kind, one.code)) for one in fields])


def _field(one: Mapping[str, Any]) -> Field:
    name = str(one.get("field_name"))
    options = [
        Named(option["id"], str(option["label"]), (str(option["id"]),))
        for option in one.get("options") or ()
        if isinstance(option, Mapping) and isinstance(option.get("id"), int) and "label" in option
    ]
    kind = str(one.get("field_type"))
    code = str(one.get("field_code"))
    label = "label" if code in ("label", "label_ids") else f"option of '{name}'"
    return Field(code, name, kind, bool(one.get("is_custom_field")), Names(label, options))


def _qualified(one: Named, twins: list[Named]) -> str:
    """Returns a name with the first of its qualifiers that no twin has."""
    for place, part in enumerate(one.qualifiers):
        if part and sum(other.qualifiers[place].casefold() == part.casefold() for other in twins) == 1:
            return f"{one.name} ({part})"
    return f"{one.name} ({one.id})"


def _listed(names: list[str]) -> str:
    quoted = [f"'{one}'" for one in names[:MAX_CANDIDATES]]
    more = len(names) - MAX_CANDIDATES
    if more > 0:
        return f"{', '.join(quoted)} and {more} more"
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else "".join(quoted)
