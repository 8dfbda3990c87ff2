"""The index of actions, and what a form for one is made of."""

from __future__ import annotations

from typing import Any

from dealwright.contract import catalogue
from tests.api import Api


def test_the_index_has_all_actions_and_is_asked_for_once(api: Api) -> None:
    answer = api.get("/app/api/actions")
    found = {one["qualified_name"]: one for one in answer.body["items"]}
    assert list(found) == list(catalogue.entries())
    assert sum(one["documented"] for one in found.values()) == 362
    assert found["v2.get_deals"]["effect"] == "reads"
    assert found["v2.patch_deals_by_id"]["effect"] == "writes"
    assert found["v2.delete_deals_by_id"]["effect"] == "removes"
    assert found["v1.get_deals"]["deprecated"]
    assert found["v1.get_deals"]["replaced_by"] == "v2.get_deals"
    tag = answer.headers["etag"]
    assert answer.headers["cache-control"] == "private, no-cache"
    again = api.send("GET", "/app/api/actions", headers={**api.session_headers(), "if-none-match": tag})
    assert (again.status, again.body) == (304, None)
    other = api.send("GET", "/app/api/actions", headers={**api.session_headers(), "if-none-match": '"x"'})
    assert other.status == 200


def test_every_action_says_what_it_takes(api: Api) -> None:
    for entry in catalogue.entries().values():
        answer = api.get(f"/app/api/actions/{entry.version}/{entry.attribute}")
        assert answer.status == 200
        found = answer.body
        assert [one["name"] for one in found["parameters"]] == [*entry.parameters]
        assert (found["body"] is None) == (entry.body is None)
        assert "$ref" not in str(found)
        for one in found["parameters"]:
            if one["location"] == "path" and one["name"] in ("id", "ids"):
                # What has an id can be picked, but for what is none of the company's records.
                assert one["reference"] or "userProviderLinks" in entry.path, entry.path


def test_what_can_be_picked_is_named(api: Api) -> None:
    def references(schema: dict[str, Any]) -> dict[str, str]:
        found = {}
        for name, one in schema["properties"].items():
            reference = one.get("x-reference") or one.get("items", {}).get("x-reference")
            if reference:
                found[name] = reference
        return found

    deal = api.get("/app/api/actions/v2/post_deals").body
    assert references(deal["body"]["schema"]) == {
        "owner_id": "user",
        "person_id": "person",
        "org_id": "organization",
        "pipeline_id": "pipeline",
        "stage_id": "stage",
        "currency": "currency",
        "label_ids": "label",
    }
    assert (deal["body"]["custom_fields"], deal["body"]["custom_fields_of"]) == ("object", "deal")
    merge = api.get("/app/api/actions/v1/put_persons_by_id_merge").body
    assert merge["parameters"][0]["reference"] == "person"
    assert references(merge["body"]["schema"]) == {"merge_with_id": "person"}
    line = api.get("/app/api/actions/v2/patch_deals_by_id_products_by_product_attachment_id").body
    assert [one["reference"] for one in line["parameters"]] == ["deal", "deal_product"]
    field = api.get("/app/api/actions/v1/get_deal_fields_by_id").body
    assert (field["parameters"][0]["reference"], field["about"]) == ("field", "deal")
    assert api.get("/app/api/actions/v1/get_note_fields").body["about"] == "note"
    assert api.get("/app/api/actions/v1/get_users").body["about"] is None
    files = api.get("/app/api/actions/v1/post_files").body
    assert (files["body"]["kind"], files["body"]["files"]) == ("multipart", ["file"])
    person = api.get("/app/api/actions/v1/post_persons").body
    assert person["body"]["custom_fields"] == "root"
    assert person["answer"]["type"] == "object"


def test_there_is_no_other_action(api: Api) -> None:
    assert api.get("/app/api/actions/v1/get_nothing").status == 404
    assert api.get("/app/api/actions/v3/get_deals").status == 400
