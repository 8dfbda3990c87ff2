"""Proposals: calls that are planned and shown to somebody, and carried out at most once when that somebody lets them.

A proposal is kept for its user under a name that cannot be guessed. What is kept is encrypted by who makes it: parameters may
hold secrets.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa

from dealwright.crm.errors import Conflict
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import format_time_ms
from dealwright.storage.platform import hash_secret
from dealwright.storage.tables import proposals

LIFETIME = timedelta(minutes=30)
MAX_PER_USER = 200
"""How many proposals of a user are kept at a time."""


def new_id() -> str:
    """Returns the name of a new proposal."""
    return secrets.token_hex(12)


def keep(crm: UnitOfWork, id: str, sealed: str) -> None:
    """Keeps a proposal of the actor for a while. Raises `Conflict` when the actor has too many."""
    count = sa.select(sa.func.count()).select_from(proposals).where(_of_actor(crm))
    if crm.db.value(count) >= MAX_PER_USER:
        raise Conflict(f"{MAX_PER_USER} plans wait for you already; they expire after {LIFETIME.seconds // 60} minutes")
    values = {
        "id_hash": hash_secret(id),
        "user_id": crm.actor.id,
        "sealed": sealed,
        "expire_time": format_time_ms(crm.time + LIFETIME),
    }
    crm.db.insert_later(proposals, values)


def delete_expired(crm: UnitOfWork) -> None:
    """Deletes the proposals that nobody has carried out in time."""
    crm.db.execute(sa.delete(proposals).where(proposals.c.expire_time < format_time_ms(crm.time)))


def find(crm: UnitOfWork, id: str) -> str | None:
    """Returns what is kept of a proposal of the actor; None for one that is unknown, used, expired or another's."""
    sealed: str | None = crm.db.value(sa.select(proposals.c.sealed).where(_these(crm, id)))
    return sealed


def take(crm: UnitOfWork, id: str) -> str | None:
    """Returns what `find` does, once: of several that take a proposal at once, one gets it."""
    sealed = find(crm, id)
    return sealed if sealed is not None and crm.db.execute(sa.delete(proposals).where(_these(crm, id))) else None


def _these(crm: UnitOfWork, id: str) -> sa.ColumnElement[bool]:
    return (proposals.c.id_hash == hash_secret(id)) & _of_actor(crm)


def _of_actor(crm: UnitOfWork) -> sa.ColumnElement[bool]:
    """Returns the condition for the proposals of the actor that have not expired."""
    columns = proposals.c
    return (columns.user_id == crm.actor.id) & (columns.expire_time >= format_time_ms(crm.time))
