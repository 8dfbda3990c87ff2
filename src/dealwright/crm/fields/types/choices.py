"""Fields that hold choices: ``enum``, ``set``, ``visible_to``."""

from __future__ import annotations

import contextlib

from dealwright._json import Json
from dealwright.crm.fields.comparisons import choices
from dealwright.crm.fields.option_ids import Options, parse_option_id, parse_option_ids
from dealwright.crm.fields.parsing import parse_json_list
from dealwright.crm.fields.types.field_type import FieldType, Formatter, JsonType
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork

VISIBILITIES = (1, 3, 5, 7)


class EnumType(FieldType):
    """One of the field's options; a deleted one is not shown."""

    noun = "single option"
    comparison = choices.ENUM
    json_type: JsonType = "number"

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        options = crm.company_data.options(field.id)
        try:
            return parse_option_id(options, raw, allow_labels=field.object != "product")
        except ValueError:
            raise self.invalid_value(field, "is not one of its options") from None

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        if value not in crm.company_data.options(field.id):
            raise self.invalid_value(field, "is not one of its options")
        return value

    def formatter_v1(self, options: Options) -> Formatter:
        texts: dict[Json, Json] = {id: str(id) for id in options}
        return texts.get

    def formatter_v2(self, options: Options) -> Formatter:
        ids: dict[Json, Json] = {id: id for id in options}
        return ids.get

    def labelling_formatter_v2(self, options: Options) -> Formatter:
        shown: dict[Json, Json] = {id: {"id": id, "label": option.label} for id, option in options.items()}
        return shown.get


class SetType(FieldType):
    """Some of the field's options; deleted ones are not shown."""

    noun = "multiple options"
    comparison = choices.SET
    json_type: JsonType = "array"

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        options = crm.company_data.options(field.id)
        # A label may begin with a bracket, too.
        for candidate in (raw, parse_json_list(raw)):
            with contextlib.suppress(ValueError):
                return list(parse_option_ids(options, candidate, allow_labels=field.object != "product")) or None
        raise self.invalid_value(field, "holds what is not one of its options")

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        assert isinstance(value, list)
        options = crm.company_data.options(field.id)
        if not value:
            raise self.invalid_value(field, "may not be an empty array, use null")
        for member in value:
            if not isinstance(member, int) or isinstance(member, bool) or member not in options:
                raise self.invalid_value(field, "holds what is not one of its options")
        return list(dict.fromkeys(value))

    def formatter_v1(self, options: Options) -> Formatter:
        return lambda value: ",".join(str(id) for id in _existing(value, options)) or None

    def formatter_v2(self, options: Options) -> Formatter:
        return lambda value: _existing(value, options) or None

    def labelling_formatter_v2(self, options: Options) -> Formatter:
        shown: dict[Json, Json] = {id: {"id": id, "label": option.label} for id, option in options.items()}
        return lambda value: [shown[id] for id in _existing(value, options)] or None


class VisibleToType(FieldType):
    """The ``visible_to`` of a record."""

    noun = "visibility"
    comparison = choices.VISIBLE_TO
    json_type: JsonType = "number"

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        return int(raw) if raw in ("1", "3", "5", "7") else raw

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        if value not in VISIBILITIES:
            raise self.invalid_value(field, "is not one of 1, 3, 5, 7")
        return value

    def formatter_v1(self, options: Options) -> Formatter:
        return str


def _existing(value: Json, options: Options) -> list[Json]:
    return [id for id in value if id in options] if isinstance(value, list) else []
