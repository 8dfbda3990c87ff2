"""Columns that name content in the store of files: each is declared, so that backups copy the content."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from dealwright.storage.backups.contents import columns_with_content, read_storage_keys
from dealwright.storage.tables import metadata
from tests.api import Api
from tests.journeys.test_backup import jpeg


def test_every_column_with_a_key_is_declared() -> None:
    named = {column for table in metadata.sorted_tables for column in table.c if "content_key" in column.name}
    assert named
    assert named == set(columns_with_content())


def test_the_rows_name_all_that_is_stored(api: Api) -> None:
    person = api.post("/api/v2/persons", {"name": "Person"}).data["id"]
    product = api.post("/api/v2/products", {"name": "Product"}).data["id"]
    api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"content")})
    api.upload("POST", f"/v1/persons/{person}/picture", {"file": ("a.jpg", "image/jpeg", jpeg())})
    api.upload("POST", f"/api/v2/products/{product}/images", {"data": ("a.jpg", "image/jpeg", jpeg())})
    stored = {path.name for path in Path(api.companies.platform.files_location).rglob("*") if path.is_file()}
    database = api.principal.company.database
    schema = f"{database.schema}." if database.schema else ""
    with database.read() as db:
        keys = read_storage_keys(lambda sql: db.rows(sa.text(sql)), schema)
    assert len(stored) == 4
    assert set(keys) == stored
