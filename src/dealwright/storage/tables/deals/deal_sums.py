"""Number and value of deals by all criteria of reports: kept up to date by SQLite itself.

Adding up the open deals of a large company would mean reading all of them. Here they are added up already: in the same
transaction, triggers subtract a deal's old values from the sums and add its new ones. PostgreSQL has no such table,
because there all writers of deals would wait for each other.

Sums of fractions lose a little with every addition; each one has a ``…_rest`` beside it that gathers what was lost
(after A. Neumaier), so that they stay as exact as if they were added up anew.
"""

from __future__ import annotations

import sqlalchemy as sa

KEYS = ("is_archived", "status", "pipeline_id", "stage_id", "owner_id", "visible_to", "currency")
AMOUNTS = ("value", "weighted", "unweighted")
"""The value of all deals; the value times probability of those that have one; and the value of the others."""

deal_sums = sa.table(
    "deal_sums",
    *(sa.column(name) for name in (*KEYS, "deals")),
    *(sa.column(name) for amount in AMOUNTS for name in (amount, f"{amount}_rest")),
)

_TABLE = (
    "create table deal_sums (is_archived boolean not null, status text not null, pipeline_id integer not null, "
    "stage_id integer not null, owner_id integer not null, visible_to integer not null, currency text not null, deals integer not null, "
    "value real not null, value_rest real not null, weighted real not null, weighted_rest real not null, "
    "unweighted real not null, unweighted_rest real not null, "
    "primary key (is_archived, status, pipeline_id, stage_id, owner_id, visible_to, currency)) without rowid"
)


def _change(row: str, sign: str) -> str:
    """Returns the SQL that adds a deal to the sums (``+``), or subtracts it (``-``)."""
    keys = ", ".join(f"{row}.{key}" for key in KEYS)
    amounts = (
        f"{sign}{row}.value, 0, {sign}coalesce({row}.value * {row}.probability, 0), 0, "
        f"{sign}case when {row}.probability is null then {row}.value else 0 end, 0"
    )
    added = ", ".join(
        f"{name} = {name} + excluded.{name}, {name}_rest = {name}_rest + case when abs({name}) >= abs(excluded.{name}) "
        f"then ({name} - ({name} + excluded.{name})) + excluded.{name} "
        f"else (excluded.{name} - ({name} + excluded.{name})) + {name} end"
        for name in AMOUNTS
    )
    return (
        f"insert into deal_sums select {keys}, {sign}1, {amounts} where not {row}.is_deleted "
        f"on conflict do update set deals = deals + excluded.deals, {added};"
    )


_SAME_KEYS = " and ".join(f"{key} = old.{key}" for key in KEYS)
# A sum without deals is deleted, so that it begins anew.
_SUBTRACT_OLD_ROW = f"{_change('old', '-')} delete from deal_sums where {_SAME_KEYS} and deals = 0;"
_ADD_NEW_ROW = _change("new", "+")
_SUMMED_COLUMNS = ("value", "probability", "is_deleted", *KEYS)
_IS_CHANGED = " or ".join(f"new.{name} is not old.{name}" for name in _SUMMED_COLUMNS)

REBUILD_STATEMENTS = (
    "delete from deal_sums",
    _change("deals", "+").replace(" where ", " from deals where ").rstrip(";"),
)
"""The statements that add up all deals anew."""

DDL_STATEMENTS = (
    _TABLE,
    f"create trigger deals_sums_insert after insert on deals begin {_ADD_NEW_ROW} end",
    f"create trigger deals_sums_delete after delete on deals begin {_SUBTRACT_OLD_ROW} end",
    f"create trigger deals_sums_update after update of {', '.join(_SUMMED_COLUMNS)} on deals when {_IS_CHANGED} "
    f"begin {_SUBTRACT_OLD_ROW} {_ADD_NEW_ROW} end",
)
"""The statements that create the table and its triggers."""
