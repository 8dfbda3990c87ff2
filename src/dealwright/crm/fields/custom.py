"""Custom fields of records: converts between the formats of the API versions and the stored one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.types import TYPES, FieldType
from dealwright.crm.fields.types.field_type import Formatter, to_text
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads

KEY_LENGTH = 40


class _Layout(NamedTuple):
    """The data for parsing and formatting the custom fields of a record type, computed once per `CompanyData`."""

    fields: Mapping[str, Field]
    deleted_keys: frozenset[str]
    # Every key of v1, with or without suffix, and the field and part that it stands for.
    parts_by_key: Mapping[str, tuple[str, str]]
    # For fields whose values have parts: the keys of v1 with the parts.
    keys_by_field: Mapping[str, list[tuple[str, str]]]
    empty_v1: dict[str, Json]
    empty_v2: dict[str, Json]
    # Only for fields whose values are not shown as they are stored.
    formatters_v1: Mapping[str, Formatter]
    formatters_v2: Mapping[str, Formatter]
    labelling_formatters_v2: Mapping[str, Formatter]


def parse_v1(crm: UnitOfWork, object: RecordTypeName, raw: Mapping[str, Json], current: str = "{}") -> dict[str, Json]:
    """Returns values to store, by field key, from the 40-character keys (with suffixes) of a v1 body. Raises `Invalid`.

    ``current`` are the custom fields that the record has now: a currency, an end or a time zone that is not sent stays.
    """
    layout = _get_layout(crm, object)
    values: dict[str, dict[str, Json]] = {}
    errors: list[Invalid] = []
    for name, value in raw.items():
        if name in layout.parts_by_key:
            key, part = layout.parts_by_key[name]
            values.setdefault(key, {})[part] = value
        elif name[:KEY_LENGTH] not in layout.deleted_keys:
            errors.append(Invalid(f"Unknown field '{name}' in your request."))
    before = loads(current) if values else {}
    parsed: dict[str, Json] = {}
    for key, parts in values.items():
        try:
            parsed[key] = _field_type(layout.fields[key]).parse_v1(crm, layout.fields[key], parts, before.get(key))
        except Invalid as error:
            errors.append(error)
    if errors:
        raise Invalid.combine(errors)
    return parsed


def parse_v2(crm: UnitOfWork, object: RecordTypeName, raw: Mapping[str, Json]) -> dict[str, Json]:
    """Returns values to store, by field key, from the ``custom_fields`` of a v2 body. Raises `Invalid`."""
    layout = _get_layout(crm, object)
    values: dict[str, Json] = {}
    errors: list[Invalid] = []
    for key, value in raw.items():
        field = layout.fields.get(key)
        if field is None:
            errors.append(Invalid(f"Parameter '{key}' is not allowed for this request", "custom_fields"))
            continue
        try:
            values[key] = _field_type(field).parse_v2(crm, field, value)
        except Invalid as error:
            errors.append(Invalid(error.message, "custom_fields"))
    if errors:
        raise Invalid.combine(errors)
    return values


def format_v1(crm: UnitOfWork, object: RecordTypeName, custom_fields: str) -> dict[str, Json]:
    """Returns all custom fields as v1 shows them at the root of a record: every key and suffix, None when unset."""
    layout = _get_layout(crm, object)
    formatted = layout.empty_v1.copy()
    for key, value in loads(custom_fields).items():
        if key in layout.keys_by_field:
            for name, part in layout.keys_by_field[key]:
                formatted[name] = value.get(part)
        elif key in formatted:
            formatter = layout.formatters_v1.get(key)
            formatted[key] = formatter(value) if formatter else value
    return formatted


def format_v2(
    crm: UnitOfWork,
    object: RecordTypeName,
    custom_fields: str,
    keys: Collection[str] | None = None,
    *,
    option_labels: bool = False,
) -> dict[str, Json]:
    """Returns all custom fields, or those of ``keys``, as v2 shows them: every key, None when unset.

    With ``option_labels``, options are shown with their labels.
    """
    layout = _get_layout(crm, object)
    formatters = layout.labelling_formatters_v2 if option_labels else layout.formatters_v2
    formatted = layout.empty_v2.copy()
    if keys is not None:
        formatted = {key: None for key in keys if key in layout.fields}
    for key, value in loads(custom_fields).items():
        if key in formatted:
            formatter = formatters.get(key)
            formatted[key] = formatter(value) if formatter else value
    return formatted


def format_texts_v1(crm: UnitOfWork, object: RecordTypeName, key: str, value: Json) -> dict[str, str | None]:
    """Returns a stored value of the change log as v1 shows it: each key, suffixes included, with a text.

    A field that is deleted, or one of the system, has one text.
    """
    layout = _get_layout(crm, object)
    if value is None or key not in layout.keys_by_field:
        return {key: to_text(value)}
    texts = _field_type(layout.fields[key]).to_texts(value)
    return {name: texts[part] for name, part in layout.keys_by_field[key]}


def _get_layout(crm: UnitOfWork, object: RecordTypeName) -> _Layout:
    # Leads have the custom fields of deals.
    owner: RecordTypeName = "deal" if object == "lead" else object
    company_data = crm.company_data
    return company_data.get_or_compute(f"custom:{owner}", lambda: _build_layout(company_data, owner))


def _build_layout(company_data: CompanyData, object: RecordTypeName) -> _Layout:
    fields = company_data.custom_fields(object)
    keys_by_field: dict[str, list[tuple[str, str]]] = {}
    parts_by_key: dict[str, tuple[str, str]] = {}
    formatters_v1: dict[str, Formatter] = {}
    formatters_v2: dict[str, Formatter] = {}
    labelling_formatters_v2: dict[str, Formatter] = {}
    for key, field in fields.items():
        field_type, options = _field_type(field), company_data.options(field.id)
        parts_by_key[key] = (key, "value")
        if field_type.parts:
            keys_by_field[key] = [
                (key if part.key == "value" else f"{key}_{part.key}", part.key) for part in field_type.parts
            ]
            parts_by_key |= {name: (key, part) for name, part in keys_by_field[key]}
        if formatter := field_type.formatter_v1(options):
            formatters_v1[key] = formatter
        if formatter := field_type.formatter_v2(options):
            formatters_v2[key] = formatter
        if formatter := field_type.labelling_formatter_v2(options):
            labelling_formatters_v2[key] = formatter
    return _Layout(
        fields=fields,
        deleted_keys=company_data.deleted_field_keys(object),
        parts_by_key=parts_by_key,
        keys_by_field=keys_by_field,
        empty_v1=dict.fromkeys(parts_by_key),
        empty_v2=dict.fromkeys(fields),
        formatters_v1=formatters_v1,
        formatters_v2=formatters_v2,
        labelling_formatters_v2=labelling_formatters_v2,
    )


def _field_type(field: Field) -> FieldType:
    return TYPES[field.field_type]
