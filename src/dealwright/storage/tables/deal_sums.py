"""How many deals there are and what they are worth, by all that a report asks for: kept up to date by SQLite itself.

Adding up the open deals of a large company would mean to read all of them. Here they are added up already: triggers take out
of the sums what a deal was, and put in what it is, in the same transaction. PostgreSQL has no such table, because everybody
who writes deals would wait for everybody else there.

Sums of fractions lose a little with every addition; each one has a ``…_rest`` beside it that gathers what was lost
(after A. Neumaier), so that they stay as exact as if they were added up anew.
"""

from __future__ import annotations

import sqlalchemy as sa

KEYS = ("is_archived", "status", "pipeline_id", "stage_id", "owner_id", "visible_to", "currency")
AMOUNTS = ("value", "weighted", "unweighted")
"""What all are worth; what those with a probability of their own are, times it; and what the others are."""

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
    """Puts a deal into the sums (``+``), or takes it out (``-``)."""
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


_SAME = " and ".join(f"{key} = old.{key}" for key in KEYS)
# What nobody is in any more begins anew.
_TAKE_OUT = f"{_change('old', '-')} delete from deal_sums where {_SAME} and deals = 0;"
_PUT_IN = _change("new", "+")
_COUNTED = ("value", "probability", "is_deleted", *KEYS)
_CHANGED = " or ".join(f"new.{name} is not old.{name}" for name in _COUNTED)

STATEMENTS = (
    _TABLE,
    f"create trigger deals_sums_insert after insert on deals begin {_PUT_IN} end",
    f"create trigger deals_sums_delete after delete on deals begin {_TAKE_OUT} end",
    f"create trigger deals_sums_update after update of {', '.join(_COUNTED)} on deals when {_CHANGED} "
    f"begin {_TAKE_OUT} {_PUT_IN} end",
)
"""What makes the table and what keeps it."""
