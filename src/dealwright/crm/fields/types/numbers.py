"""Fields that hold numbers: ``double``, ``monetary``."""

from __future__ import annotations

import math

from dealwright._json import Json
from dealwright.crm.fields.comparisons import numbers
from dealwright.crm.fields.parsing import parse_number
from dealwright.crm.fields.types.field_type import CompositeType, FieldType, JsonType, Part
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork


class DoubleType(FieldType):
    """A number."""

    noun = "numerical"
    comparison = numbers.DOUBLE
    searchable = True
    json_type: JsonType = "number"

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        return parse_number(raw)

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        assert isinstance(value, int | float)
        if not math.isfinite(value):
            raise self.invalid_value(field, "is too large")
        return value


class MonetaryType(CompositeType):
    """An amount in a currency: the actor's default one, unless another one is sent."""

    noun = "monetary"
    comparison = numbers.MONETARY
    searchable = True
    parts = (Part("value", "Amount of {}", "double"), Part("currency", "Currency of {}", "varchar"))

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        assert isinstance(raw, dict)
        return {**raw, "value": parse_number(raw["value"])}

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        members = self.validate_parts(field, value)
        amount, currency = members["value"], members.get("currency")
        if not isinstance(amount, int | float) or isinstance(amount, bool) or not math.isfinite(amount):
            raise self.invalid_value(field, "needs a number as 'value'")
        if currency is None:
            currency = crm.actor.default_currency
        if currency not in crm.company_data.currency_codes:
            raise self.invalid_value(field, "has no currency of this company")
        return {"value": amount, "currency": currency}
