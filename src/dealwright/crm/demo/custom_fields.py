"""Custom fields of every type, and values for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from dealwright._json import Json
from dealwright.crm.demo import places, times, words
from dealwright.crm.fields import choices, timezones, visibility
from dealwright.crm.fields.choices import Choice
from dealwright.crm.fields.definitions import KEY_BYTES
from dealwright.crm.kinds import Object
from dealwright.crm.settings import FieldOption
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, dumps
from dealwright.storage import tables


class Occasion(NamedTuple):
    """What values depend on: on which day, in which currency, and what there is to point at."""

    chance: Random
    day: int
    currency: str
    user_ids: tuple[int, ...]
    organizations: range
    persons: range


class CustomField(NamedTuple):
    """A custom field: what its options, or the words for its values are, and the share of records that have one."""

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

FIELDS: Mapping[Object, tuple[CustomField, ...]] = {
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
}


class _Filled(NamedTuple):
    """A field as it is in the company."""

    key: str
    share: float
    words: tuple[str, ...]
    option_ids: list[int]
    value: Callable[[_Filled, Occasion], Json]


class CustomFields:
    """The custom fields of the company.

    ``labels`` are the labels of each kind of record by their text, ``web_forms`` is the id of a source channel, ``signatory`` the
    key of the field that says who signs an organization's contracts.
    """

    def __init__(self, crm: Crm, chance: Random) -> None:
        """Adds the fields to a company; their keys come from ``chance``."""
        for object, added in FIELDS.items():
            _add(crm, object, added, chance)
        _add_choices(crm, "deal", "label", [Choice(label, color) for label, color in words.DEAL_LABELS])
        _add_choices(crm, "deal", "lost_reason", [Choice(reason) for reason in words.LOST_REASONS])
        crm.settings_changed()
        self._filled = {object: _filled(crm, object) for object in FIELDS}
        labelled: tuple[Object, ...] = ("deal", "person", "organization")
        self.labels = {
            object: {option.label: option.id for option in _options(crm, object, "label")} for object in labelled
        }
        self.signatory = next(
            key for key, field in crm.settings.custom_fields("organization").items() if field.name == SIGNATORY
        )
        self.web_forms = next(option.id for option in _options(crm, "deal", "channel") if option.alt_id == "web_forms")

    def values(self, object: Object, occasion: Occasion) -> Values:
        """Values for some of the fields of a record."""
        found: Values = {}
        for field in self._filled[object]:
            if occasion.chance.random() < field.share:
                value = field.value(field, occasion)
                if value is not None:
                    found[field.key] = value
        return found


def _add(crm: Crm, object: Object, added: tuple[CustomField, ...], chance: Random) -> None:
    last = max((field.order_nr for field in crm.settings.fields(object).values()), default=0)
    shown = dumps(visibility.default(object))
    for place, field in enumerate(added, last + 1):
        id = crm.db.insert(
            tables.fields,
            {
                "object": object,
                "key": chance.randbytes(KEY_BYTES).hex(),
                "name": field.name,
                "description": None,
                "field_type": field.field_type,
                "order_nr": place,
                "is_custom": True,
                "ui_visibility": shown,
                "created_by_user_id": crm.actor.id,
                "last_updated_by_user_id": crm.actor.id,
                "add_time": crm.now,
                "update_time": crm.now,
            },
        )
        if field.field_type in choices.CUSTOM_TYPES:
            choices.add(crm, id, [Choice(label) for label in field.choices])


def _options(crm: Crm, object: Object, key: str) -> list[FieldOption]:
    return list(crm.settings.options(crm.settings.fields(object)[key].id).values())


def _add_choices(crm: Crm, object: Object, key: str, wanted: list[Choice]) -> None:
    choices.add(crm, crm.settings.fields(object)[key].id, wanted)


def _filled(crm: Crm, object: Object) -> list[_Filled]:
    by_name = {field.name: field for field in FIELDS[object]}
    return [
        _Filled(
            key,
            by_name[field.name].share,
            by_name[field.name].choices,
            list(crm.settings.options(field.id)),
            _VALUES[field.field_type],
        )
        for key, field in crm.settings.custom_fields(object).items()
    ]


def _pick(chance: Random, of: tuple[str, ...] | tuple[int, ...] | list[int]) -> Json:
    return of[int(chance.random() * len(of))]


def _number(field: _Filled, on: Occasion) -> Json:
    return 1 + int(on.chance.expovariate(1 / 20))


def _code(field: _Filled, on: Occasion) -> Json:
    return f"{field.key[:2].upper()}-{times.day_text(on.day)[:4]}-{int(on.chance.random() * 10_000):04d}"


def _money(field: _Filled, on: Occasion) -> Json:
    return {"value": 500 * (1 + int(on.chance.expovariate(1 / 15))), "currency": on.currency}


def _some_options(field: _Filled, on: Occasion) -> Json:
    count = 1 + int(on.chance.random() * 2.5)
    return list[Json](sorted(on.chance.sample(field.option_ids, min(count, len(field.option_ids)))))


def _link(ids: range, on: Occasion) -> Json:
    return ids[int(on.chance.random() * len(ids))] if ids else None


def _time(field: _Filled, on: Occasion) -> Json:
    return {"value": _pick(on.chance, _TIMES), "timezone_id": _pick(on.chance, _ZONES)}


def _time_range(field: _Filled, on: Occasion) -> Json:
    first = int(on.chance.random() * len(_TIMES) / 2)
    last = first + 2 + int(on.chance.random() * (len(_TIMES) / 2 - 2))
    return {"value": _TIMES[first], "until": _TIMES[last], "timezone_id": _pick(on.chance, _ZONES)}


def _day(field: _Filled, on: Occasion) -> Json:
    return times.day_text(on.day + int(on.chance.random() * 90))


def _days(field: _Filled, on: Occasion) -> Json:
    first = on.day + int(on.chance.random() * 60)
    return {"value": times.day_text(first), "until": times.day_text(first + 7 + int(on.chance.random() * 120))}


_VALUES: Mapping[str, Callable[[_Filled, Occasion], Json]] = {
    "varchar": _code,
    "varchar_auto": lambda field, on: _pick(on.chance, field.words),
    "text": lambda field, on: _pick(on.chance, field.words),
    "double": _number,
    "monetary": _money,
    "set": _some_options,
    "enum": lambda field, on: _pick(on.chance, field.option_ids),
    "user": lambda field, on: _pick(on.chance, on.user_ids),
    "org": lambda field, on: _link(on.organizations, on),
    "people": lambda field, on: _link(on.persons, on),
    "phone": lambda field, on: places.patterned(on.chance, places.city(on.chance).phone),
    "time": _time,
    "timerange": _time_range,
    "date": _day,
    "daterange": _days,
    "address": lambda field, on: places.address(on.chance, places.city(on.chance)),
    "visible_to": lambda field, on: _pick(on.chance, (1, 3, 5, 7)),
}
