"""Fields that hold text: ``varchar``, ``varchar_auto``, ``text``, ``phone``."""

from __future__ import annotations

from dealwright._json import Json
from dealwright.crm.fields.comparisons import texts
from dealwright.crm.fields.types.kind import FieldType
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm

SHORT = 255
LONG = 65_535


class TextType(FieldType):
    """Text up to a length."""

    comparison = texts.VARCHAR
    searchable = True

    def __init__(self, noun: str, longest: int) -> None:
        self.noun = noun
        self.longest = longest

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        return str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        assert isinstance(value, str)
        if len(value) > self.longest:
            raise self.unfit(field, f"is longer than {self.longest} characters")
        return value
