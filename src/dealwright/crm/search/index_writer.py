"""Keeps the index of texts up to date: in the transaction that changes the records, before it is committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.record_types import Record, RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import RecordChange, UnitOfWork
from dealwright.crm.search.indexed_columns import COLUMNS_BY_TYPE, IndexedColumn, from_document_id
from dealwright.crm.search.terms import normalized
from dealwright.crm.values.formats import loads
from dealwright.storage import search_index
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import search_texts

_BATCH_SIZE = 10_000
_MAX_TEXTS_PER_STATEMENT = 500


def write_changes(crm: UnitOfWork) -> None:
    """Writes the texts of all records that this unit has changed, and removes those of deleted ones."""
    texts: dict[int, str | None] = {}
    for change in crm.changes.values():
        texts |= _changed_texts(crm, change)
        if len(texts) >= _MAX_TEXTS_PER_STATEMENT:
            search_index.upsert(crm.db, texts)
            texts = {}
    if texts:
        search_index.upsert(crm.db, texts)


def _changed_texts(crm: UnitOfWork, change: RecordChange) -> dict[int, str | None]:
    """Returns the new texts of a record by their ids in the index; None for those to remove."""
    indexed = COLUMNS_BY_TYPE.get(change.kind.object, ())
    values = change.values
    if not indexed or not values:
        return {}
    if values.get("is_deleted"):
        return {column.document_id(change.id): None for column in indexed}
    if change.before is None:
        texts = {column: _text(crm.company_data, column, values.get(column.name)) for column in indexed}
        return {column.document_id(change.id): text for column, text in texts.items() if text}
    if "is_deleted" in values:
        # A record that is restored has no texts in the index yet.
        restored = change.kind.to_records(crm.db.run(change.kind.select_by_id, {"id": change.id}))[0]
        values = {column.name: _value(change.kind, restored, column.name) for column in indexed}
    elif getattr(change.before, "is_deleted", False):
        return {}
    return {
        column.document_id(change.id): _text(crm.company_data, column, values[column.name])
        for column in indexed
        if column.name in values
    }


def remove_texts(crm: UnitOfWork, kind: RecordType[Any], ids: Sequence[int]) -> None:
    """Removes the texts of records that are removed for good, other than through `crm.kernel.records`."""
    texts = {column.document_id(id): None for column in COLUMNS_BY_TYPE.get(kind.object, ()) for id in ids}
    if texts:
        search_index.upsert(crm.db, texts)


def rebuild_index(db: Transaction, company_data: CompanyData) -> None:
    """Builds the index anew from all records, after records were written other than through `crm.kernel.records`."""
    search_index.replace_all(db, _batches(db, company_data))


def wrong_texts(db: Transaction, company_data: CompanyData) -> Iterator[tuple[str, int]]:
    """Yields the column and the id of each record whose text in the index is not the one that it should have.

    The values of a deleted field stay in the texts of records until these change: such texts are not compared.
    """
    kept: dict[int, str] = {}
    kept.update(db.rows(sa.select(search_texts.c.id, search_texts.c.text)))
    wrong = [id for batch in _batches(db, company_data) for id, text in batch if kept.pop(id, None) != text]
    for document_id in (*wrong, *kept):
        try:
            column, id = from_document_id(document_id)
        except KeyError:
            yield "nothing that is indexed", document_id
            continue
        owner: RecordTypeName = "deal" if column.kind.object == "lead" else column.kind.object
        if column.name != "custom_fields" or not company_data.deleted_field_keys(owner):
            yield f"{column.kind.object} {column.name}", id


def _batches(db: Transaction, company_data: CompanyData) -> Iterator[list[tuple[int, str]]]:
    for indexed in COLUMNS_BY_TYPE.values():
        columns = indexed[0].kind.table.c
        last = 0
        while rows := db.rows(
            sa.select(columns.id, *(columns[column.name] for column in indexed))
            .where(columns.id > last, columns.is_deleted == sa.false())
            .order_by(columns.id)
            .limit(_BATCH_SIZE)
        ):
            last = rows[-1][0]
            yield _texts(company_data, indexed, rows)


def _texts(
    company_data: CompanyData, columns: Sequence[IndexedColumn], rows: Sequence[tuple[Any, ...]]
) -> list[tuple[int, str]]:
    found = []
    for index, column in enumerate(columns, 1):
        is_json = column.name in column.kind.json_columns
        for row in rows:
            value = loads(row[index]) if is_json else row[index]
            if text := _text(company_data, column, value):
                found.append((column.document_id(row[0]), text))
    return found


def _text(company_data: CompanyData, column: IndexedColumn, value: Json) -> str | None:
    """Returns the text that the index has for the value of a column; None for no text."""
    values = [one for one in column.extract_texts(company_data, value) if one] if value else []
    return normalized(values) if values else None


def _value(kind: RecordType[Any], record: Record, column: str) -> Json:
    value: Json = getattr(record, column)
    return loads(value) if isinstance(value, str) and column in kind.json_columns else value
