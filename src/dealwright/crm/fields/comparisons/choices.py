"""Comparing choices: options of a field, statuses, currencies, pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Any

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.fields import system
from dealwright.crm.fields.comparisons.kind import EQUALITY, IS_SET, NULL_TESTS, Comparison, Test, unfit
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm

Choice = int | str | bool

SET_LABELS = {**EQUALITY, "contains": "contains", "not_contains": "does not contain", **NULL_TESTS}


class ChoiceComparison(Comparison):
    """For a value that is one of some choices."""

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        return test.place.has(self.read(test)) if test.operator == "=" else super().holds(test)

    def stored(self, test: Test) -> sa.ColumnElement[Any]:
        return test.place.number()

    def read(self, test: Test) -> Any:
        value = chosen(test, self.choices(test.crm, test.field))
        return bool(value) if isinstance(test.place.number().type, sa.Boolean) else value

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        """What there is to choose from, and what there was once."""
        raise NotImplementedError


class EnumComparison(ChoiceComparison):
    """For the options of a field. A record with an option that is gone has none."""

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        gone = test.crm.settings.deleted_options(test.field.id)
        if gone and (test.operator == IS_SET or self.read(test) in gone):
            live = test.place.number().not_in(sorted(gone))
            return test.place.any(live) if test.operator == IS_SET else sa.false()
        return super().holds(test)

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        definition = system.find(field.object, field.key)
        if definition and definition.fixed_options:
            return [option.id for option in definition.fixed_options]
        if (field.object, field.key) == ("activity", "type"):
            return [type.key_string for type in crm.settings.activity_types.values()]
        return _options(crm, field)


class BooleanComparison(ChoiceComparison):
    """For a yes or no."""

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        return (True, False)


class VisibleToComparison(ChoiceComparison):
    """For who sees a record."""

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        return (1, 3, 5, 7)


class PipelineComparison(ChoiceComparison):
    """For pipelines."""

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        return crm.settings.pipelines.keys()


class CurrencyComparison(ChoiceComparison):
    """For currencies."""

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        return [currency.code for currency in crm.settings.currencies.values()]


class SetComparison(Comparison):
    """For some of the options of a field. A condition may give several: one id, a list, or a text with commas.

    ``=`` means exactly those, ``contains`` all of them. Options that are gone do not count.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, SET_LABELS)

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        members = test.place.members()
        stored = members.number()
        gone = test.crm.settings.deleted_options(test.field.id)
        if test.operator == IS_SET:
            return members.any(stored.not_in(sorted(gone)) if gone else sa.true())
        wanted = self.read(test)
        found = [members.has(id) for id in wanted]
        if test.operator == "=":
            found.append(sa.not_(members.any(stored.not_in(sorted({*wanted, *gone})))))
        return sa.and_(*found)

    def read(self, test: Test) -> list[Any]:
        given = test.value.split(",") if isinstance(test.value, str) else test.value
        options = _options(test.crm, test.field)
        one_by_one: Sequence[Json] = given if isinstance(given, list) else [given]
        wanted = [chosen(test._replace(value=one), options) for one in one_by_one]
        if not wanted:
            raise unfit(test, "one of the options")
        return list(dict.fromkeys(wanted))


def chosen(test: Test, choices: Iterable[Choice]) -> Choice:
    """The choice that a condition means, which may be given as text. Raises `Invalid`."""
    given = _spelled(test.value)
    # A field may have thousands of options.
    if given is not None and isinstance(choices, Set) and given.isascii() and given.isdigit() and int(given) in choices:
        return int(given)
    for choice in choices:
        if given == _spelled(choice) or (isinstance(choice, bool) and given == str(int(choice))):
            return choice
    raise unfit(test, "one of the choices")


def _spelled(value: Json) -> str | None:
    """A choice as text; flags as ``true`` and ``false``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if isinstance(value, int | str) else None


def _options(crm: Crm, field: Field) -> Set[int]:
    return crm.settings.options(field.id).keys() | crm.settings.deleted_options(field.id).keys()


ENUM = EnumComparison("enum", {**EQUALITY, **NULL_TESTS})
BOOLEAN = BooleanComparison("boolean", EQUALITY)
VISIBLE_TO = VisibleToComparison("visible_to", EQUALITY)
PIPELINE = PipelineComparison("pipeline", EQUALITY)
CURRENCY = CurrencyComparison("currency", EQUALITY)
SET = SetComparison("set")
