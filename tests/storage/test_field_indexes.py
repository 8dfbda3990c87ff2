"""Tests of the indexes of custom fields that link records."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage import field_indexes
from tests.api import Api

LIST_INDEXES = {
    "sqlite": "select name from sqlite_master where type = 'index' and tbl_name = 'deals'",
    "postgresql": "select indexname from pg_indexes where tablename = 'deals'",
}


def indexed_fields(api: Api) -> set[str]:
    """Returns the keys of custom fields of deals that have an index."""
    with api.principal.company.database.read() as db:
        names = db.values(sa.text(LIST_INDEXES[db.dialect]))
    prefix = "ix_deals_"
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix) and len(name) == len(prefix) + 40}


def test_fields_of_deals_that_link_organizations_have_an_index_while_they_exist(api: Api) -> None:
    fields = {
        type: api.post("/v1/dealFields", {"name": f"A {type}", "field_type": type}).data
        for type in ("org", "people", "varchar")
    }
    assert indexed_fields(api) == {fields["org"]["key"]}
    with api.principal.company.database.read() as db:
        [statement] = field_indexes.create_statements(db)
        assert fields["org"]["key"] in statement
    api.delete(f"/v1/dealFields/{fields['org']['id']}")
    assert indexed_fields(api) == set()


def test_deals_that_name_an_organization_are_found_by_the_index(api: Api) -> None:
    field = api.post("/v1/dealFields", {"name": "Reseller", "field_type": "org"}).data
    reseller, other = (api.post("/api/v2/organizations", {"name": name}).data["id"] for name in ("Reseller", "Other"))
    for number, organization in enumerate((reseller, other, reseller)):
        body = {"title": f"Deal {number}", "custom_fields": {field["key"]: organization}}
        api.post("/api/v2/deals", body)
    found = api.get(f"/v1/organizations/{reseller}/deals").data
    assert [deal["title"] for deal in found] == ["Deal 0", "Deal 2"]
