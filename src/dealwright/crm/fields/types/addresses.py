"""Fields that hold an address: ``address``."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.fields.comparisons import texts
from dealwright.crm.fields.option_ids import Options
from dealwright.crm.fields.types.field_type import CompositeType, Formatter, Part
from dealwright.crm.fields.types.texts import MAX_LONG_TEXT_LENGTH, number_to_text
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.contact_values import parse_address


class AddressType(CompositeType):
    """An address: the whole as text, and its parts where they are known."""

    noun = "address"
    comparison = texts.ADDRESS
    searchable = True
    parts = (
        Part("value", "Text of {}", "varchar"),
        Part("subpremise", "Apartment of {}", "varchar"),
        Part("street_number", "House number of {}", "varchar"),
        Part("route", "Street of {}", "varchar"),
        Part("sublocality", "District of {}", "varchar"),
        Part("locality", "City of {}", "varchar"),
        Part("admin_area_level_1", "State of {}", "varchar"),
        Part("admin_area_level_2", "County of {}", "varchar"),
        Part("country", "Country of {}", "varchar"),
        Part("postal_code", "Postal code of {}", "varchar"),
        Part("formatted_address", "Full address of {}", "varchar"),
    )

    def retained_parts(self, before: Json, raw: Mapping[str, Json]) -> dict[str, Json]:
        # The parts of one address do not belong to another.
        return {} if "value" in raw else super().retained_parts(before, raw)

    def derive_value(self, field: Field, parts: Mapping[str, Json]) -> Json:
        address = parse_address(dict(parts))
        return address["value"] if isinstance(address, dict) else None

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        assert isinstance(raw, dict)
        return {key: number_to_text(member) for key, member in raw.items()}

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        members = self.validate_parts(field, value)
        for key, member in members.items():
            if not isinstance(member, str | None) or len(member or "") > MAX_LONG_TEXT_LENGTH:
                raise self.invalid_value(field, f"needs a text as '{key}'")
        return {key: member for key, member in members.items() if member is not None}

    def formatter_v2(self, options: Options) -> Formatter:
        empty: dict[str, Json] = {part.key: None for part in self.parts}

        def view(value: Json) -> Json:
            assert isinstance(value, dict)
            # The vendor's v2 has the part, but leaves it empty.
            return {**empty, **value, "subpremise": None}

        return view
