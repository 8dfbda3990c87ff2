"""The purge handles every column that refers to a record."""

from __future__ import annotations

from dealwright.crm.history import purge
from dealwright.storage.tables import metadata

LINK_COLUMNS = {
    "deal": {"deal_id", "source_deal_id"},
    "person": {"person_id"},
    "organization": {"org_id", "organization_id", "rel_owner_org_id", "rel_linked_org_id"},
    "product": {"product_id"},
    "productVariation": {"product_variation_id"},
    "activity": {"activity_id"},
    "note": {"note_id"},
    "project": {"project_id"},
    "task": {"task_id", "parent_task_id"},
    "lead": {"lead_id", "source_lead_id"},
    "mailThread": {"mail_thread_id"},
    "mailMessage": {"mail_message_id"},
}
"""The names of the columns that refer to records of each purged kind."""


def test_every_table_that_refers_to_a_record_is_handled() -> None:
    for kind, names in LINK_COLUMNS.items():
        columns = {column for table in metadata.sorted_tables for column in table.c if column.name in names}
        assert columns == set(purge.referencing_columns(kind)), kind  # type: ignore[arg-type]


def test_every_kind_with_a_time_of_deletion_is_purged() -> None:
    kept_for_a_while = {table for table in metadata.sorted_tables if "delete_time" in table.c}
    assert kept_for_a_while == {kind.table for kind in purge.PURGED_TYPES}
