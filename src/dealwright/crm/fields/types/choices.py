"""Fields that hold choices: ``enum``, ``set``, ``visible_to``."""

from __future__ import annotations

from dealwright._json import Json
from dealwright.crm.fields.comparisons import choices
from dealwright.crm.fields.option_ids import Options, many_ids, one_id
from dealwright.crm.fields.types.kind import FieldType, JsonType, View
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm

VISIBILITIES = (1, 3, 5, 7)


class EnumType(FieldType):
    """One of the field's options; one that was deleted is not shown."""

    noun = "single option"
    comparison = choices.ENUM
    json_type: JsonType = "number"

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        options = crm.settings.options(field.id)
        try:
            return one_id(options, given, texts=field.object != "product")
        except ValueError:
            raise self.unfit(field, "is not one of its options") from None

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        if value not in crm.settings.options(field.id):
            raise self.unfit(field, "is not one of its options")
        return value

    def view_v1(self, options: Options) -> View:
        texts: dict[Json, Json] = {id: str(id) for id in options}
        return texts.get

    def view_v2(self, options: Options) -> View:
        ids: dict[Json, Json] = {id: id for id in options}
        return ids.get


class SetType(FieldType):
    """Some of the field's options; those that were deleted are not shown."""

    noun = "multiple options"
    comparison = choices.SET
    json_type: JsonType = "array"

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        options = crm.settings.options(field.id)
        try:
            return list(many_ids(options, given, texts=field.object != "product")) or None
        except ValueError:
            raise self.unfit(field, "holds what is not one of its options") from None

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        assert isinstance(value, list)
        options = crm.settings.options(field.id)
        if not value:
            raise self.unfit(field, "may not be an empty array, use null")
        for member in value:
            if not isinstance(member, int) or isinstance(member, bool) or member not in options:
                raise self.unfit(field, "holds what is not one of its options")
        return list(dict.fromkeys(value))

    def view_v1(self, options: Options) -> View:
        return lambda value: ",".join(str(id) for id in _live(value, options)) or None

    def view_v2(self, options: Options) -> View:
        return lambda value: _live(value, options) or None


class VisibleToType(FieldType):
    """Who sees something."""

    noun = "visibility"
    comparison = choices.VISIBLE_TO
    json_type: JsonType = "number"

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        return int(given) if given in ("1", "3", "5", "7") else given

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        if value not in VISIBILITIES:
            raise self.unfit(field, "is not one of 1, 3, 5, 7")
        return value

    def view_v1(self, options: Options) -> View:
        return str


def _live(value: Json, options: Options) -> list[Json]:
    return [id for id in value if id in options] if isinstance(value, list) else []
