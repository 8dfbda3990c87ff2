"""Consents to connections that were asked for at the pages of their providers."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import format_time_ms
from dealwright.storage.tables import connection_consents

CONSENT_LIFETIME = timedelta(minutes=15)


def store_consent(crm: UnitOfWork, state_hash: str, session_hash: str, sealed: str) -> None:
    """Keeps what a consent that is asked for is about, until the browser of this session comes back."""
    columns = connection_consents.c
    crm.db.execute(sa.delete(connection_consents).where(columns.expire_time < format_time_ms(crm.time)))
    crm.db.insert_later(
        connection_consents,
        {
            "state_hash": state_hash,
            "user_id": crm.actor.id,
            "session_hash": session_hash,
            "sealed": sealed,
            "expire_time": format_time_ms(crm.time + CONSENT_LIFETIME),
        },
    )


def take_consent(crm: UnitOfWork, state_hash: str, session_hash: str) -> str | None:
    """Returns what a consent is about, sealed, once, to the user and the session that have asked for it; None to anybody else."""
    columns = connection_consents.c
    these = (columns.state_hash == state_hash) & (columns.user_id == crm.actor.id)
    these &= (columns.session_hash == session_hash) & (columns.expire_time >= format_time_ms(crm.time))
    row = crm.db.row(sa.select(columns.sealed).where(these).with_for_update())
    if row is None or not crm.db.execute(sa.delete(connection_consents).where(these)):
        return None
    sealed: str = row[0]
    return sealed
