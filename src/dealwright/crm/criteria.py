"""What a list asks for, composed only when the database is asked.

    @asked
    def criteria(crm: Crm, *, owner_id: int | None = None) -> list[sa.ColumnElement[bool]]: ...

    criteria(crm, owner_id=7).question      what tells it from others
    [*criteria(crm, owner_id=7)]            composed

A page that is remembered needs no query (`crm.page_memory`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Concatenate, ParamSpec, overload

import sqlalchemy as sa

from dealwright.crm.unit import Crm

P = ParamSpec("P")
Criterion = sa.ColumnElement[bool]


class Asked(Sequence[Criterion]):
    """The criteria of one question. ``question`` is equal for those who ask for the same, whatever the answer is."""

    def __init__(self, question: Hashable, compose: Callable[[], list[Criterion]]) -> None:
        self.question = question
        self._compose = compose
        self._composed: list[Criterion] | None = None

    @overload
    def __getitem__(self, index: int) -> Criterion: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Criterion]: ...
    def __getitem__(self, index: int | slice) -> Criterion | Sequence[Criterion]:
        return self._criteria()[index]

    def __len__(self) -> int:
        return len(self._criteria())

    def _criteria(self) -> list[Criterion]:
        if self._composed is None:
            self._composed = self._compose()
        return self._composed


Criteria = Sequence[Criterion]


def asked(rule: Callable[Concatenate[Crm, P], list[Criterion]]) -> Callable[Concatenate[Crm, P], Asked]:
    """Has a rule composed later.

    It takes values, and lists and mappings of values. Beside these it may depend on the actor, the database and the clock of the
    unit (`Crm.time`), and on nothing else.
    """

    @functools.wraps(rule)
    def later(crm: Crm, /, *values: P.args, **named: P.kwargs) -> Asked:
        given = ((name, _frozen(value)) for name, value in named.items() if value is not None)
        return Asked((rule, *map(_frozen, values), *given), lambda: rule(crm, *values, **named))

    return later


def _frozen(value: object) -> Hashable:
    if isinstance(value, list):
        return tuple(value)
    return tuple(value.items()) if isinstance(value, Mapping) else value
