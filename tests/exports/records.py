"""Records with every type of field, texts of twelve languages, and texts that are like formulas."""

from __future__ import annotations

from typing import Any

from dealwright.connectors import Client

TEXTS = {
    "Arabic": "مخبز الميناء",
    "Chinese": "港口面包店",
    "Czech": "Přístavní pekárna, žluťoučký kůň",
    "English": "Harbour bakery",
    "German": "Bäckerei am Hafen, Straße 5",
    "Greek": "Φούρνος του λιμανιού",
    "Hebrew": "מאפיית הנמל",
    "Hindi": "बंदरगाह बेकरी",
    "Japanese": "港のパン屋",
    "Korean": "항구 빵집",
    "Russian": "Портовая пекарня",
    "Thai": "ร้านเบเกอรี่ท่าเรือ 🥐",
}

FORMULAS = ("=1+1", "+1-1", "-2+3", "@SUM(A1)", "\t=1", "'=1", "''@x", '=HYPERLINK("https://example.com";"x")')

OPTIONS = ("Röd", "a, b", 'say "yes"')

FIELD_TYPES: dict[str, Any] = {
    "varchar": "=1+1",
    "varchar_auto": "Hafen",
    "text": "two\nlines",
    "double": -1.5,
    "monetary": {"value": 1234.5, "currency": "USD"},
    "date": "2026-02-28",
    "daterange": {"value": "2026-02-01", "until": "2026-03-04"},
    "time": {"value": "10:30:00"},
    "timerange": {"value": "10:00:00", "until": "11:15:00"},
    "phone": "+49 30 1234",
    "address": {"value": "Hafenstraße 5, Hamburg"},
    "enum": None,
    "set": None,
    "user": None,
    "org": None,
    "people": None,
}
"""The values of custom fields by type; those that name something else are found when they are needed."""


def create_fields(client: Client, owner: str = "deal") -> dict[str, str]:
    """Creates a custom field of each type, which is called as its type; returns their keys by type."""
    keys = {}
    for type in FIELD_TYPES:
        options = {"options": [{"label": label} for label in OPTIONS]} if type in ("enum", "set") else {}
        body = {"field_name": f"My {type}", "field_type": type, **options}
        action: Any = f"v2.post_{owner}_fields"
        keys[type] = client.request(action, {"data": body}).body["data"]["field_code"]
    return keys


def create_full_deal(client: Client) -> dict[str, str]:
    """Creates a deal that has a value in a custom field of each type; returns the keys of the fields by type."""
    keys = create_fields(client)
    organization = client.run("post_organizations", {"data": {"name": TEXTS["Greek"]}})["data"]["id"]
    person = client.run(
        "v2.post_persons",
        {
            "data": {
                "name": TEXTS["Korean"],
                "org_id": organization,
                "emails": [
                    {"value": "second@example.com", "label": "work"},
                    {"value": "first@example.com", "label": "work", "primary": True},
                    {"value": "home@example.com", "label": "home"},
                ],
                "phones": [{"value": "+49 30 1234", "label": "mobile", "primary": True}],
            }
        },
    )["data"]["id"]
    fields = {one["field_code"]: one for one in client.iterate("v2.get_deal_fields", {"limit": 500})}
    options = {type: [one["id"] for one in fields[keys[type]]["options"]] for type in ("enum", "set")}
    found = {
        **FIELD_TYPES,
        "enum": options["enum"][0],
        "set": options["set"],
        "user": client.run("v1.get_users_me")["data"]["id"],
        "org": organization,
        "people": person,
    }
    values = {keys[type]: value for type, value in found.items()}
    body = {"title": "Two ovens", "value": 4800, "currency": "EUR", "person_id": person, "org_id": organization}
    client.run("v2.post_deals", {"data": {**body, "custom_fields": values}})
    return keys
