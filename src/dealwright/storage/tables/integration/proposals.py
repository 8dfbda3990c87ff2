"""Proposals: calls that somebody has planned, until somebody lets them be carried out."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, link

proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("id_hash", sa.Text, primary_key=True),
    link("user_id", nullable=False),
    # Encrypted: the call with its parameters, and the state of the records that it was planned for.
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("expire_time", DateTimeMsText, nullable=False),
    sa.Index("ix_proposals_user", "user_id", "expire_time"),
    sa.Index("ix_proposals_expire_time", "expire_time"),
)
