"""The searches for deals, persons, organizations, products and leads: the records found, their order and visibility."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_role, add_user


def items(api: Api, kind: str, term: str, **query: object) -> list[dict[str, Any]]:
    """Returns the items found, after comparing those of both versions."""
    found = [one["item"] for one in api.get(f"/api/v2/{kind}/search", term=term, **query).data["items"]]
    assert [one["item"] for one in api.get(f"/v1/{kind}/search", term=term, **query).data["items"]] == found
    return found


def names(api: Api, kind: str, term: str, **query: object) -> list[str]:
    return [item.get("title") or item["name"] for item in items(api, kind, term, **query)]


def create_deal(api: Api, title: str, **values: object) -> int:
    id: int = api.post("/api/v2/deals", {"title": title, **values}).data["id"]
    return id


def create_person(api: Api, name: str, **values: object) -> int:
    id: int = api.post("/api/v2/persons", {"name": name, **values}).data["id"]
    return id


def create_organization(api: Api, name: str, **values: object) -> int:
    id: int = api.post("/api/v2/organizations", {"name": name, **values}).data["id"]
    return id


def create_field(api: Api, object: str, field_type: str) -> str:
    key: str = api.post(f"/v1/{object}Fields", {"name": field_type, "field_type": field_type}).data["key"]
    return key


def test_a_found_deal(api: Api) -> None:
    org = create_organization(api, "Acme", address={"value": "Main Street 1"})
    mary = create_person(api, "Mary", org_id=org)
    id = create_deal(api, "Roof repair", person_id=mary, org_id=org, value=50, currency="USD")
    assert items(api, "deals", "roof", include_fields="deal.cc_email") == [
        {
            "id": id,
            "type": "deal",
            "title": "Roof repair",
            "value": 50,
            "currency": "USD",
            "status": "open",
            "visible_to": 3,
            "owner": {"id": 1},
            "stage": {"id": 1, "name": api.get("/api/v2/stages/1").data["name"]},
            "person": {"id": mary, "name": "Mary"},
            "organization": {"id": org, "name": "Acme", "address": "Main Street 1"},
            "custom_fields": [],
            "notes": [],
            "is_archived": False,
            "cc_email": api.get(f"/v1/deals/{id}").data["cc_email"],
        }
    ]


def test_a_found_person(api: Api) -> None:
    org = create_organization(api, "Acme")
    emails = [{"value": "mary@home.example"}, {"value": "mary@work.example", "primary": True}]
    id = create_person(
        api, "Mary Smith", org_id=org, emails=emails, phones=[{"value": "+372 (55) 12-34"}], job_title="Boss"
    )
    found = {
        "id": id,
        "type": "person",
        "name": "Mary Smith",
        "phones": ["+372 (55) 12-34"],
        "emails": ["mary@home.example", "mary@work.example"],
        "primary_email": "mary@work.example",
        "visible_to": 3,
        "owner": {"id": 1},
        "organization": {"id": org, "name": "Acme", "address": None},
        "custom_fields": [],
        "notes": [],
        "picture": None,
    }
    for term in ("mary", "smith", "MARY@WORK", "work.ex", "5512", "+3725512", "(55)", "smith mary"):
        assert items(api, "persons", term, include_fields="person.picture") == [found], term
    for term in ("Acme", "Boss", "smithmary", "maryx"):
        assert items(api, "persons", term) == [], term
    assert items(api, "persons", "mary", fields="phone") == []
    assert len(items(api, "persons", "mary", fields="email,phone")) == 1
    assert len(items(api, "persons", "mary", organization_id=org)) == 1
    assert items(api, "persons", "mary", organization_id=org + 1) == []


NUMBER = "+1 (415) 555-0199"
SPELLINGS = (
    "+1 (415) 555-0199",
    "415-555-0199",
    "4155550199",
    "+14155550199",
    "0014155550199",
    "001 415 555 0199",
    "1.415.555.0199",
    "(415) 555 0199",
    "415/5550199",
    "555-0199",
    "55501",
    "0415 555 0199",
    "415\u2011555\u20110199",
    "\u200e+1\u00a0415\u00a0555\u00a00199",
)


@pytest.mark.parametrize(
    "stored", [NUMBER, "001-415-555-0199", "1 415 5550199", "+1 (0)415 5550199", "+1\u2013415\u2013555 0199"]
)
def test_a_phone_number_is_found_in_every_spelling(api: Api, stored: str) -> None:
    phone = create_field(api, "person", "phone")
    person = create_person(api, "Mary", phones=[{"value": stored}])
    other = create_person(api, "Ann", custom_fields={phone: stored})
    create_person(api, "Eve", phones=[{"value": "+1 (415) 555-0198"}, {"value": "7"}])
    for term in SPELLINGS:
        if term != "55501":
            assert [item["id"] for item in items(api, "persons", term, fields="phone")] == [person], term
            assert [item["id"] for item in items(api, "persons", term, fields="custom_fields")] == [other], term
        found = api.get("/api/v2/itemSearch", term=term).data["items"]
        assert {person, other} <= {item["item"]["id"] for item in found}, term
    for term in ("+1 415 555 0199", "0014155550199"):
        assert [item["id"] for item in items(api, "persons", term, fields="phone", exact_match=True)] == [person], term
    assert items(api, "persons", "415-555-0199", fields="phone", exact_match=True) == []
    for term in ("416-555-0199", "415-555-0197", "0199-555", "415-555-0199x", "555-0199-1"):
        assert items(api, "persons", term, fields="phone") == [], term


def test_numbers_in_other_texts_are_found_as_they_are_written(api: Api) -> None:
    for title in ("Order 2026-03-01", "Order 20260301", "Room 415-555"):
        api.post("/api/v2/deals", {"title": title})
    assert {deal["title"] for deal in items(api, "deals", "2026-03-01")} == {"Order 2026-03-01", "Order 20260301"}
    assert [deal["title"] for deal in items(api, "deals", "415-555")] == ["Room 415-555"]
    assert [deal["title"] for deal in items(api, "deals", "03-01")] == ["Order 2026-03-01"]


def test_a_found_organization_a_product_and_a_lead(api: Api) -> None:
    org = create_organization(api, "Acme", address={"value": "Main Street 1"})
    owned: dict[str, Any] = {"visible_to": 3, "owner": {"id": 1}, "custom_fields": []}
    assert items(api, "organizations", "street") == [
        {"id": org, "type": "organization", "name": "Acme", "address": "Main Street 1", "notes": [], **owned}
    ]
    prices = [{"currency": "EUR", "price": 5}, {"currency": "USD", "price": 6}]
    product = api.post("/api/v2/products", {"name": "Anvil", "code": "AV-7", "prices": prices}).data["id"]
    assert items(api, "products", "av-7", include_fields="product.price") == [
        {"id": product, "type": "product", "name": "Anvil", "code": "AV-7", "prices": prices, **owned}
    ]
    mary = create_person(api, "Mary", emails=[{"value": "mary@home.example"}])
    values = {"title": "Big one", "person_id": mary, "organization_id": org, "value": {"amount": 5, "currency": "EUR"}}
    lead = api.post("/v1/leads", values).data["id"]
    assert items(api, "leads", "big", include_fields="lead.was_seen") == [
        {
            "id": lead,
            "type": "lead",
            "title": "Big one",
            "person": {"id": mary, "name": "Mary"},
            "organization": {"id": org, "name": "Acme", "address": "Main Street 1"},
            "phones": [],
            "emails": ["mary@home.example"],
            "notes": [],
            "value": 5,
            "currency": "EUR",
            "is_archived": False,
            "was_seen": False,
            **owned,
        }
    ]
    for query in ({"person_id": mary}, {"organization_id": org}):
        assert names(api, "leads", "big", **query) == ["Big one"]
    assert names(api, "leads", "big", person_id=mary + 1) == []


def test_the_best_come_first_and_among_equals_the_newest(api: Api) -> None:
    for title in ("Big sun", "Sunday", "Sun", "Big Sunday", "Unsung", "Moon", "The sun"):
        create_deal(api, title)
    found = api.get("/api/v2/deals/search", term="sun").data["items"]
    assert [one["item"]["title"] for one in found] == [
        "Sun",
        "Sunday",
        "The sun",
        "Big Sunday",
        "Big sun",
        "Unsung",
    ]
    scores = [one["result_score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0
    assert names(api, "deals", "sun", exact_match="true") == ["Sun"]
    assert names(api, "deals", "SUN", exact_match="1") == ["Sun"]


def test_short_terms(api: Api) -> None:
    for title in ("X", "Ab", "A big lab", "Cab"):
        create_deal(api, title)
    # Two letters are searched for at the beginning of words.
    assert names(api, "deals", "ab") == ["Ab"]
    assert names(api, "deals", "bi") == ["A big lab"]
    assert names(api, "deals", "a b") == ["A big lab"]
    assert names(api, "deals", "x", exact_match="true") == ["X"]
    for version in ("api/v2", "v1"):
        for query in ({"term": "x"}, {"term": " x "}, {"term": " ", "exact_match": "true"}):
            refused = api.get(f"/{version}/deals/search", **query)
            assert refused.status == 400
            assert "character" in refused.error


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("Łódź Straße", ["lodz", "ŁÓDŹ", "strasse", "lodź str"]),
        ("Ünal & Søns", ["unal", "sons", "& so", "ünal & søns"]),
        ("O'Neil-Barr", ["neil", "o'ne", "barr", "oneil"[1:], "neil-b"]),
        ("北京公司", ["北京", "公司", "京公"]),
        ('100% "sure"_\\', ["100%", '"sure', "sure", '"_\\']),
    ],
)
def test_case_accents_and_punctuation(api: Api, name: str, terms: list[str]) -> None:
    create_organization(api, "Else 100x ssuXre")
    create_organization(api, name)
    for term in terms:
        assert names(api, "organizations", term) == [name], term
    assert names(api, "organizations", name, exact_match="true") == [name]


def test_custom_fields(api: Api) -> None:
    keys = {
        kind: create_field(api, "deal", kind) for kind in ("varchar", "text", "double", "monetary", "address", "phone")
    }
    other = create_field(api, "deal", "date")
    values: dict[str, object] = {
        keys["varchar"]: "Red door",
        keys["text"]: "A red and blue house",
        keys["double"]: 12345,
        keys["monetary"]: {"value": 777.5, "currency": "EUR"},
        keys["address"]: {"value": "Side Street 9"},
        keys["phone"]: "555-888",
        other: "2026-01-31",
    }
    id = create_deal(api, "House", custom_fields=values)
    for term, texts in (
        ("red", ["Red door", "A red and blue house"]),
        ("red door", ["Red door"]),
        ("blue red", ["A red and blue house"]),
        ("12345", ["12345"]),
        ("777.5", ["777.5"]),
        ("side st", ["Side Street 9"]),
        ("555-888", ["555-888"]),
    ):
        assert [item["custom_fields"] for item in items(api, "deals", term)] == [texts], term
    assert items(api, "deals", "2026-01") == []
    assert items(api, "deals", "red", fields="title,notes") == []
    assert items(api, "deals", "house", fields="title")[0]["custom_fields"] == []

    api.patch(f"/api/v2/deals/{id}", {"custom_fields": {keys["varchar"]: "Green door"}})
    assert items(api, "deals", "red door") == []
    assert items(api, "deals", "green")[0]["custom_fields"] == ["Green door"]
    api.delete(f"/api/v2/dealFields/{keys['text']}")
    assert items(api, "deals", "blue") == []
    lead = {"title": "Lead", "person_id": create_person(api, "Mary"), keys["varchar"]: "Yellow door"}
    api.post("/v1/leads", lead)
    assert items(api, "leads", "yellow")[0]["custom_fields"] == ["Yellow door"]


def test_notes(api: Api) -> None:
    mary = create_person(api, "Mary")
    id = create_deal(api, "Roof", person_id=mary)
    lead = api.post("/v1/leads", {"title": "Lead", "person_id": mary}).data["id"]
    content = "<p>Call <b>to</b>morrow</p><ul><li>Tom &amp; Jerry</li></ul>"
    note = api.post("/v1/notes", {"content": content, "deal_id": id, "lead_id": lead}).data["id"]
    api.post("/v1/notes", {"content": "Nothing", "deal_id": id})
    for kind in ("deals", "leads"):
        assert [item["notes"] for item in items(api, kind, "tomorrow")] == [["Call tomorrow Tom & Jerry"]]
        assert items(api, kind, "tomorrow", fields="title,custom_fields") == []
    assert len(items(api, "deals", "tom & jerry", person_id=mary)) == 1
    assert items(api, "deals", "<b>") == []
    assert items(api, "persons", "tomorrow") == []
    # It moves from the deal to the person.
    api.put(f"/v1/notes/{note}", {"content": "Call today", "deal_id": None, "person_id": mary})
    assert items(api, "deals", "call") == []
    assert items(api, "persons", "today")[0]["notes"] == ["Call today"]
    api.delete(f"/v1/notes/{note}")
    assert items(api, "persons", "today") == []
    create_person(api, "Ann", notes="Likes tea")
    assert items(api, "persons", "tea")[0]["notes"] == ["Likes tea"]


def test_only_deals_of_a_person_an_organization_or_a_status(api: Api) -> None:
    org, mary = create_organization(api, "Acme"), create_person(api, "Mary")
    first = create_deal(api, "Roof 1", org_id=org)
    second = create_deal(api, "Roof 2", person_id=mary, org_id=org)
    create_deal(api, "Roof 3", person_id=mary)
    create_deal(api, "Door", person_id=mary)
    api.patch(f"/api/v2/deals/{first}", {"status": "won"})
    assert names(api, "deals", "roof") == ["Roof 3", "Roof 2", "Roof 1"]
    assert names(api, "deals", "roof", person_id=mary) == ["Roof 3", "Roof 2"]
    assert names(api, "deals", "roof", organization_id=org) == ["Roof 2", "Roof 1"]
    assert names(api, "deals", "roof", organization_id=org, person_id=mary) == ["Roof 2"]
    assert names(api, "deals", "roof", status="won") == ["Roof 1"]
    assert names(api, "deals", "roof", status="open", organization_id=org) == ["Roof 2"]
    assert names(api, "deals", "roof", status="lost") == []
    api.patch(f"/api/v2/deals/{second}", {"title": "Cellar"})
    assert names(api, "deals", "roof", organization_id=org) == ["Roof 1"]


def test_archived_are_found_and_deleted_are_not(api: Api) -> None:
    first, second = create_deal(api, "Roof 1"), create_deal(api, "Roof 2")
    api.patch(f"/api/v2/deals/{first}", {"is_archived": True})
    api.delete(f"/api/v2/deals/{second}")
    assert [(item["title"], item["is_archived"]) for item in items(api, "deals", "roof")] == [("Roof 1", True)]
    product = api.post("/api/v2/products", {"name": "Anvil"}).data["id"]
    api.delete(f"/v1/products/{product}")
    assert names(api, "products", "anvil") == []


def test_only_what_the_user_sees(api: Api) -> None:
    boss = add_user(api, "Boss", role_id=add_role(api, "Sales"))
    secret = create_organization(api, "Secret", visible_to=1)
    own = create_deal(boss, "Roof 1")
    create_deal(api, "Roof 2", visible_to=1)
    visible = create_deal(api, "Roof 3", visible_to=7, org_id=secret)
    for id in (own, visible):
        api.post("/v1/notes", {"content": "Call tomorrow", "deal_id": id, "org_id": secret})
    assert names(boss, "deals", "roof") == ["Roof 3", "Roof 1"]
    assert names(boss, "deals", "roof", organization_id=secret) == ["Roof 3"]
    assert names(boss, "deals", "tomorrow") == ["Roof 3", "Roof 1"]
    assert names(boss, "organizations", "tomorrow") == []
    assert names(api, "deals", "roof") == ["Roof 3", "Roof 2", "Roof 1"]
    assert items(boss, "deals", "roof 3")[0]["organization"] == {"id": secret, "name": None, "address": None}
