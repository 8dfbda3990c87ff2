"""A company that is small enough to be read whole: some records of every kind, known by the order in which they are added."""

from __future__ import annotations

import time

from tests.clients.administrator import Administrator

DEALS = 8
"""The third of them is deleted, and the last one has changed after all others."""

ACTIVITIES = 103
"""More than clients ask for at a time."""

GOAL = {
    "title": "Ten",
    "assignee": {"id": 1, "type": "person"},
    "type": {"name": "deals_started", "params": {"pipeline_id": [1]}},
    "expected_outcome": {"target": 10, "tracking_metric": "quantity"},
    "duration": {"start": "2020-01-01", "end": "2040-12-31"},
    "interval": "monthly",
}


def fill(admin: Administrator) -> None:
    """Adds records of every kind to an empty company."""
    stages = [stage["id"] for stage in admin.get("/api/v2/stages")]
    source = admin.post("/v1/dealFields", {"name": "Source", "field_type": "set", "options": [{"label": "Fair"}]})
    budget = admin.post("/v1/dealFields", {"name": "Budget", "field_type": "monetary"})
    org = admin.post("/api/v2/organizations", {"name": "Mill Ltd"})["id"]
    person = admin.post("/api/v2/persons", {"name": "Ada Miller", "org_id": org})["id"]
    product = admin.post("/api/v2/products", {"name": "Flour", "prices": [{"currency": "EUR", "price": 2}]})["id"]
    custom = {source["key"]: [source["options"][0]["id"]], budget["key"]: {"value": 10.5, "currency": "EUR"}}
    for nr in range(1, DEALS + 1):
        admin.post("/api/v2/deals", {"title": f"Deal {nr}", "person_id": person, "custom_fields": custom})
    admin.patch("/api/v2/deals/1", {"stage_id": stages[1]})
    admin.post("/api/v2/deals/2/products", {"product_id": product, "item_price": 2, "quantity": 3})
    admin.delete("/api/v2/deals/3")
    for nr in range(1, ACTIVITIES + 1):
        admin.post("/api/v2/activities", {"subject": f"Call {nr}", "deal_id": 1})
    admin.post("/v1/notes", {"content": "Mind the flour", "deal_id": 1})
    admin.upload("/v1/files", "list.txt", b"flour", deal_id=1)
    label = admin.post("/v1/leadLabels", {"name": "Keen", "color": "green"})["id"]
    admin.post("/v1/leads", {"title": "Bakery", "person_id": person, "label_ids": [label]})
    admin.post("/v1/goals", GOAL)
    title = next(field["id"] for field in admin.get("/v1/dealFields", limit=500) if field["key"] == "title")
    conditions = admin.condition("deal", title, "=", "Deal 1")
    admin.post("/v1/filters", {"name": "Mine", "type": "deals", "conditions": conditions})
    # Clients ask for what has changed from the second of the latest change on.
    time.sleep(1.1)
    admin.patch(f"/api/v2/deals/{DEALS}", {"status": "won"})
