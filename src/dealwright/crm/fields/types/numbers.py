"""Fields that hold numbers: ``double``, ``monetary``."""

from __future__ import annotations

import math

from dealwright._json import Json
from dealwright.crm.fields.comparisons import numbers
from dealwright.crm.fields.reading import number
from dealwright.crm.fields.types.kind import CompositeType, FieldType, JsonType, Part
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm


class DoubleType(FieldType):
    """A number."""

    noun = "numerical"
    comparison = numbers.DOUBLE
    searchable = True
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
    comparison = numbers.MONETARY
    searchable = True
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
