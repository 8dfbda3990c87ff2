"""The columns that searches look into, and the texts to index in their values.

The rank of a column and the id of a record make the id of a text in the index (`IndexedColumn.document_id`): the texts
of a column are adjacent, the newest record last, and those of better columns come after those of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from dealwright._json import Json
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence.model import FILE, NOTE
from dealwright.crm.deals.model import DEAL
from dealwright.crm.fields import search_texts
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.values import html, phone_numbers
from dealwright.crm.work.model import PROJECT

_RECORD_ID_BITS = 40


class IndexedColumn(NamedTuple):
    """A column that is searched. ``field`` is its name in the API; a higher ``rank`` makes better hits.

    ``extract_texts`` returns the texts in a value of the column. Ranks are part of the ids of stored texts: they must
    not change.
    """

    rank: int
    kind: RecordType[Any]
    field: str
    name: str
    extract_texts: Callable[[CompanyData, Json], Iterable[str]]

    def document_id(self, record_id: int) -> int:
        """Returns the id that the text of a record has in the index."""
        return (self.rank << _RECORD_ID_BITS) + record_id


def from_document_id(document_id: int) -> tuple[IndexedColumn, int]:
    """Returns the column and the id of the record whose text has a document id."""
    return _BY_RANK[document_id >> _RECORD_ID_BITS], document_id & ((1 << _RECORD_ID_BITS) - 1)


def document_id_ranges(columns: Iterable[IndexedColumn]) -> list[tuple[int, int]]:
    """Returns the document-id ranges (first, last) of some columns, best rank first; adjacent columns are merged."""
    ranks = {place.rank for place in columns}
    found: list[tuple[int, int]] = []
    previous_included = False
    for column in INDEXED_COLUMNS:
        if column.rank in ranks:
            first = column.document_id(0)
            last = found.pop()[1] if previous_included else column.document_id((1 << _RECORD_ID_BITS) - 1)
            found.append((first, last))
        previous_included = column.rank in ranks
    return found


def _plain_text(company_data: CompanyData, value: Json) -> Iterable[str]:
    return [str(value)] if value else []


def _contacts(company_data: CompanyData, value: Json) -> list[str]:
    """Returns e-mail addresses or phone numbers."""
    return [str(entry["value"]) for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _phones(company_data: CompanyData, value: Json) -> Iterable[str]:
    """Returns phone numbers, as they are written and as digits alone."""
    written = _contacts(company_data, value)
    return dict.fromkeys([*written, *map(phone_numbers.digits, written)])


def _address(company_data: CompanyData, value: Json) -> Iterable[str]:
    return [str(value["value"])] if isinstance(value, dict) else []


def _html(company_data: CompanyData, value: Json) -> Iterable[str]:
    return [html.to_text(str(value))] if value else []


def _custom_field_texts(object: RecordTypeName, company_data: CompanyData, value: Json) -> Iterable[str]:
    """Returns the texts of custom fields; phone numbers as digits, too."""
    if not isinstance(value, dict):
        return []
    found = search_texts.searchable_texts(company_data, object, value)
    numbers = (
        phone_numbers.digits(found[key]) for key in search_texts.phone_keys(company_data, object) if key in found
    )
    return [*found.values(), *numbers]


def _custom_fields_column(rank: int, kind: RecordType[Any]) -> IndexedColumn:
    return IndexedColumn(rank, kind, "custom_fields", "custom_fields", partial(_custom_field_texts, kind.object))


NOTES_COLUMN = IndexedColumn(130, NOTE, "notes", "content", _html)
"""The texts of notes, which are found as the records that they are attached to."""

# Titles and names come first: their beginnings have an index of their own (`MIN_PREFIX_INDEXED_ID` in
# `storage.tables.integration.search`). Of the rest, columns of one record type are adjacent.
INDEXED_COLUMNS = (
    IndexedColumn(200, DEAL, "title", "title", _plain_text),
    IndexedColumn(190, ORGANIZATION, "name", "name", _plain_text),
    IndexedColumn(180, PERSON, "name", "name", _plain_text),
    IndexedColumn(170, LEAD, "title", "title", _plain_text),
    IndexedColumn(160, PRODUCT, "name", "name", _plain_text),
    IndexedColumn(155, PROJECT, "title", "title", _plain_text),
    IndexedColumn(150, FILE, "name", "name", _plain_text),
    _custom_fields_column(140, DEAL),
    NOTES_COLUMN,
    IndexedColumn(120, PERSON, "email", "emails", _contacts),
    IndexedColumn(110, PERSON, "phone", "phones", _phones),
    _custom_fields_column(100, PERSON),
    IndexedColumn(90, PERSON, "notes", "notes", _html),
    IndexedColumn(80, ORGANIZATION, "address", "address", _address),
    _custom_fields_column(70, ORGANIZATION),
    _custom_fields_column(60, LEAD),
    IndexedColumn(50, PRODUCT, "code", "code", _plain_text),
    _custom_fields_column(40, PRODUCT),
    IndexedColumn(30, PROJECT, "description", "description", _plain_text),
    _custom_fields_column(20, PROJECT),
)
"""All indexed columns, the best first."""

_BY_RANK = {place.rank: place for place in INDEXED_COLUMNS}

COLUMNS_BY_TYPE: Mapping[RecordTypeName, Sequence[IndexedColumn]] = {
    place.kind.object: tuple(other for other in INDEXED_COLUMNS if other.kind is place.kind)
    for place in INDEXED_COLUMNS
}
"""The indexed columns of each record type."""
