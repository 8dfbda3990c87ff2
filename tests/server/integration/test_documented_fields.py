"""The system fields of all kinds of records, compared with the vendor's documents."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from dealwright.contract.field_types import FieldType
from scripts import reference
from tests.api import Api
from tests.server.integration.filtering import FIELD_PATHS

V2_LISTS = {
    "deal": "/api/v2/deals",
    "person": "/api/v2/persons",
    "organization": "/api/v2/organizations",
    "product": "/api/v2/products",
    "activity": "/api/v2/activities",
}
NOTES = "behaviour.md"
NOTES_TITLES = {"Deals": "deal", "Persons": "person", "Organizations": "organization"}

NOT_DOCUMENTED = {
    "deal": {
        **dict.fromkeys(("creator_user_id", "archive_time"), "shown, though no schema has it"),
        **dict.fromkeys(("next_activity_date", "last_activity_date", "weighted_value"), "shown by v1 only"),
        **dict.fromkeys(("product_quantity", "product_amount", "product_name"), "for filters only"),
        **dict.fromkeys(("score", "sequence_enrollment"), "for filters only"),
    },
    "person": dict.fromkeys(("next_activity_date", "last_activity_date"), "shown by v1 only"),
    "organization": {
        **dict.fromkeys(("next_activity_date", "last_activity_date"), "shown by v1 only"),
        "picture_id": "shown by v1 only",
    },
    "product": dict.fromkeys(("cost", "direct_cost"), "a member of each price"),
    "activity": {"update_user_id": "shown by v1 only"},
}
"""Codes of v2 fields that the documented records have no member for, and why."""

NO_FIELD = {
    "deal": {
        **dict.fromkeys(("currency",), "a part of the value"),
        **dict.fromkeys(("is_deleted", "smart_bcc_email", "custom_fields"), "about the record as a whole"),
        **dict.fromkeys(
            ("next_activity_id", "last_activity_id", "first_won_time", "source_lead_id"), "not listed by v1"
        ),
        **dict.fromkeys(("products_count", "files_count", "notes_count", "followers_count"), "not listed by v1"),
        "participants_count": "not listed by v1",
    },
    "person": {
        **dict.fromkeys(("is_deleted", "smart_bcc_email", "custom_fields"), "about the record as a whole"),
        **dict.fromkeys(("next_activity_id", "last_activity_id", "files_count", "notes_count"), "not listed by v1"),
        **dict.fromkeys(("followers_count", "related_won_deals_count", "related_lost_deals_count"), "not listed by v1"),
    },
    "organization": {
        **dict.fromkeys(("is_deleted", "smart_bcc_email", "custom_fields"), "about the record as a whole"),
        **dict.fromkeys(("next_activity_id", "last_activity_id", "files_count", "notes_count"), "not listed by v1"),
        **dict.fromkeys(("followers_count", "related_won_deals_count", "related_lost_deals_count"), "not listed by v1"),
    },
    "product": {"custom_fields": "about the record as a whole"},
    "activity": {
        "is_deleted": "about the record as a whole",
        **dict.fromkeys(
            ("conference_meeting_client", "conference_meeting_url", "conference_meeting_id"), "set by apps"
        ),
    },
}
"""Documented members of v2 records that no field is about, and why."""

OTHER_IN_NOTES = {
    ("person", "label"): "`label_ids` since 2024, as clients read it (the notes name the member of records)",
    ("organization", "label"): "`label_ids` since 2024, as clients read it (the notes name the member of records)",
}
"""Fields that the notes on the vendor's behaviour know under another key, and why."""

OTHER_IN_EXAMPLES = {("person", "phone"): "the member of v2 records is `phones`; the example's names are made up"}
"""Fields that the examples of v2 know under another code, and why."""


def folder() -> Path:
    """Where the vendor's documents are; skips the test where they are not."""
    found = Path(os.environ.get(reference.VARIABLE) or reference.BESIDE)
    if not (found / NOTES).is_file():
        pytest.skip(f"the vendor's documents are not in {found.name}: {reference.VARIABLE} says where they are")
    return found


def v2_fields(api: Api, kind: str) -> dict[str, dict[str, Any]]:
    """The fields of a kind of record in v2, by code."""
    path = FIELD_PATHS[kind].replace("/v1", "/api/v2")
    return {field["field_code"]: field for field in api.get(path, limit=500).data}


def v1_fields(api: Api, kind: str) -> dict[str, dict[str, Any]]:
    """The fields of a kind of record in v1, by key."""
    return {field["key"]: field for field in api.get(FIELD_PATHS[kind], limit=500).data}


@pytest.mark.parametrize("kind", V2_LISTS)
def test_codes_are_the_members_of_documented_records(api: Api, kind: str) -> None:
    folder()
    operation = reference.find("v2", "GET", V2_LISTS[kind])
    assert operation
    on_request = {
        name
        for parameter in operation.parameters
        if parameter.name == "include_fields"
        for name in re.findall(r"'(\w+)'", parameter.type)
    }
    members = {member.name for member in operation.data} | on_request
    fields = v2_fields(api, kind)
    assert fields.keys() - members == NOT_DOCUMENTED[kind].keys()
    assert members - fields.keys() == NO_FIELD[kind].keys()
    optional = {code for code, field in fields.items() if field["is_optional_response_field"]}
    assert optional == on_request & fields.keys()


def test_types_and_ids_of_options_are_documented(api: Api) -> None:
    for kind in V2_LISTS:
        for code, field in v2_fields(api, kind).items():
            assert field["field_type"] in get_args(FieldType), (kind, code)
            ids = [option["id"] for option in field["options"] or ()]
            assert all(type(id) in (int, str) for id in ids), (kind, code, ids)
    archived = v2_fields(api, "deal")["is_archived"]["options"]
    assert [(option["id"], option["label"]) for option in archived] == [("false", "Not archived"), ("true", "Archived")]
    # v1 shows them as the vendor's does: yes and no.
    assert [option["id"] for option in v1_fields(api, "deal")["is_archived"]["options"]] == [False, True]


def noted_fields(text: str) -> Iterator[tuple[str, str, str | None]]:
    """Yields the fields in the section of the notes about system fields: the kind of record, the key, and the type if named."""
    section = text.partition("### 6.6 ")[2].partition("\n## ")[0]
    for title, listed in re.findall(r"^\*\*(\w+)\*\*[^`\n]*`([^`]*)`", section, re.MULTILINE):
        for item in re.sub(
            r"\[[^\]]*\]|\([^)]*\)|\"[^\"]*\"", lambda m: m[0] if re.fullmatch(r"\(\w+\)", m[0]) else "", listed
        ).split(","):
            # Counts are named together, in words.
            if (
                title in NOTES_TITLES
                and "counts" not in item
                and (match := re.match(r"\s*(\w+)(?:[:(](\w+)\)?)?", item))
            ):
                yield NOTES_TITLES[title], match[1], match[2]


def test_keys_and_types_are_those_of_the_notes_on_the_vendor(api: Api) -> None:
    noted = list(noted_fields((folder() / NOTES).read_text(encoding="utf-8")))
    assert {kind for kind, _, _ in noted} == set(NOTES_TITLES.values())
    assert len(noted) > 80
    for kind in NOTES_TITLES.values():
        fields = v1_fields(api, kind)
        listed = {(key, field_type) for other, key, field_type in noted if other == kind}
        missing = {(kind, key) for key, _ in listed if key not in fields}
        assert missing == {known for known in OTHER_IN_NOTES if known[0] == kind}
        differing = [
            key
            for key, field_type in listed
            if field_type and key in fields and fields[key]["field_type"] != field_type
        ]
        assert differing == []


def test_the_examples_of_field_lists_hold(api: Api) -> None:
    for kind in V2_LISTS:
        fields = v2_fields(api, kind)
        for document in reference.DOCUMENTS["v2"]:
            path = FIELD_PATHS[kind].removeprefix("/v1")
            documented = reference.load(folder() / document)["paths"].get(path, {}).get("get")
            for example in _examples(documented or {}):
                for field in example["data"]:
                    if field["is_custom_field"] or (kind, field["field_code"]) in OTHER_IN_EXAMPLES:
                        continue
                    shown = fields[field["field_code"]]
                    assert shown["field_type"] == field["field_type"], field
                    extra = api.get(
                        f"{FIELD_PATHS[kind].replace('/v1', '/api/v2')}/{field['field_code']}",
                        include_fields="ui_visibility",
                    )
                    documented_members = field.get("ui_visibility", {}).keys()
                    assert documented_members <= extra.data["ui_visibility"].keys(), (kind, field)


def _examples(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for answer in operation.get("responses", {}).values():
        for content in answer.get("content", {}).values():
            if "example" in content:
                yield content["example"]


def test_the_labels_of_contacts_go_by_the_key_that_clients_look_for(api: Api) -> None:
    for kind, key in (("deal", "label"), ("person", "label_ids"), ("organization", "label_ids")):
        field = v1_fields(api, kind)[key]
        assert (field["field_type"], isinstance(field["options"], list)) == ("set", True)
        assert {"label", "label_ids"} & v1_fields(api, kind).keys() == {key}
        assert v2_fields(api, kind)["label_ids"]["field_type"] == "set"


def test_organization_fields_tell_where_they_are_shown(api: Api) -> None:
    path = "/api/v2/organizationFields"
    flags = ("org_detail_visible_flag", "person_detail_visible_flag", "deal_detail_visible_flag")
    shown = api.get(f"{path}/name", include_fields="ui_visibility").data["ui_visibility"]
    assert [shown[flag] for flag in flags] == [True] * 3
    body = {"field_name": "Size", "field_type": "double", "ui_visibility": {flags[1]: False}}
    created = api.post(path, body).data
    assert [created["ui_visibility"][flag] for flag in flags] == [True, False, True]
    changed = api.patch(f"{path}/{created['field_code']}", {"ui_visibility": {flags[0]: False}}).data
    assert [changed["ui_visibility"][flag] for flag in flags] == [False, False, True]
    for kind in ("deal", "person", "product"):
        other = api.get(f"{FIELD_PATHS[kind].replace('/v1', '/api/v2')}/id", include_fields="ui_visibility").data
        assert not set(flags) & other["ui_visibility"].keys()
