"""The sums of deals, on SQLite."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """
    create table deal_sums (is_archived boolean not null, status text not null, pipeline_id integer not null,
    stage_id integer not null, owner_id integer not null, visible_to integer not null, currency text not null,
    deals integer not null, value real not null, value_rest real not null, weighted real not null,
    weighted_rest real not null, unweighted real not null, unweighted_rest real not null, primary key
    (is_archived, status, pipeline_id, stage_id, owner_id, visible_to, currency)) without rowid
    """,
    """
    create trigger deals_sums_insert after insert on deals begin insert into deal_sums select new.is_archived,
    new.status, new.pipeline_id, new.stage_id, new.owner_id, new.visible_to, new.currency, +1, +new.value, 0,
    +coalesce(new.value * new.probability, 0), 0, +case when new.probability is null then new.value else 0
    end, 0 where not new.is_deleted on conflict do update set deals = deals + excluded.deals, value = value +
    excluded.value, value_rest = value_rest + case when abs(value) >= abs(excluded.value) then (value - (value
    + excluded.value)) + excluded.value else (excluded.value - (value + excluded.value)) + value end, weighted
    = weighted + excluded.weighted, weighted_rest = weighted_rest + case when abs(weighted) >=
    abs(excluded.weighted) then (weighted - (weighted + excluded.weighted)) + excluded.weighted else
    (excluded.weighted - (weighted + excluded.weighted)) + weighted end, unweighted = unweighted +
    excluded.unweighted, unweighted_rest = unweighted_rest + case when abs(unweighted) >=
    abs(excluded.unweighted) then (unweighted - (unweighted + excluded.unweighted)) + excluded.unweighted else
    (excluded.unweighted - (unweighted + excluded.unweighted)) + unweighted end; end
    """,
    """
    create trigger deals_sums_delete after delete on deals begin insert into deal_sums select old.is_archived,
    old.status, old.pipeline_id, old.stage_id, old.owner_id, old.visible_to, old.currency, -1, -old.value, 0,
    -coalesce(old.value * old.probability, 0), 0, -case when old.probability is null then old.value else 0
    end, 0 where not old.is_deleted on conflict do update set deals = deals + excluded.deals, value = value +
    excluded.value, value_rest = value_rest + case when abs(value) >= abs(excluded.value) then (value - (value
    + excluded.value)) + excluded.value else (excluded.value - (value + excluded.value)) + value end, weighted
    = weighted + excluded.weighted, weighted_rest = weighted_rest + case when abs(weighted) >=
    abs(excluded.weighted) then (weighted - (weighted + excluded.weighted)) + excluded.weighted else
    (excluded.weighted - (weighted + excluded.weighted)) + weighted end, unweighted = unweighted +
    excluded.unweighted, unweighted_rest = unweighted_rest + case when abs(unweighted) >=
    abs(excluded.unweighted) then (unweighted - (unweighted + excluded.unweighted)) + excluded.unweighted else
    (excluded.unweighted - (unweighted + excluded.unweighted)) + unweighted end; delete from deal_sums where
    is_archived = old.is_archived and status = old.status and pipeline_id = old.pipeline_id and stage_id =
    old.stage_id and owner_id = old.owner_id and visible_to = old.visible_to and currency = old.currency and
    deals = 0; end
    """,
    """
    create trigger deals_sums_update after update of value, probability, is_deleted, is_archived, status,
    pipeline_id, stage_id, owner_id, visible_to, currency on deals when new.value is not old.value or
    new.probability is not old.probability or new.is_deleted is not old.is_deleted or new.is_archived is not
    old.is_archived or new.status is not old.status or new.pipeline_id is not old.pipeline_id or new.stage_id
    is not old.stage_id or new.owner_id is not old.owner_id or new.visible_to is not old.visible_to or
    new.currency is not old.currency begin insert into deal_sums select old.is_archived, old.status,
    old.pipeline_id, old.stage_id, old.owner_id, old.visible_to, old.currency, -1, -old.value, 0,
    -coalesce(old.value * old.probability, 0), 0, -case when old.probability is null then old.value else 0
    end, 0 where not old.is_deleted on conflict do update set deals = deals + excluded.deals, value = value +
    excluded.value, value_rest = value_rest + case when abs(value) >= abs(excluded.value) then (value - (value
    + excluded.value)) + excluded.value else (excluded.value - (value + excluded.value)) + value end, weighted
    = weighted + excluded.weighted, weighted_rest = weighted_rest + case when abs(weighted) >=
    abs(excluded.weighted) then (weighted - (weighted + excluded.weighted)) + excluded.weighted else
    (excluded.weighted - (weighted + excluded.weighted)) + weighted end, unweighted = unweighted +
    excluded.unweighted, unweighted_rest = unweighted_rest + case when abs(unweighted) >=
    abs(excluded.unweighted) then (unweighted - (unweighted + excluded.unweighted)) + excluded.unweighted else
    (excluded.unweighted - (unweighted + excluded.unweighted)) + unweighted end; delete from deal_sums where
    is_archived = old.is_archived and status = old.status and pipeline_id = old.pipeline_id and stage_id =
    old.stage_id and owner_id = old.owner_id and visible_to = old.visible_to and currency = old.currency and
    deals = 0; insert into deal_sums select new.is_archived, new.status, new.pipeline_id, new.stage_id,
    new.owner_id, new.visible_to, new.currency, +1, +new.value, 0, +coalesce(new.value * new.probability, 0),
    0, +case when new.probability is null then new.value else 0 end, 0 where not new.is_deleted on conflict do
    update set deals = deals + excluded.deals, value = value + excluded.value, value_rest = value_rest + case
    when abs(value) >= abs(excluded.value) then (value - (value + excluded.value)) + excluded.value else
    (excluded.value - (value + excluded.value)) + value end, weighted = weighted + excluded.weighted,
    weighted_rest = weighted_rest + case when abs(weighted) >= abs(excluded.weighted) then (weighted -
    (weighted + excluded.weighted)) + excluded.weighted else (excluded.weighted - (weighted +
    excluded.weighted)) + weighted end, unweighted = unweighted + excluded.unweighted, unweighted_rest =
    unweighted_rest + case when abs(unweighted) >= abs(excluded.unweighted) then (unweighted - (unweighted +
    excluded.unweighted)) + excluded.unweighted else (excluded.unweighted - (unweighted +
    excluded.unweighted)) + unweighted end; end
    """,
    """
    insert into deal_sums
    select is_archived, status, pipeline_id, stage_id, owner_id, visible_to, currency, count(*), sum(value), 0,
    sum(coalesce(value * probability, 0)), 0, sum(case when probability is null then value else 0 end), 0
    from deals where not is_deleted group by 1, 2, 3, 4, 5, 6, 7
    """,
)


def upgrade() -> None:
    """Makes the table, what keeps it, and the sums of the deals that are there."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in STATEMENTS:
            op.get_bind().exec_driver_sql(" ".join(statement.split()))
