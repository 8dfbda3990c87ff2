"""What the vendor's documents have, the server's own documents have as well, except where there is a reason."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dealwright.server import openapi
from scripts import reference
from scripts.api_differences import ACCEPTED, Difference, find_reason, list_differences

FOLDER = reference.folder()

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the vendor's documents are not at hand: no folder {FOLDER}"
)


@pytest.fixture(scope="module")
def differences() -> list[Difference]:
    """Returns all differences."""
    return list(dict.fromkeys(list_differences()))


def test_nothing_documented_is_lacking(differences: list[Difference]) -> None:
    assert [str(one) for one in differences if find_reason(one) is None] == []


def test_every_accepted_difference_is_there(differences: list[Difference]) -> None:
    assert {find_reason(one) for one in differences} == set(ACCEPTED)


def forget_operation(document: dict[str, Any]) -> None:
    del document["paths"]["/api/v2/deals"]["get"]


def forget_parameter(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v2/deals"]["get"]
    operation["parameters"] = [one for one in operation["parameters"] if one["name"] != "include_labels"]


def forget_value(document: dict[str, Any]) -> None:
    for parameter in document["paths"]["/api/v2/deals"]["get"]["parameters"]:
        if parameter["name"] == "sort_by":
            parameter["schema"] = {"enum": ["id"]}


def forget_properties(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        schema.get("properties", {}).pop("annual_revenue", None)


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        (forget_operation, "v2 GET /deals: operation: the operation"),
        (forget_parameter, "v2 GET /deals: query include_labels: the parameter"),
        (forget_value, "v2 GET /deals: query sort_by: the value add_time"),
        (forget_properties, "v2 GET /organizations: answer.data[].annual_revenue: the property"),
        (forget_properties, "v2 PATCH /organizations/{id}: body.annual_revenue: the property"),
    ],
)
def test_what_is_forgotten_is_found(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None], lacking: str
) -> None:
    document = copy.deepcopy(openapi.document("v2"))
    change(document)
    monkeypatch.setattr(reference, "DOCUMENTS", {"v2": reference.DOCUMENTS["v2"]})
    monkeypatch.setattr(openapi, "document", lambda _version: document)
    assert lacking in {str(one) for one in list_differences()}
