"""What every type of field knows about its values.

A value is kept as v2 writes it, without what can be derived (the name of a time zone). v1 writes a value of several
parts under several keys: the field's own for ``value``, and one with an ending for each other part (``…_currency``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons import Comparison
from dealwright.crm.fields.option_ids import Options
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm

JsonType = Literal["string", "number", "array", "object"]
View = Callable[[Json], Json]

_PYTHON_TYPES: Mapping[JsonType, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


class Part(NamedTuple):
    """A part of a value: ``value`` or another, its name (``{}`` stands for the field's) and its own type."""

    key: str
    name: str
    field_type: str


class FieldType:
    """A type whose values have no parts.

    ``noun`` is what messages call it, ``json_type`` what a value of it is in v2, ``comparison`` how filters compare its values,
    ``searchable`` whether searches look into them.
    """

    noun: str
    comparison: Comparison
    searchable: bool = False
    json_type: JsonType = "string"
    parts: tuple[Part, ...] = ()

    def read_v1(self, crm: Crm, field: Field, given: Mapping[str, Json], before: Json) -> Json:
        """The value to keep for what a v1 body gives, by part; None for none. Raises `Invalid`.

        ``before`` is the value that the record has now: parts that are not given stay.
        """
        value = given["value"]
        if value is None or value == "":
            return None
        return self.read_v2(crm, field, self.loosened(field, value, crm))

    def read_v2(self, crm: Crm, field: Field, given: Json) -> Json:
        """The value to keep for what a v2 body gives; None for none. Raises `Invalid`."""
        if given is None:
            return None
        if not isinstance(given, _PYTHON_TYPES[self.json_type]) or isinstance(given, bool):
            raise self.unexpected(field)
        return self.checked(crm, field, given)

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        """What v1 gives in the form that v2 asks for, where there is one; anything else as it is."""
        return given

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        """The value to keep for one that has the right JSON type. Raises `Invalid`."""
        raise NotImplementedError

    def view_v1(self, options: Options) -> View | None:
        """How v1 shows a value; None when it is shown as it is kept."""
        return None

    def view_v2(self, options: Options) -> View | None:
        """How v2 shows a value; None when it is shown as it is kept."""
        return None

    def texts(self, value: Json) -> dict[str, str | None]:
        """The parts of a value as texts, as the change log of v1 has them."""
        return {"value": text(value)}

    def unexpected(self, field: Field) -> Invalid:
        """The failure for a value of another JSON type."""
        return Invalid(f"Expected '{self.json_type}' as value for {self.noun} custom field '{field.key}'")

    def unfit(self, field: Field, reason: str) -> Invalid:
        """The failure for a value that has the right JSON type, but does not fit."""
        return Invalid(f"The value of {self.noun} custom field '{field.key}' {reason}")


class CompositeType(FieldType):
    """A type whose values have parts. They are kept as an object that has at least a ``value``."""

    json_type: JsonType = "object"

    def read_v1(self, crm: Crm, field: Field, given: Mapping[str, Json], before: Json) -> Json:
        if "value" in given and given["value"] in (None, ""):
            return None
        merged = {**self.kept(before, given), **{key: None if value == "" else value for key, value in given.items()}}
        if "value" not in merged:
            # A currency or a time zone alone is no value.
            return None
        return self.checked(crm, field, self.loosened(field, merged, crm))

    def kept(self, before: Json, given: Mapping[str, Json]) -> dict[str, Json]:
        """What of the present value stays when v1 gives some parts."""
        return before if isinstance(before, dict) else {}

    def texts(self, value: Json) -> dict[str, str | None]:
        members = value if isinstance(value, dict) else {}
        return {part.key: text(members.get(part.key)) for part in self.parts}

    def members(self, field: Field, value: Json, *derived: str) -> dict[str, Json]:
        """The parts given. Raises `Invalid` for one that the type does not have, and without a ``value``."""
        assert isinstance(value, dict)
        known = {part.key for part in self.parts} | set(derived)
        for key in value:
            if key not in known:
                raise self.unfit(field, f"has no '{key}'")
        if value.get("value") is None:
            raise self.unfit(field, "needs a 'value'")
        return value


def text(value: Json) -> str | None:
    """A value without parts as text."""
    if value is None:
        return None
    if isinstance(value, list):
        return ",".join(str(member) for member in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
