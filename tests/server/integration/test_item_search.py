"""The search over records of all kinds, and the one over the values of one field."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.crm.search import index_writer
from dealwright.storage.tables import search_texts
from tests.api import Api
from tests.company import add_role, add_user
from tests.mailbox import receive, write_mail
from tests.server.integration.test_search import create_deal, create_field, create_organization, create_person, names

Item = dict[str, Any]


def search(api: Api, term: str, **query: object) -> Item:
    """Returns the answer, after comparing that of both versions."""
    found: Item = api.get("/api/v2/itemSearch", term=term, **query).data
    assert api.get("/v1/itemSearch", term=term, **query).data == found
    return found


def types(api: Api, term: str, **query: object) -> list[str]:
    return [one["item"]["type"] for one in search(api, term, **query)["items"]]


def values(api: Api, entity_type: str, field: str, term: str, match: str) -> list[Any]:
    """Returns the values found, after comparing those of both versions where both have this kind of match."""
    query = {"entity_type": entity_type, "field": field, "term": term, "match": match}
    found = [one[field] for one in api.get("/api/v2/itemSearch/field", **query).data]
    if match != "beginning":
        query = {"field_type": f"{entity_type}Field", "field_key": field, "term": term, "return_item_ids": "1"}
        answer = api.get("/v1/itemSearch/field", exact_match="true" if match == "exact" else "false", **query)
        assert [one[field] for one in answer.data] == found
    return found


@pytest.fixture
def acme(api: Api) -> dict[str, Any]:
    """Returns one record of each kind, with "Acme" in one of its texts."""
    org = create_organization(api, "Acme")
    mary = create_person(api, "Mary", emails=[{"value": "mary@acme.example"}], org_id=org)
    roof = create_deal(api, "The roof of Acme", person_id=mary)
    lead = api.post("/v1/leads", {"title": "Acme's cellar", "organization_id": org}).data["id"]
    product = api.post("/api/v2/products", {"name": "Anvil", "code": "ACME-1"}).data["id"]
    links = {"deal_id": roof, "person_id": mary, "org_id": org, "lead_id": lead}
    file = api.upload("POST", "/v1/files", {"file": ("acme.txt", "text/plain", b"x")}, links).data["id"]
    return {"org": org, "person": mary, "deal": roof, "lead": lead, "product": product, "file": file}


def test_all_kinds(api: Api, acme: dict[str, Any]) -> None:
    assert types(api, "acme") == ["organization", "lead", "file", "product", "deal", "person"]
    assert types(api, "acme", item_types="deal,person,project,mail_attachment") == ["deal", "person"]
    assert types(api, "acme", fields="name,title") == ["organization", "lead", "file", "deal"]
    assert types(api, "acme", fields="code,email") == ["product", "person"]
    assert types(api, "acme", item_types="lead", fields="name") == []
    assert types(api, "acme", fields="description") == []
    assert types(api, "acme", exact_match="true") == ["organization"]
    assert "related_items" not in search(api, "acme")


def test_a_found_file(api: Api, acme: dict[str, Any]) -> None:
    found = search(api, "acme.txt")["items"]
    assert [one["item"] for one in found] == [
        {
            "id": acme["file"],
            "type": "file",
            "name": "acme.txt",
            "url": f"/files/{acme['file']}/download",
            "deal": {"id": acme["deal"], "title": "The roof of Acme"},
            "lead": {"id": acme["lead"], "title": "Acme's cellar"},
            "person": {"id": acme["person"], "name": "Mary"},
            "organization": {"id": acme["org"], "name": "Acme", "address": None},
        }
    ]
    api.delete(f"/v1/files/{acme['file']}")
    assert search(api, "acme.txt") == {"items": []}


def test_what_to_include(api: Api, acme: dict[str, Any]) -> None:
    found = search(api, "acme", include_fields="deal.cc_email,person.picture,product.price")["items"]
    more = {one["item"]["type"]: one["item"] for one in found}
    assert more["product"]["prices"] == [{"price": 0, "currency": "EUR"}]
    assert more["person"]["picture"] is None
    assert "+deal" in more["deal"]["cc_email"]


def test_related_items(api: Api) -> None:
    org = create_organization(api, "Acme")
    mary = create_person(api, "Mary", org_id=org)
    first = create_deal(api, "Roof", org_id=org)
    second = create_deal(api, "Acme door", org_id=org)
    third = create_deal(api, "Cellar", person_id=mary)
    api.delete(f"/api/v2/deals/{create_deal(api, 'Gone', org_id=org)}")
    lead = api.post("/v1/leads", {"title": "Garden", "person_id": mary}).data["id"]
    other = api.post("/v1/leads", {"title": "House", "organization_id": org}).data["id"]

    found = search(api, "acme", search_for_related_items="true")
    assert [one["item"]["id"] for one in found["items"]] == [org, second]
    assert [(one["result_score"], one["item"]["id"]) for one in found["related_items"]] == [
        (0, first),
        (0, other),
        (0, mary),
    ]
    found = search(api, "mary", search_for_related_items="true")
    assert [one["item"]["id"] for one in found["related_items"]] == [third, lead]
    assert search(api, "roof", search_for_related_items="true")["related_items"] == []


def test_pages(api: Api) -> None:
    for number in range(101):
        create_organization(api, f"Acme {number}")
    answer = api.get("/api/v2/itemSearch", term="acme", limit=500)
    assert len(answer.data["items"]) == 100
    rest = api.get("/api/v2/itemSearch", term="acme", cursor=answer.next_cursor)
    assert [one["item"]["name"] for one in rest.data["items"]] == ["Acme 0"]
    assert rest.next_cursor is None
    assert len(api.get("/v1/itemSearch", term="acme", limit=500).data["items"]) == 101


def test_pages_of_one_kind(api: Api) -> None:
    for number in range(7):
        create_deal(api, f"Roof {number}")
    create_deal(api, "Great roof")
    everything = names(api, "deals", "roof")
    assert len(everything) == 8
    assert everything[-1] == "Great roof"
    paged: list[str] = []
    answer = api.get("/api/v2/deals/search", term="roof", limit=3)
    while True:
        paged += [one["item"]["title"] for one in answer.data["items"]]
        if answer.next_cursor is None:
            break
        answer = api.get("/api/v2/deals/search", term="roof", limit=3, cursor=answer.next_cursor)
    assert paged == everything
    answer = api.get("/v1/deals/search", term="roof", limit=3, start=3)
    assert [one["item"]["title"] for one in answer.data["items"]] == everything[3:6]
    pagination = {"start": 3, "limit": 3, "more_items_in_collection": True, "next_start": 6}
    assert answer.body["additional_data"] == {"pagination": pagination}
    assert api.get("/v1/deals/search", term="roof", start=8).data == {"items": []}
    for cursor in ("x", "eyJmaWVsZCI6ImlkIiwiZmllbGRWYWx1ZSI6Nywic29ydERpcmVjdGlvbiI6ImFzYyIsImlkIjo3fQ"):
        assert api.get("/api/v2/deals/search", term="roof", cursor=cursor).status == 400


def test_only_what_the_user_sees(api: Api, acme: dict[str, Any]) -> None:
    stranger = add_user(api, "Stranger", role_id=add_role(api, "Support"))
    assert types(stranger, "acme") == []
    api.patch(f"/api/v2/organizations/{acme['org']}", {"visible_to": 7})
    api.patch(f"/api/v2/products/{acme['product']}", {"visible_to": 7})
    # A file is visible to users who see one of its records.
    assert types(stranger, "acme") == ["organization", "file", "product"]
    file = search(stranger, "acme.txt", search_for_related_items="true")["items"][0]["item"]
    assert file["organization"] == {"id": acme["org"], "name": "Acme", "address": None}
    assert file["person"] == {"id": acme["person"], "name": None}
    assert file["deal"] == {"id": acme["deal"], "title": None}
    assert file["lead"] == {"id": acme["lead"], "title": None}
    related = [search(user, "acme", search_for_related_items="true")["related_items"] for user in (api, stranger)]
    assert [len(one) for one in related] == [0, 0]
    api.patch(f"/api/v2/persons/{acme['person']}", {"visible_to": 7, "emails": []})
    related = [search(user, "acme", search_for_related_items="true")["related_items"] for user in (api, stranger)]
    assert [[one["item"]["id"] for one in found] for found in related] == [[acme["person"]]] * 2


def test_values_of_a_field(api: Api) -> None:
    for name in ("Jane Doe", "John Doe", "jane doe", "Mary Jane", "Jane Doe"):
        create_person(api, name)
    assert values(api, "person", "name", "Jane Doe", "exact") == ["Jane Doe", "Jane Doe"]
    assert values(api, "person", "name", "Jane", "exact") == []
    assert values(api, "person", "name", "Jane", "beginning") == ["Jane Doe", "Jane Doe"]
    assert values(api, "person", "name", "Jane", "middle") == ["Jane Doe", "Mary Jane", "Jane Doe"]
    assert values(api, "person", "name", "ohn D", "middle") == ["John Doe"]
    # By default v2 matches the whole value, v1 a part of it.
    assert api.get("/api/v2/itemSearch/field", term="Jane", entity_type="person", field="name").data == []
    query = {"field_type": "personField", "field_key": "name"}
    assert api.get("/v1/itemSearch/field", term="Jane", **query).data == [{"name": "Jane Doe"}, {"name": "Mary Jane"}]
    assert api.get("/v1/itemSearch/field", term="nobody", **query).data == []


def test_values_of_more_fields(api: Api) -> None:
    emails = [{"value": "jane@home.example"}, {"value": "jane@work.example"}]
    jane = create_person(api, "Jane", emails=emails, phones=[{"value": "555 123"}])
    assert values(api, "person", "email", "jane@", "middle") == ["jane@home.example", "jane@work.example"]
    assert values(api, "person", "phone", "555 123", "exact") == ["555 123"]
    assert values(api, "person", "phone", "555123", "exact") == []
    create_organization(api, "Acme", address={"value": "Main Street 1"})
    assert values(api, "organization", "address", "Street", "middle") == ["Main Street 1"]
    text, amount, money = (
        create_field(api, "deal", "varchar"),
        create_field(api, "deal", "double"),
        create_field(api, "deal", "monetary"),
    )
    custom = {text: "Red door", amount: 12.5, money: {"value": 300, "currency": "EUR"}}
    create_deal(api, "House", custom_fields=custom)
    assert values(api, "deal", text, "Red", "beginning") == ["Red door"]
    assert values(api, "deal", text, "red", "beginning") == []
    assert values(api, "deal", amount, "12.5", "exact") == [12.5]
    assert values(api, "deal", money, "30", "middle") == [300]
    assert values(api, "deal", text, "House", "exact") == []
    lead = api.post("/v1/leads", {"title": "Lead", "person_id": jane, text: "Blue door"}).data["id"]
    found = api.get("/api/v2/itemSearch/field", term="Blue door", entity_type="lead", field=text).data
    assert found == [{"id": lead, text: "Blue door"}]


def test_pages_of_values(api: Api) -> None:
    for number in range(5):
        create_deal(api, f"Roof {number}")
    query = {"term": "Roof", "match": "beginning", "entity_type": "deal", "field": "title", "limit": 3}
    answer = api.get("/api/v2/itemSearch/field", **query)
    rest = api.get("/api/v2/itemSearch/field", cursor=answer.next_cursor, **query)
    titles = [one["title"] for one in [*answer.data, *rest.data]]
    assert titles == [f"Roof {number}" for number in (4, 3, 2, 1, 0)]
    assert rest.next_cursor is None
    query = {"term": "Roof", "field_type": "dealField", "field_key": "title", "limit": 3}
    answer = api.get("/v1/itemSearch/field", start=3, **query)
    assert [one["title"] for one in answer.data] == ["Roof 1", "Roof 0"]
    assert answer.body["additional_data"]["pagination"]["more_items_in_collection"] is False


def test_the_index_is_the_same_as_a_rebuilt_one(api: Api, acme: dict[str, Any]) -> None:
    text = create_field(api, "deal", "varchar")
    api.patch(f"/api/v2/deals/{acme['deal']}", {"title": "Cellar", "custom_fields": {text: "Red door"}})
    api.post("/api/v2/deals", {"title": "House", "custom_fields": {text: "Blue door"}})
    api.patch(f"/api/v2/persons/{acme['person']}", {"emails": [], "phones": [{"value": "555 123"}]})
    for content in ("Call tomorrow", "Call today"):
        note = api.post("/v1/notes", {"content": content, "org_id": acme["org"]}).data["id"]
    api.delete(f"/v1/notes/{note}")
    api.delete(f"/api/v2/products/{acme['product']}")
    api.put(f"/v1/organizations/{acme['org']}", {"name": "Acme 2"})
    api.patch(f"/v1/leads/{acme['lead']}", {"title": "Garden"})
    everything = sa.select(search_texts).order_by(search_texts.c.id)
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        before = crm.db.rows(everything)
        index_writer.rebuild_index(crm.db, crm.company_data)
        assert crm.db.rows(everything) == before
    assert len(before) == 10
    assert types(api, "cellar") == ["deal"]
    assert types(api, "door") == ["deal", "deal"]


def test_fields_that_are_not_searched(api: Api) -> None:
    date = create_field(api, "deal", "date")
    for key in ("value", "nothing", "custom_fields", date):
        refused = api.get("/api/v2/itemSearch/field", term="ab", entity_type="deal", field=key)
        assert refused.status == 400
        assert api.get("/v1/itemSearch/field", term="ab", field_type="dealField", field_key=key).status == 400
    for query in ({"match": "middle"}, {"match": "beginning"}):
        refused = api.get("/api/v2/itemSearch/field", term="a", entity_type="deal", field="title", **query)
        assert refused.status == 400
    assert api.get("/api/v2/itemSearch/field", term="ab", entity_type="project", field="title").data == []


def test_files_that_came_with_mail_are_a_kind_of_their_own(api: Api) -> None:
    api.upload("POST", "/v1/files", {"file": ("Acme offer.txt", "text/plain", b"x")})
    receive(api, write_mail(files={"Acme contract.pdf": b"%PDF"}))
    assert sorted(types(api, "acme")) == ["file", "mail_attachment"]
    for kind in ("file", "mail_attachment"):
        assert types(api, "acme", item_types=kind) == [kind]
    [found] = api.get("/v1/itemSearch", term="contract", item_types="file,mail_attachment").data["items"]
    assert sorted(found["item"]) == ["id", "name", "type", "url"]
