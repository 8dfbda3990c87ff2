"""Fields that hold numbers: ``double``, ``monetary``."""

from __future__ import annotations

import math
import re

from dealwright._json import Json
from dealwright.crm.fields.types.kind import CompositeType, FieldType, JsonType, Part
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)


class DoubleType(FieldType):
    """A number."""

    noun = "numerical"
    json_type: JsonType = "number"

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        return number(given)

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        assert isinstance(value, int | float)
        if not math.isfinite(value):
            raise self.unfit(field, "is too large")
        return value


class MonetaryType(CompositeType):
    """An amount in a currency: the actor's default one, unless another is given."""

    noun = "monetary"
    parts = (Part("value", "Amount of {}", "double"), Part("currency", "Currency of {}", "varchar"))

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        assert isinstance(given, dict)
        return {**given, "value": number(given["value"])}

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        members = self.members(field, value)
        amount, currency = members["value"], members.get("currency")
        if not isinstance(amount, int | float) or isinstance(amount, bool) or not math.isfinite(amount):
            raise self.unfit(field, "needs a number as 'value'")
        if currency is None:
            currency = crm.actor.default_currency
        if currency not in crm.settings.currency_codes:
            raise self.unfit(field, "has no currency of this company")
        return {"value": amount, "currency": currency}


def number(given: Json) -> Json:
    """The number that a text holds; anything else as it is."""
    if isinstance(given, str):
        if _WHOLE.fullmatch(given.strip()):
            return int(given)
        if _NUMBER.fullmatch(given.strip()):
            return float(given)
    return given
