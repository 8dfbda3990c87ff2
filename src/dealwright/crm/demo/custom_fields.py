"""Custom fields of every type, and random values for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from dealwright._json import Json
from dealwright.crm.demo import names, times, words
from dealwright.crm.fields import choices, timezones, visibility
from dealwright.crm.fields.choices import OptionInput
from dealwright.crm.fields.definitions import KEY_BYTES
from dealwright.crm.fields.labels import label_options
from dealwright.crm.integration.model import FieldOption
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, dumps
from dealwright.storage import field_indexes, tables


class ValueContext(NamedTuple):
    """The context of values: the day, the currency, and the ids of records to reference."""

    rng: Random
    day: int
    currency: str
    user_ids: tuple[int, ...]
    organizations: range
    persons: range


class CustomField(NamedTuple):
    """A custom field. ``choices`` are its options or the words of its values; ``share`` is that of records with one."""

    name: str
    field_type: str
    choices: tuple[str, ...] = ()
    share: float = 0.35


SIGNATORY = "Signs contracts"
_SIZES = ("1-10", "11-50", "51-200", "201-1000", "More")
_MODULES = ("Planning", "Time sheets", "Reports", "Mobile app", "Single sign-on")
_TOPICS = ("Newsletter", "Events", "Product news", "Training")
_TERMS = ("Monthly", "1 year", "2 years", "3 years")
_TIMES = tuple(f"{hour:02d}:{minute:02d}:00" for hour in range(7, 17) for minute in (0, 15, 30, 45))
_ZONES = tuple(
    timezones.IDS[name] for name in ("Europe/Berlin", "Europe/London", "Europe/Stockholm", "America/New_York")
)

FIELDS: Mapping[RecordTypeName, tuple[CustomField, ...]] = {
    "deal": (
        CustomField("Purchase order", "varchar"),
        CustomField("Competitor", "varchar_auto", words.COMPETITORS),
        CustomField("Requirements", "text", words.TEXTS, 0.25),
        CustomField("Number of seats", "double", share=0.7),
        CustomField("Budget", "monetary", share=0.5),
        CustomField("Modules", "set", _MODULES, 0.5),
        CustomField("Contract term", "enum", _TERMS, 0.6),
        CustomField("Engineer", "user", share=0.3),
        CustomField("Reseller", "org", share=0.15),
        CustomField("Decision maker", "people", share=0.3),
        CustomField("Conference line", "phone", share=0.2),
        CustomField("Best time to call", "time", share=0.2),
        CustomField("Delivery hours", "timerange", share=0.15),
        CustomField("Start of contract", "date", share=0.4),
        CustomField("Project period", "daterange", share=0.25),
        CustomField("Delivery address", "address", share=0.2),
        CustomField("Who sees the report", "visible_to", share=0.15),
    ),
    "person": (
        CustomField("Department", "varchar_auto", ("Purchasing", "Finance", "Operations", "IT", "Personnel"), 0.5),
        CustomField("Badge number", "varchar", share=0.2),
        CustomField("Background", "text", words.TEXTS, 0.15),
        CustomField("Years in the job", "double", share=0.3),
        CustomField("Own budget", "monetary", share=0.2),
        CustomField("Interests", "set", _TOPICS, 0.4),
        CustomField("Role in decisions", "enum", ("Decides", "Advises", "Uses", "Blocks"), 0.5),
        CustomField("Looked after by", "user", share=0.2),
        CustomField("Former employer", "org", share=0.1),
        CustomField("Stands in for", "people", share=0.1),
        CustomField("Direct line", "phone", share=0.3),
        CustomField("Lunch break", "time", share=0.1),
        CustomField("Office hours", "timerange", share=0.2),
        CustomField("First met", "date", share=0.3),
        CustomField("On leave", "daterange", share=0.1),
        CustomField("Home office", "address", share=0.1),
        CustomField("Who sees the birthday", "visible_to", share=0.1),
    ),
    "organization": (
        CustomField("Customer number", "varchar", share=0.6),
        CustomField("Present supplier", "varchar_auto", words.COMPETITORS, 0.4),
        CustomField("About", "text", words.TEXTS, 0.3),
        CustomField("Number of sites", "double", share=0.5),
        CustomField("Credit limit", "monetary", share=0.3),
        CustomField("Products in use", "set", _MODULES, 0.4),
        CustomField("Size", "enum", _SIZES, 0.8),
        CustomField("Account manager", "user", share=0.4),
        CustomField("Parent organization", "org", share=0.1),
        CustomField(SIGNATORY, "people", share=0),
        CustomField("Switchboard", "phone", share=0.6),
        CustomField("Opens at", "time", share=0.2),
        CustomField("Opening hours", "timerange", share=0.3),
        CustomField("Customer since", "date", share=0.3),
        CustomField("Trial period", "daterange", share=0.2),
        CustomField("Billing address", "address", share=0.3),
        CustomField("Who sees the figures", "visible_to", share=0.1),
    ),
    "product": (
        CustomField("Supplier number", "varchar"),
        CustomField("Guarantee in months", "double"),
        CustomField("Purchase price", "monetary"),
        CustomField("Group", "enum", ("Licence", "Service", "Hardware")),
    ),
    "project": (
        CustomField("Contract number", "varchar"),
        CustomField("Effort in days", "double", share=0.6),
        CustomField("Kind of project", "enum", ("Standard", "Extended", "Pilot"), 0.7),
        CustomField("Go-live", "date", share=0.4),
    ),
}


class _CompanyField(NamedTuple):
    """A field as stored in the company, with the function that makes its values."""

    key: str
    share: float
    words: tuple[str, ...]
    option_ids: list[int]
    make_value: Callable[[_CompanyField, ValueContext], Json]


class CustomFields:
    """The custom fields of the company.

    ``labels`` are the labels of each record type by their text, ``web_forms`` is the id of a source channel,
    ``signatory`` is the key of the field with the person who signs an organization's contracts.
    """

    def __init__(self, crm: UnitOfWork, rng: Random) -> None:
        """Adds the fields to a company; their keys come from ``rng``."""
        for object, added in FIELDS.items():
            _add_fields(crm, object, added, rng)
        _add_choices(crm, "deal", "label", [OptionInput(label, color) for label, color in words.DEAL_LABELS])
        _add_choices(crm, "deal", "lost_reason", [OptionInput(reason) for reason in words.LOST_REASONS])
        crm.invalidate_company_data()
        self._fields = {object: _company_fields(crm, object) for object in FIELDS}
        labelled: tuple[RecordTypeName, ...] = ("deal", "person", "organization")
        self.labels = {
            object: {label.label: id for id, label in label_options(crm, object).items()} for object in labelled
        }
        self.signatory = next(
            key for key, field in crm.company_data.custom_fields("organization").items() if field.name == SIGNATORY
        )
        self.web_forms = next(option.id for option in _options(crm, "deal", "channel") if option.alt_id == "web_forms")

    def make_values(self, object: RecordTypeName, context: ValueContext) -> Values:
        """Returns values for some of the fields of a record."""
        found: Values = {}
        for field in self._fields[object]:
            if context.rng.random() < field.share:
                value = field.make_value(field, context)
                if value is not None:
                    found[field.key] = value
        return found


def _add_fields(crm: UnitOfWork, object: RecordTypeName, custom_fields: tuple[CustomField, ...], rng: Random) -> None:
    last = max((field.order_nr for field in crm.company_data.fields(object).values()), default=0)
    ui_visibility = dumps(visibility.default_ui_visibility(object))
    for order_nr, field in enumerate(custom_fields, last + 1):
        key = rng.randbytes(KEY_BYTES).hex()
        id = crm.db.insert(
            tables.fields,
            {
                "object": object,
                "key": key,
                "name": field.name,
                "description": None,
                "field_type": field.field_type,
                "order_nr": order_nr,
                "is_custom": True,
                "ui_visibility": ui_visibility,
                "created_by_user_id": crm.actor.id,
                "last_updated_by_user_id": crm.actor.id,
                "add_time": crm.now,
                "update_time": crm.now,
            },
        )
        field_indexes.create_index(crm.db, object, field.field_type, key)
        if field.field_type in choices.CUSTOM_TYPES:
            choices.add(crm, id, [OptionInput(label) for label in field.choices])


def _options(crm: UnitOfWork, object: RecordTypeName, key: str) -> list[FieldOption]:
    return list(crm.company_data.options(crm.company_data.fields(object)[key].id).values())


def _add_choices(crm: UnitOfWork, object: RecordTypeName, key: str, new_choices: list[OptionInput]) -> None:
    choices.add(crm, crm.company_data.fields(object)[key].id, new_choices)


def _company_fields(crm: UnitOfWork, object: RecordTypeName) -> list[_CompanyField]:
    by_name = {field.name: field for field in FIELDS[object]}
    return [
        _CompanyField(
            key,
            by_name[field.name].share,
            by_name[field.name].choices,
            list(crm.company_data.options(field.id)),
            _VALUE_MAKERS[field.field_type],
        )
        for key, field in crm.company_data.custom_fields(object).items()
    ]


def _pick(rng: Random, options: tuple[str, ...] | tuple[int, ...] | list[int]) -> Json:
    return options[int(rng.random() * len(options))]


def _number(field: _CompanyField, context: ValueContext) -> Json:
    return 1 + int(context.rng.expovariate(1 / 20))


def _code(field: _CompanyField, context: ValueContext) -> Json:
    return f"{field.key[:2].upper()}-{times.format_day(context.day)[:4]}-{int(context.rng.random() * 10_000):04d}"


def _money(field: _CompanyField, context: ValueContext) -> Json:
    return {"value": 500 * (1 + int(context.rng.expovariate(1 / 15))), "currency": context.currency}


def _some_options(field: _CompanyField, context: ValueContext) -> Json:
    count = 1 + int(context.rng.random() * 2.5)
    return list[Json](sorted(context.rng.sample(field.option_ids, min(count, len(field.option_ids)))))


def _link(ids: range, context: ValueContext) -> Json:
    return ids[int(context.rng.random() * len(ids))] if ids else None


def _time(field: _CompanyField, context: ValueContext) -> Json:
    return {"value": _pick(context.rng, _TIMES), "timezone_id": _pick(context.rng, _ZONES)}


def _time_range(field: _CompanyField, context: ValueContext) -> Json:
    first = int(context.rng.random() * len(_TIMES) / 2)
    last = first + 2 + int(context.rng.random() * (len(_TIMES) / 2 - 2))
    return {"value": _TIMES[first], "until": _TIMES[last], "timezone_id": _pick(context.rng, _ZONES)}


def _day(field: _CompanyField, context: ValueContext) -> Json:
    return times.format_day(context.day + int(context.rng.random() * 90))


def _days(field: _CompanyField, context: ValueContext) -> Json:
    first = context.day + int(context.rng.random() * 60)
    return {"value": times.format_day(first), "until": times.format_day(first + 7 + int(context.rng.random() * 120))}


_VALUE_MAKERS: Mapping[str, Callable[[_CompanyField, ValueContext], Json]] = {
    "varchar": _code,
    "varchar_auto": lambda field, on: _pick(on.rng, field.words),
    "text": lambda field, on: _pick(on.rng, field.words),
    "double": _number,
    "monetary": _money,
    "set": _some_options,
    "enum": lambda field, on: _pick(on.rng, field.option_ids),
    "user": lambda field, on: _pick(on.rng, on.user_ids),
    "org": lambda field, on: _link(on.organizations, on),
    "people": lambda field, on: _link(on.persons, on),
    "phone": lambda field, on: names.fill_pattern(on.rng, names.random_city(on.rng).phone),
    "time": _time,
    "timerange": _time_range,
    "date": _day,
    "daterange": _days,
    "address": lambda field, on: names.random_address(on.rng, names.random_city(on.rng)),
    "visible_to": lambda field, on: _pick(on.rng, (1, 3, 5, 7)),
}
