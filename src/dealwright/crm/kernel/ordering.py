"""The order of lists: by values, and among equal ones by id.

Records without a value come first (ascending) or last (descending) on both databases, and texts are sorted without regard
to case. The terms are those that the indexes of `storage.sort_indexes` are made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from dealwright.storage.sort_indexes import is_nullable, sort_value

__all__ = ["directed", "sort_term", "sort_value", "then_by_id"]

Term = sa.ColumnElement[Any]


def sort_term(value: sa.ColumnElement[Any], direction: str) -> Term:
    """Returns the term of ORDER BY for a column, or for an expression that may be null; ``direction`` is asc or desc."""
    return directed(sort_value(value), direction, nullable=is_nullable(value))


def directed(value: sa.ColumnElement[Any], direction: str, *, nullable: bool) -> Term:
    """Returns the term of ORDER BY for a value as it is."""
    # The two databases differ in where they put nulls. Where there are none, neither the index nor the term says it.
    if direction == "desc":
        return value.desc().nulls_last() if nullable else value.desc()
    return value.asc().nulls_first() if nullable else value.asc()


def then_by_id(terms: Sequence[Term], id: sa.ColumnElement[int], direction: str) -> tuple[Term, ...]:
    """Returns the terms with the id behind them, in the direction of the last one, as an index of both leads to them."""
    return (*terms, id.desc() if direction == "desc" else id.asc())
