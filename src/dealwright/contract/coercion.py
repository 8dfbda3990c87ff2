"""Turns v1 bodies into what their declared types take: forms, JSON in texts, numbers that are meant as texts.

One walk along the declared type does that for every member, at any depth. What has to be known of a type is looked up once.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, get_args, get_origin

import msgspec

from dealwright.contract.bodies import CUSTOM_FIELD_KEY, V1RecordBody
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.forms import FormMember
from dealwright.contract.type_introspection import accepts, alternatives, has_empty_text, struct_fields, struct_of
from dealwright.contract.validation import check_values, fits

# What a check box without a value of its own sends, and its opposite.
_CHECK_BOX_TEXTS = {"on": True, "off": False}


class _Shape:
    """What has to be known of a declared type to turn values into it."""

    def __init__(self, declared: Any) -> None:
        self.takes_text = accepts(declared, str)
        self.takes_empty_text = has_empty_text(declared)
        self.takes_flag = accepts(declared, bool)
        self.takes_number = accepts(declared, int) or accepts(declared, float)
        # A custom field, or the value of a filter's condition: what it takes is not declared.
        self.takes_anything = any(accepts(declared, kind) for kind in (Any, object, dict))
        self._item_type = next((get_args(one)[0] for one in alternatives(declared) if get_origin(one) is list), None)
        self._struct = struct_of(declared)

    @property
    def is_list(self) -> bool:
        """Whether the type takes a list."""
        return self._item_type is not None

    @property
    def is_object(self) -> bool:
        """Whether the type takes an object."""
        return self._struct is not None

    @property
    def is_list_of_objects(self) -> bool:
        """Whether the type takes a list of objects, and no object. One alone stands for a list of it."""
        return self.is_list and self.item.is_object and not self.is_object

    @property
    def is_list_of_values(self) -> bool:
        """Whether the type takes a list of numbers or texts, and nothing but a list."""
        if not self.is_list or self.takes_text:
            return False
        return not (self.item.is_list or self.item.is_object or self.item.takes_anything)

    @functools.cached_property
    def item(self) -> _Shape:
        """The shape of the elements of a list."""
        return _shape(self._item_type)

    @functools.cached_property
    def members(self) -> Mapping[str, _Shape]:
        """The shapes of the members of an object, by their names on the wire; none for other types."""
        return _member_shapes(self._struct) if self._struct else {}

    @functools.cached_property
    def required_lists(self) -> tuple[str, ...]:
        """The members of an object that must be given, and are lists that may be empty."""
        return tuple(
            field.encode_name
            for field in (struct_fields(self._struct) if self._struct else ())
            if field.required and fits([], field.type, strict=True)
        )


@functools.cache
def _shape(declared: Any) -> _Shape:
    return _Shape(declared)


@functools.cache
def _member_shapes(struct: type[msgspec.Struct]) -> Mapping[str, _Shape]:
    return {field.encode_name: _shape(field.type) for field in struct_fields(struct)}


def coerce_body(struct: type[msgspec.Struct], body: Mapping[str, object], problems: list[Problem]) -> dict[str, object]:
    """Returns a v1 body, decoded JSON or the members of a form, with values that the struct takes if they fit at all.

    Keys of custom fields are gathered. Unknown names are left out, but for members of a form in brackets: nobody adds those to
    be tolerated, and what they hold would be lost. These, and texts that are broken JSON, are added to the problems.
    """
    shapes = _member_shapes(struct)
    gathers_custom = issubclass(struct, V1RecordBody)
    coerced: dict[str, object] = {}
    custom: dict[str, object] = {}
    for name, value in body.items():
        if gathers_custom and CUSTOM_FIELD_KEY.match(name):
            custom[name] = _undeclared(value, problems) if isinstance(value, FormMember) else value
        elif name in shapes and name != "custom_fields":
            coerced[name] = _coerce(value, shapes[name], name, problems)
        elif isinstance(value, FormMember) and value.members:
            problems += _unknown(value)
    if gathers_custom:
        coerced["custom_fields"] = custom
    return coerced


def _coerce(value: object, shape: _Shape, path: str, problems: list[Problem]) -> object:
    if isinstance(value, FormMember):
        return _from_form(value, shape, problems)
    if shape.takes_anything:
        return value
    if isinstance(value, str):
        return _from_text(value, shape, path, problems)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if shape.takes_number:
            return value
        return str(value) if shape.takes_text else [value] if shape.is_list_of_values else value
    if isinstance(value, list) and shape.is_list:
        return [_coerce(one, shape.item, f"{path}[{number}]", problems) for number, one in enumerate(value)]
    if isinstance(value, dict) and shape.is_list_of_objects:
        return [_coerce(value, shape.item, f"{path}[0]", problems)]
    if isinstance(value, dict) and shape.is_object:
        return {
            name: _coerce(one, shape.members[name], f"{path}.{name}", problems) if name in shape.members else one
            for name, one in value.items()
        }
    return value


def _from_text(text: str, shape: _Shape, path: str, problems: list[Problem]) -> object:
    """Returns a text as it is where texts are taken, unless it is the JSON of a list or an object that is taken as well."""
    if not shape.takes_text:
        text = text.strip()
    if text == "":
        return text if shape.takes_empty_text else None
    if not shape.is_list and not shape.is_object:
        return _CHECK_BOX_TEXTS.get(text, text) if shape.takes_flag and not shape.takes_text else text
    bracket = text.lstrip()[:1]
    if (
        (bracket == "[" and shape.is_list)
        or (bracket == "{" and (shape.is_object or shape.is_list_of_objects))
        or (bracket in ("[", "{") and not shape.takes_text)
    ):
        try:
            decoded = msgspec.json.decode(text)
            check_values(decoded, path)
        except msgspec.DecodeError as error:
            if shape.takes_text:
                return text
            problems.append(Problem(path, f"is not valid JSON: {error}"))
        except RecursionError:
            problems.append(Problem(path, "is nested too deeply"))
        except InvalidArguments as error:
            problems.extend(error.problems)
        else:
            return _coerce(decoded, shape, path, problems)
    elif shape.is_list_of_values:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _from_form(member: FormMember, shape: _Shape, problems: list[Problem]) -> object:
    """Returns what a member of a form says, as the list, the object or the value that is declared."""
    if member.values and member.members:
        problems.append(_given_twice(member))
    elif not member.members:
        if len(member.values) > 1 and shape.is_list:
            return [_coerce(one, shape.item, member.name, problems) for one in member.values if one != ""]
        # As in PHP and Rails: forms put a hidden field with the value of an empty check box before the box.
        return _coerce(member.values[-1], shape, member.name, problems)
    elif shape.takes_anything:
        return _undeclared(member, problems)
    elif shape.is_list and (elements := member.elements()) is not None:
        return [_from_form(one, shape.item, problems) for one in elements if not one.is_empty()]
    elif shape.is_object:
        return _object_from_form(member, shape, problems)
    elif shape.is_list_of_objects:
        return [_object_from_form(member, shape.item, problems)]
    else:
        problems += _unknown(member)
    return None


def _object_from_form(member: FormMember, shape: _Shape, problems: list[Problem]) -> dict[str, object]:
    # Writers of forms leave empty lists out, because there is no way to write them.
    read: dict[str, object] = {name: [] for name in shape.required_lists}
    for name, one in member.members.items():
        if name in shape.members:
            read[name] = _from_form(one, shape.members[name], problems)
        else:
            problems += _unknown(one)
    return read


def _undeclared(member: FormMember, problems: list[Problem]) -> object:
    """Returns what a member of a form says where no type is declared."""
    if member.values and member.members:
        problems.append(_given_twice(member))
    if not member.members:
        return member.values[0] if len(member.values) == 1 else list(member.values)
    elements = member.elements()
    if elements is not None:
        return [_undeclared(one, problems) for one in elements if not one.is_empty()]
    return {name: _undeclared(one, problems) for name, one in member.members.items()}


def _unknown(member: FormMember) -> list[Problem]:
    return [Problem(leaf.name, "is no member that this request takes") for leaf in member.leaves()]


def _given_twice(member: FormMember) -> Problem:
    return Problem(member.name, "is given with brackets and without")
