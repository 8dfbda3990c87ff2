"""Fields that hold text: ``varchar``, ``varchar_auto``, ``text``, ``phone``."""

from __future__ import annotations

from dealwright._json import Json
from dealwright.crm.fields.comparisons import texts
from dealwright.crm.fields.types.field_type import FieldType
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork

MAX_SHORT_TEXT_LENGTH = 255
MAX_LONG_TEXT_LENGTH = 65_535


class TextType(FieldType):
    """Text up to a length."""

    comparison = texts.VARCHAR
    searchable = True

    def __init__(self, noun: str, max_length: int) -> None:
        self.noun = noun
        self.max_length = max_length

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        return number_to_text(raw)

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        assert isinstance(value, str)
        if len(value) > self.max_length:
            raise self.invalid_value(field, f"is longer than {self.max_length} characters")
        return value


def number_to_text(raw: Json) -> Json:
    """Returns a number as text; anything else as it is."""
    return str(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw
