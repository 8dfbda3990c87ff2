"""Conversions of leads into deals and of deals into leads: one row for each that was asked for."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, Key, link

conversions = sa.Table(
    "conversions",
    metadata,
    # The id of a conversion in the API.
    sa.Column("uuid", sa.Text, primary_key=True),
    # What is converted: "lead" or "deal", and its id in its table.
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", Key, nullable=False),
    # The stage of the deal that is made of a lead.
    link("stage_id"),
    # Who asked for it.
    link("user_id", nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    # What it has become, as the API names it: the UUID of a lead, the id of a deal.
    sa.Column("result", sa.Text),
    # Why there is none.
    sa.Column("error", sa.Text),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    # The run that began it.
    sa.Column("run_id", sa.Text),
    sa.Index("ix_conversions_update_time", "update_time"),
)
