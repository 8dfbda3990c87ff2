"""Comparisons of choices: options of a field, statuses, currencies, pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Any

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.fields import system
from dealwright.crm.fields.comparisons.comparison import (
    EQUALITY_LABELS,
    IS_SET,
    NULL_LABELS,
    Comparison,
    FieldLookup,
    KeyComparison,
    invalid_value,
)
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork

ChoiceValue = int | str | bool

SET_LABELS = {**EQUALITY_LABELS, "contains": "contains", "not_contains": "does not contain", **NULL_LABELS}


class ChoiceComparison(KeyComparison):
    """For a value that is one of several choices."""

    def parse_value(self, lookup: FieldLookup) -> Any:
        value = match_choice(lookup, self.choices(lookup.crm, lookup.field))
        return bool(value) if isinstance(lookup.expression.number().type, sa.Boolean) else value

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        """Returns the present choices and the deleted ones."""
        raise NotImplementedError


class EnumComparison(ChoiceComparison):
    """For the options of a field. A record with a deleted option counts as having none."""

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        gone = lookup.crm.company_data.deleted_options(lookup.field.id)
        if gone and (lookup.operator == IS_SET or self.parse_value(lookup) in gone):
            live = lookup.expression.number().not_in(sorted(gone))
            return lookup.expression.any(live) if lookup.operator == IS_SET else sa.false()
        return super().positive_criterion(lookup)

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        definition = system.find(field.object, field.key)
        if definition and definition.fixed_options:
            return [option.id for option in definition.fixed_options]
        if (field.object, field.key) == ("activity", "type"):
            return [type.key_string for type in crm.company_data.activity_types.values()]
        return _option_ids(crm, field)


class BooleanComparison(ChoiceComparison):
    """For a yes or no."""

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        return (True, False)


class VisibleToComparison(ChoiceComparison):
    """For the ``visible_to`` of a record."""

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        return (1, 3, 5, 7)


class PipelineComparison(ChoiceComparison):
    """For pipelines."""

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        return crm.company_data.pipelines.keys()


class CurrencyComparison(ChoiceComparison):
    """For currencies."""

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        return [currency.code for currency in crm.company_data.currencies.values()]


class SetComparison(Comparison):
    """For a value that is several options of a field.

    A condition may name several: one id, a list, or a text with commas. ``=`` means exactly those, ``contains`` all of
    them. Deleted options do not count.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, SET_LABELS)

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        members = lookup.expression.elements()
        stored = members.number()
        gone = lookup.crm.company_data.deleted_options(lookup.field.id)
        if lookup.operator == IS_SET:
            return members.any(stored.not_in(sorted(gone)) if gone else sa.true())
        wanted = self.parse_value(lookup)
        found = [members.has(id) for id in wanted]
        if lookup.operator == "=":
            found.append(sa.not_(members.any(stored.not_in(sorted({*wanted, *gone})))))
        return sa.and_(*found)

    def parse_value(self, lookup: FieldLookup) -> list[Any]:
        raw = lookup.value.split(",") if isinstance(lookup.value, str) else lookup.value
        options = _option_ids(lookup.crm, lookup.field)
        one_by_one: Sequence[Json] = raw if isinstance(raw, list) else [raw]
        wanted = [match_choice(lookup._replace(value=one), options) for one in one_by_one]
        if not wanted:
            raise invalid_value(lookup, "one of the options")
        return list(dict.fromkeys(wanted))


def match_choice(lookup: FieldLookup, choices: Iterable[ChoiceValue]) -> ChoiceValue:
    """Returns the choice that a condition names, which may be sent as text. Raises `Invalid`."""
    raw = _to_text(lookup.value)
    # A field may have thousands of options.
    if raw is not None and isinstance(choices, Set) and raw.isascii() and raw.isdigit() and int(raw) in choices:
        return int(raw)
    for choice in choices:
        if raw == _to_text(choice) or (isinstance(choice, bool) and raw == str(int(choice))):
            return choice
    raise invalid_value(lookup, "one of the choices")


def _to_text(value: Json) -> str | None:
    """Returns a choice as text; flags as ``true`` and ``false``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if isinstance(value, int | str) else None


def _option_ids(crm: UnitOfWork, field: Field) -> Set[int]:
    return crm.company_data.options(field.id).keys() | crm.company_data.deleted_options(field.id).keys()


ENUM = EnumComparison("enum", {**EQUALITY_LABELS, **NULL_LABELS})
BOOLEAN = BooleanComparison("boolean", EQUALITY_LABELS)
VISIBLE_TO = VisibleToComparison("visible_to", EQUALITY_LABELS)
PIPELINE = PipelineComparison("pipeline", EQUALITY_LABELS)
CURRENCY = CurrencyComparison("currency", EQUALITY_LABELS)
SET = SetComparison("set")
