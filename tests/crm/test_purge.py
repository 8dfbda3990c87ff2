"""The purge knows every column that names a record."""

from __future__ import annotations

from dealwright.crm import purge
from dealwright.storage.tables import metadata

NAMES = {
    "deal": {"deal_id"},
    "person": {"person_id"},
    "organization": {"org_id", "organization_id", "rel_owner_org_id", "rel_linked_org_id"},
    "product": {"product_id"},
    "activity": {"activity_id"},
    "note": {"note_id"},
    "lead": {"lead_id"},
}
"""What columns are called that name a record of a kind that is purged."""


def test_every_table_that_names_a_record_is_seen_to() -> None:
    for kind, names in NAMES.items():
        columns = {column for table in metadata.sorted_tables for column in table.c if column.name in names}
        assert columns == set(purge.columns_naming(kind)), kind  # type: ignore[arg-type]


def test_every_kind_that_says_when_it_was_deleted_is_purged() -> None:
    kept_for_a_while = {table for table in metadata.sorted_tables if "delete_time" in table.c}
    assert kept_for_a_while == {kind.table for kind in purge.KINDS}
