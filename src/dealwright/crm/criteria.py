"""What a list asks for, composed only when the database is asked: a page that is remembered needs no query.

@asked
def criteria(crm: Crm, *, owner_id: int | None = None) -> list[sa.ColumnElement[bool]]: ...

criteria(crm, owner_id=7).question      what tells it from others
[*criteria(crm, owner_id=7)]            composed
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
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
    """Has a rule composed later. It takes values and lists of values, by name, and depends on nothing else but the database."""

    @functools.wraps(rule)
    def later(crm: Crm, /, *_: P.args, **arguments: P.kwargs) -> Asked:
        given = (
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in arguments.items()
            if value is not None
        )
        return Asked((rule, *given), lambda: rule(crm, *_, **arguments))

    return later
