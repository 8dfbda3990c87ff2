"""Fields of records: made, changed and deleted in both versions, with the values that records have for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.local_crm import LocalCrm

NAMES = {"deal": "title", "person": "name", "organization": "name", "product": "name", "project": "title"}


@pytest.mark.parametrize("noun", NAMES)
def test_a_field_of_v2_with_its_options(crm: LocalCrm, noun: str) -> None:
    made = crm.data(
        f"v2.post_{noun}_fields",
        data={"field_name": "Size", "field_type": "enum", "options": [{"label": "Small"}, {"label": "Large"}]},
    )
    code = made["field_code"]
    small, large = (option["id"] for option in made["options"])
    named = {NAMES[noun]: "Measured", "custom_fields": {code: small}}
    record = crm.create(f"v2.post_{noun}s", **named)

    def value() -> Any:
        return crm.data(f"v2.get_{noun}s_by_id", id=record)["custom_fields"].get(code)

    def labels() -> list[str]:
        field = crm.data(f"v2.get_{noun}_fields_by_field_code", field_code=code)
        return [option["label"] for option in field["options"]]

    assert value() == small
    crm.data(f"v2.patch_{noun}_fields_by_field_code", field_code=code, data={"field_name": "Format"})
    assert {one["field_code"]: one["field_name"] for one in all_fields(crm, f"v2.get_{noun}_fields")}[code] == "Format"
    [huge] = crm.data(f"v2.post_{noun}_fields_by_field_code_options", field_code=code, data=[{"label": "Huge"}])
    renamed = [{"id": huge["id"], "label": "Giant"}]
    crm.data(f"v2.patch_{noun}_fields_by_field_code_options", field_code=code, data=renamed)
    assert labels() == ["Small", "Large", "Giant"]
    crm.data(f"v2.delete_{noun}_fields_by_field_code_options", field_code=code, data=[{"id": small}])
    assert labels() == ["Large", "Giant"]
    assert value() is None
    crm.data(f"v2.patch_{noun}s_by_id", id=record, data={"custom_fields": {code: large}})
    assert value() == large
    crm.data(f"v2.delete_{noun}_fields_by_field_code", field_code=code)
    assert crm.refusal(f"v2.get_{noun}_fields_by_field_code", field_code=code) == 404
    assert value() is None


@pytest.mark.parametrize("noun", [noun for noun in NAMES if noun != "project"])
def test_a_field_of_v1_with_its_options(crm: LocalCrm, noun: str) -> None:
    options = [{"label": "Red"}, {"label": "Blue"}]
    made = crm.data(f"v1.post_{noun}_fields", data={"name": "Colour", "field_type": "set", "options": options})
    id, key = made["id"], made["key"]
    red, blue = (option["id"] for option in made["options"])
    record = crm.data(f"v1.post_{noun}s", data={NAMES[noun]: "Painted", key: [red, blue]})["id"]
    assert crm.data(f"v1.get_{noun}s_by_id", id=record)[key] == f"{red},{blue}"
    changes = {"name": "Colours", "options": [{"id": blue, "label": "Navy"}]}
    crm.data(f"v1.put_{noun}_fields_by_id", id=id, data=changes)
    found = crm.data(f"v1.get_{noun}_fields_by_id", id=id)
    assert (found["name"], [option["label"] for option in found["options"]]) == ("Colours", ["Navy"])
    assert crm.data(f"v1.get_{noun}s_by_id", id=record)[key] == str(blue)
    crm.data(f"v1.delete_{noun}_fields_by_id", id=id)
    assert key not in {one["key"] for one in crm.data(f"v1.get_{noun}_fields", limit=500)}

    several = [crm.create(f"v1.post_{noun}_fields", name=name, field_type="varchar") for name in ("Motto", "Nickname")]
    assert crm.data(f"v1.delete_{noun}_fields", ids=several)["id"] == several
    assert set(several).isdisjoint(one["id"] for one in crm.data(f"v1.get_{noun}_fields", limit=500))


def test_fields_that_come_with_the_company(crm: LocalCrm) -> None:
    field = crm.data("v1.post_deal_fields", data={"name": "Budget", "field_type": "double"})
    leads = {one["key"] for one in crm.data("v1.get_lead_fields", limit=500)}
    assert {"title", "value", "organization_id", field["key"]} <= leads
    assert {"content", "pinned_to_deal_flag"} <= {one["key"] for one in crm.data("v1.get_note_fields")}
    crm.create("v1.post_activity_types", name="Visit", icon_key="car")
    of_v1 = {one["key"]: one for one in crm.data("v1.get_activity_fields")}
    assert "visit" in [option["id"] for option in of_v1["type"]["options"]]
    of_v2 = {one["field_code"] for one in all_fields(crm, "v2.get_activity_fields")}
    assert {"subject", "type", "owner_id"} <= of_v2
    one = crm.data("v2.get_activity_fields_by_field_code", field_code="subject")
    assert (one["field_code"], one["field_type"]) == ("subject", "varchar")


def all_fields(crm: LocalCrm, action: str) -> list[dict[str, Any]]:
    """Returns the fields of a list of v2, page by page."""
    found: list[dict[str, Any]] = []
    paging: dict[str, Any] = {}
    while True:
        page = crm.run(action, limit=40, **paging)
        found += page["data"]
        paging = {"cursor": page["additional_data"]["next_cursor"]}
        if paging["cursor"] is None:
            return found
