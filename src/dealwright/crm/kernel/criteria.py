"""The criteria of lists, composed only when a query is really made.

    @lazy_criteria
    def criteria(crm: UnitOfWork, *, owner_id: int | None = None) -> list[sa.ColumnElement[bool]]: ...

    criteria(crm, owner_id=7).cache_key     equal for equal arguments
    [*criteria(crm, owner_id=7)]            composed

A page that is cached needs no query (`crm.kernel.page_cache`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Concatenate, NamedTuple, ParamSpec, overload

import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UnitOfWork

P = ParamSpec("P")
Criterion = sa.ColumnElement[bool]


class LazyCriteria(Sequence[Criterion]):
    """SQL criteria that are composed on first use. ``cache_key`` is equal for the same rule with the same arguments."""

    def __init__(self, cache_key: Hashable, compose: Callable[[], list[Criterion]]) -> None:
        self.cache_key = cache_key
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


class Through(NamedTuple):
    """The records of ``table`` to which rows of a relation lead: those that meet ``criterion``, by their ``row_id``.

    Where the relation ``repeats`` them, several rows lead to one record; such a list is ordered by id only.
    """

    table: sa.Table
    relation: sa.Table
    row_id: str
    criterion: Criterion
    repeats: bool = False

    def to_criterion(self) -> Criterion:
        """Returns the criterion that a record meets."""
        return self.table.c.id.in_(sa.select(self.relation.c[self.row_id]).where(self.criterion))


class AnyOf(list[Criterion]):
    """Criteria of which a record meets all ``common`` ones and one of ``branches``.

    Each branch has an index of its own, from which `crm.kernel.pages` takes the beginning; a database that gets the two
    joined by OR finds all records first.
    """

    def __init__(self, common: Sequence[Criterion], branches: Sequence[Criterion | Through]) -> None:
        self.common = common
        self.branches = branches
        either = [one.to_criterion() if isinstance(one, Through) else one for one in branches]
        super().__init__([*common, sa.or_(*either)])


def lazy_criteria(
    rule: Callable[Concatenate[UnitOfWork, P], list[Criterion]],
) -> Callable[Concatenate[UnitOfWork, P], LazyCriteria]:
    """Returns a rule that composes its criteria on first use.

    The rule takes values, and lists and mappings of values. Besides these it may depend on the actor, the database and
    the time of the unit (`UnitOfWork.time`), and on nothing else.
    """

    @functools.wraps(rule)
    def wrapper(crm: UnitOfWork, /, *values: P.args, **named: P.kwargs) -> LazyCriteria:
        given = ((name, _to_hashable(value)) for name, value in named.items() if value is not None)
        return LazyCriteria((rule, *map(_to_hashable, values), *given), lambda: rule(crm, *values, **named))

    return wrapper


def _to_hashable(value: object) -> Hashable:
    if isinstance(value, list):
        return tuple(value)
    return tuple(value.items()) if isinstance(value, Mapping) else value
