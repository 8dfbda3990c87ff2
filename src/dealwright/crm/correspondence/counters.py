"""Counts on deals, persons and organizations that are derived from notes and files."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.counters import count, write_counts
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import files, notes


def recount_notes(
    crm: UnitOfWork,
    deal_ids: Iterable[int | None] = (),
    person_ids: Iterable[int | None] = (),
    org_ids: Iterable[int | None] = (),
) -> None:
    """Recomputes the note counts of records."""
    write_counts(crm, DEAL, deal_ids, _note_counts(DEAL))
    write_counts(crm, PERSON, person_ids, _note_counts(PERSON))
    write_counts(crm, ORGANIZATION, org_ids, _note_counts(ORGANIZATION))


def recount_files(
    crm: UnitOfWork,
    deal_ids: Iterable[int | None] = (),
    person_ids: Iterable[int | None] = (),
    org_ids: Iterable[int | None] = (),
) -> None:
    """Recomputes the file counts of records."""
    write_counts(crm, DEAL, deal_ids, _file_counts(DEAL))
    write_counts(crm, PERSON, person_ids, _file_counts(PERSON))
    write_counts(crm, ORGANIZATION, org_ids, _file_counts(ORGANIZATION))


@functools.cache
def _note_counts(kind: RecordType[Any]) -> dict[str, sa.ColumnElement[Any]]:
    link = notes.c[kind.link] == kind.table.c.id
    return {"notes_count": count(notes, link, notes.c.is_deleted == sa.false())}


@functools.cache
def _file_counts(kind: RecordType[Any]) -> dict[str, sa.ColumnElement[Any]]:
    link = files.c[kind.link] == kind.table.c.id
    return {"files_count": count(files, link, files.c.is_deleted == sa.false())}
