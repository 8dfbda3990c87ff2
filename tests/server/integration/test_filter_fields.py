"""The fields that the system has: which of a few records pass tests of them."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.server.integration.filtering import Fields, filtered_deals, filtered_names


def test_fields_of_deals(api: Api) -> None:
    fields = Fields(api)
    label = api.get(f"/v1/dealFields/{fields.id('deal', 'label')}").data
    body = {"options": [{"label": "Hot"}]}
    hot = api.put(f"/v1/dealFields/{label['id']}", body).data["options"][0]["id"]
    pipeline = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "Slow", "pipeline_id": pipeline, "deal_probability": 40}).data["id"]
    first = {"title": "A one", "value": 100, "label_ids": [hot], "visible_to": 1, "expected_close_date": "2026-03-08"}
    api.post("/api/v2/deals", {**first, "probability": 50, "currency": "USD"})
    api.post("/api/v2/deals", {"title": "B two", "value": 200, "stage_id": stage, "visible_to": 7})
    moved = api.post("/api/v2/deals", {"title": "N", "stage_id": 2}).data["id"]
    api.clock.advance(days=1)
    api.patch(f"/api/v2/deals/{moved}", {"stage_id": 3, "status": "lost", "lost_reason": "Price"})
    cases: list[tuple[str, str, Any, str]] = [
        ("title", "LIKE '$%'", "a O", "A"),
        ("title", "NOT LIKE '$%'", "a", "BN"),
        ("value", ">", 100, "B"),
        ("value", "= | currency", "USD", "A"),
        ("weighted_value", "=", 80, "B"),
        ("weighted_value", "<=", 50, "AN"),
        ("probability", "IS NULL", None, "BN"),
        ("stage_id", "=", stage, "B"),
        ("stage_id", "has_been", 2, "N"),
        ("stage_id", "has_been", 3, "N"),
        ("stage_id", "> | 3", "2026-03-02", "N"),
        ("stage_id", "= | 2", "2026-03-02", "N"),
        ("stage_id", "!= | 2", "2026-03-02", "AB"),
        ("pipeline", "=", str(pipeline), "B"),
        ("status", "=", "lost", "N"),
        ("status", "!=", "lost", "AB"),
        ("status", "=", "deleted", ""),
        ("label", "contains", hot, "A"),
        ("label", "IS NULL", None, "BN"),
        ("visible_to", "=", "7", "B"),
        ("visible_to", "!=", 7, "AN"),
        ("user_id", "=", 1, "ABN"),
        ("person_id", "IS NULL", None, "ABN"),
        ("is_archived", "=", False, "ABN"),
        ("is_archived", "=", "1", ""),
        ("origin", "=", "API", "ABN"),
        ("lost_reason", "LIKE '%$%'", "pri", "N"),
        ("expected_close_date", "=", "next_week", ""),
        ("expected_close_date", "=", "this_week", "A"),
        ("lost_time", "IS NOT NULL", None, "N"),
        ("lost_time", "=", "today", "N"),
        ("add_time", "=", "yesterday", "ABN"),
        ("update_time", "<", "today", "AB"),
        ("activities_count", "=", 0, "ABN"),
        ("next_activity_date", "IS NULL", None, "ABN"),
        ("id", ">=", moved, "N"),
    ]
    assert [(*case[:3], filtered_deals(api, fields, *case[:3])) for case in cases] == cases


CASES: list[tuple[str, str, str, Any, list[str]]] = [
    ("people", "email", "=", "ADA@example.com", ["Ada"]),
    ("people", "email", "!=", "home@example.com", ["Bob"]),
    ("people", "email", "LIKE '%$%'", "home", ["Ada"]),
    ("people", "email", "IS NULL", None, ["Bob"]),
    ("people", "phone", "LIKE '$%'", "+372", ["Bob"]),
    ("people", "phone", "IS NOT NULL", None, ["Bob"]),
    ("people", "label_ids", "contains", "Hot lead", ["Ada"]),
    ("people", "name", "!=", "ada", ["Bob"]),
    ("people", "org_id", "IS NULL", None, ["Bob"]),
    ("people", "marketing_status", "=", "no_consent", ["Ada", "Bob"]),
    ("people", "open_deals_count", ">", 0, ["Ada"]),
    ("org", "address", "LIKE '%$%'", "main", ["Acme"]),
    ("org", "people_count", "=", 1, ["Acme"]),
    ("products", "code", "=", "p-1", ["Pen"]),
    ("products", "code", "IS NULL", None, ["Ink"]),
    ("products", "unit_price", ">", 5, ["Pen"]),
    ("products", "unit_price", "!=", 10, ["Ink"]),
    ("products", "selectable", "=", False, ["Ink"]),
    ("products", "active_flag", "=", 1, ["Pen", "Ink"]),
    ("products", "billing_frequency", "=", "monthly", ["Ink"]),
    ("products", "visible_to", "=", "3", ["Pen", "Ink"]),
    ("activity", "type", "=", "meeting", ["Meet"]),
    ("activity", "done", "=", 1, ["Call"]),
    ("activity", "busy_flag", "=", "0", ["Call"]),
    ("activity", "due_date", "=", "tomorrow", ["Meet"]),
    ("activity", "due_time", "<", "12:00", ["Meet"]),
    ("activity", "due_time", "IS NULL", None, ["Call"]),
    ("activity", "participants", "=", 1, ["Meet"]),
    ("activity", "attendees", "IS NOT NULL", None, ["Meet"]),
    ("activity", "location", "LIKE '%$%'", "room", ["Meet"]),
    ("activity", "project_id", "IS NULL", None, ["Call", "Meet"]),
    ("activity", "deal_id", "=", 1, ["Call"]),
    ("leads", "title", "=", "new", ["New"]),
    ("leads", "value", ">=", 100, ["New"]),
    ("leads", "organization_id", "IS NOT NULL", None, ["Old"]),
    ("leads", "add_time", "=", "today", ["New", "Old"]),
    ("leads", "owner_id", "=", 1, ["New", "Old"]),
]


def test_fields_of_other_records(api: Api) -> None:
    fields = Fields(api)
    objects = {"people": "person", "org": "organization", "products": "product", "leads": "lead"}
    label = api.get(f"/v1/personFields/{fields.id('person', 'label_ids')}").data["options"]
    labels = {option["label"]: option["id"] for option in label}
    acme = api.post("/v1/organizations", {"name": "Acme", "address": "Main Street"}).data["id"]
    api.post("/v1/organizations", {"name": "Zeta"})
    emails = [{"value": "ada@example.com"}, {"value": "home@example.com", "label": "home"}]
    hot = [labels["Hot lead"]]
    ada = api.post("/api/v2/persons", {"name": "Ada", "emails": emails, "org_id": acme, "label_ids": hot}).data["id"]
    api.post("/api/v2/persons", {"name": "Bob", "phones": [{"value": "+372 5"}]})
    deal = api.post("/api/v2/deals", {"title": "Deal", "person_id": ada}).data["id"]
    price = {"currency": "EUR", "price": 10}
    api.post("/api/v2/products", {"name": "Pen", "code": "P-1", "prices": [price], "visible_to": 3})
    ink = {"name": "Ink", "is_linkable": False, "billing_frequency": "monthly", "visible_to": 3}
    api.post("/api/v2/products", ink)
    api.post("/api/v2/activities", {"subject": "Call", "type": "call", "done": True, "deal_id": deal})
    meeting: dict[str, Any] = {"subject": "Meet", "type": "meeting", "due_date": "2026-03-03", "due_time": "09:00:00"}
    guest = {"email": "guest@example.com", "name": "Guest"}
    meeting |= {"participants": [{"person_id": ada}], "attendees": [guest], "location": {"value": "Room 1"}}
    api.post("/api/v2/activities", meeting)
    amount = {"amount": 100, "currency": "EUR"}
    new = api.post("/v1/leads", {"title": "New", "person_id": ada, "value": amount}).data["id"]
    api.post("/v1/leads", {"title": "Old", "organization_id": acme})
    found = []
    for type, key, operator, value, _ in [*CASES, ("leads", "id", "=", new, ["New"])]:
        operand = labels.get(value, value) if isinstance(value, str) else value
        condition = fields.condition(objects.get(type, type), key, operator, operand)
        found.append((type, key, operator, value, filtered_names(api, type, condition)))
    assert found == [*CASES, ("leads", "id", "=", new, ["New"])]
