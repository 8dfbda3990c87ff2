"""The base classes of field types.

A value is stored as v2 shows it, without anything that can be derived (the name of a time zone). v1 shows a value with
several parts under several keys: the field's own for ``value``, and one with a suffix for each other part
(``…_currency``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons import Comparison
from dealwright.crm.fields.option_ids import Options
from dealwright.crm.fields.parsing import parse_json_object
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork

JsonType = Literal["string", "number", "array", "object"]
Formatter = Callable[[Json], Json]

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

    ``noun`` is its name in messages, ``json_type`` the JSON type of a value in v2, ``comparison`` the comparison that
    filters use, ``searchable`` whether searches look into its values.
    """

    noun: str
    comparison: Comparison
    searchable: bool = False
    json_type: JsonType = "string"
    parts: tuple[Part, ...] = ()

    def parse_v1(self, crm: UnitOfWork, field: Field, raw: Mapping[str, Json], before: Json) -> Json:
        """Returns the value to store for the parts that a v1 body has; None for no value. Raises `Invalid`.

        ``before`` is the value that the record has now: parts that are not sent stay.
        """
        value = raw["value"]
        if value is None or value == "":
            return None
        return self.parse_v2(crm, field, self.coerce(field, value, crm))

    def parse_v2(self, crm: UnitOfWork, field: Field, raw: Json) -> Json:
        """Returns the value to store for the one in a v2 body; None for None. Raises `Invalid`."""
        if raw is None:
            return None
        if not isinstance(raw, _PYTHON_TYPES[self.json_type]) or isinstance(raw, bool):
            raise self.invalid_type(field)
        return self.validate(crm, field, raw)

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        """Returns a value of v1 in the format of v2, where there is one; anything else as it is."""
        return raw

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        """Returns the value to store for one that has the right JSON type. Raises `Invalid`."""
        raise NotImplementedError

    def formatter_v1(self, options: Options) -> Formatter | None:
        """Returns the function that formats a value for v1; None when it is shown as it is stored."""
        return None

    def formatter_v2(self, options: Options) -> Formatter | None:
        """Returns the function that formats a value for v2; None when it is shown as it is stored."""
        return None

    def labelling_formatter_v2(self, options: Options) -> Formatter | None:
        """Returns the same for values whose options are shown with their labels."""
        return self.formatter_v2(options)

    def to_texts(self, value: Json) -> dict[str, str | None]:
        """Returns the parts of a value as texts, as the change log of v1 shows them."""
        return {"value": to_text(value)}

    def invalid_type(self, field: Field) -> Invalid:
        """Returns the error for a value of another JSON type."""
        return Invalid(f"Expected '{self.json_type}' as value for {self.noun} custom field '{field.key}'")

    def invalid_value(self, field: Field, reason: str) -> Invalid:
        """Returns the error for a value that has the right JSON type, but is not valid."""
        return Invalid(f"The value of {self.noun} custom field '{field.key}' {reason}")


class CompositeType(FieldType):
    """A type whose values have parts. They are stored as an object that has at least a ``value``."""

    json_type: JsonType = "object"
    # Parts that may be given, and are not stored because another one says the same.
    derived_parts: tuple[str, ...] = ()

    def parse_v1(self, crm: UnitOfWork, field: Field, raw: Mapping[str, Json], before: Json) -> Json:
        raw = self._spread(field, raw)
        if "value" in raw and raw["value"] in (None, ""):
            return None
        given = {key: None if value == "" else value for key, value in raw.items()}
        merged = {**self.retained_parts(before, raw), **given}
        if "value" not in merged:
            whole = self.derive_value(field, given)
            if whole is None:
                return None
            merged["value"] = whole
        return self.validate(crm, field, self.coerce(field, merged, crm))

    def _spread(self, field: Field, raw: Mapping[str, Json]) -> Mapping[str, Json]:
        """Returns the parts, also when they stand in an object, or in the JSON of one, under the field's own key."""
        whole = parse_json_object(raw.get("value"), self._part_names())
        if not isinstance(whole, dict) or not whole:
            return raw
        self._check_names(field, whole)
        return {**{key: value for key, value in raw.items() if key != "value"}, **whole}

    def derive_value(self, field: Field, parts: Mapping[str, Json]) -> Json:
        """Returns the ``value`` of which v1 sends only other parts; None when they stand for no value.

        A currency or a time zone alone is no value. Raises `Invalid` when more than that would be lost.
        """
        return None

    def retained_parts(self, before: Json, raw: Mapping[str, Json]) -> dict[str, Json]:
        """Returns the parts of the present value that stay when v1 sends some parts."""
        return before if isinstance(before, dict) else {}

    def to_texts(self, value: Json) -> dict[str, str | None]:
        members = value if isinstance(value, dict) else {}
        return {part.key: to_text(members.get(part.key)) for part in self.parts}

    def _part_names(self) -> set[str]:
        return {part.key for part in self.parts} | set(self.derived_parts)

    def _check_names(self, field: Field, names: Iterable[str]) -> None:
        """Raises `Invalid` for a part that the type does not have."""
        known = self._part_names()
        for name in names:
            if name not in known:
                raise self.invalid_value(field, f"has no '{name}'")

    def validate_parts(self, field: Field, value: Json) -> dict[str, Json]:
        """Returns ``value``. Raises `Invalid` for a part that the type does not have, and without a ``value``."""
        assert isinstance(value, dict)
        self._check_names(field, value)
        if value.get("value") is None:
            raise self.invalid_value(field, "needs a 'value'")
        return value


def to_text(value: Json) -> str | None:
    """Returns a value without parts as text."""
    if value is None:
        return None
    if isinstance(value, list):
        return ",".join(str(member) for member in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
