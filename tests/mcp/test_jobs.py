"""Real jobs by an agent that has nothing but the default tools: each in six calls at most, with answers of 4 KB unless more is asked for."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.api import Api
from tests.mcp.conftest import Session

SMALL = 4096


class Agent:
    """Calls tools, and counts how often and how much it reads."""

    def __init__(self, api: Api, mode: str) -> None:
        self._session = Session(api, mode, right="delete")
        self.calls = 0

    def __call__(self, tool: str, **arguments: Any) -> Any:
        self.calls += 1
        result = self._session.call_raw(tool, **arguments)
        assert not result.is_error, result.structured_content
        if "max_bytes" not in arguments:
            assert len(orjson.dumps(result.structured_content)) <= SMALL
            assert len(result.content[0].text.encode()) <= SMALL  # type: ignore[union-attr]
        return result.structured_content


@pytest.fixture
def agent(api: Api, mode: str) -> Agent:
    return Agent(api, mode)


def test_a_all_deals_with_readable_names_and_custom_fields(api: Api, agent: Agent) -> None:
    body = {"field_name": "Size", "field_type": "enum", "options": [{"label": "Small"}, {"label": "Large"}]}
    field = api.post("/api/v2/dealFields", body).data
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    person = api.post("/api/v2/persons", {"name": "Ada"}).data["id"]
    for number in range(120):
        option = field["options"][number % 2]["id"]
        custom = {field["field_code"]: option}
        api.post(
            "/api/v2/deals", {"title": f"Deal {number}", "org_id": org, "person_id": person, "custom_fields": custom}
        )
    assert "v2.get_deals" in [one["action"] for one in agent("search_actions", query="export all deals")["actions"]]
    told = agent("run_action", action="v2.get_deals", all=True, names=True, max_bytes=200_000)
    assert (told["count"], len(told["data"]), told.get("left_out")) == (120, 120, None)
    one = told["data"][1]
    assert (one["title"], one["organization" if "organization" in one else "org"], one["person"]) == (
        "Deal 1",
        "Acme",
        "Ada",
    )
    assert (one["stage"], one["Size"]) == ("Qualified", "Large")
    assert agent.calls <= 6


def test_c_relabel_a_deal_that_a_filter_finds(api: Api, agent: Agent) -> None:
    [label] = (one["id"] for one in api.post("/api/v2/dealFields/label_ids/options", [{"label": "Hot"}]).data)
    api.post("/api/v2/deals", {"title": "Floor"})
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    title = next(one["id"] for one in api.get("/v1/dealFields").data if one["key"] == "title")
    condition = {"object": "deal", "field_id": str(title), "operator": "=", "value": "Roof"}
    groups = [{"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}]
    new = {"name": "Roofs", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    api.post("/v1/filters", new)

    [found] = agent("run_action", action="get_filters", params={"type": "deals"}, fields=["id", "name"])["data"]
    params = {"filter_id": found["id"], "limit": 1}
    [one] = agent("run_action", action="v2.get_deals", params=params, fields=["id", "title", "label_ids"])["data"]
    options = agent(
        "run_action", action="v2.get_deal_fields_by_field_code", params={"field_code": "label_ids"}, fields=["options"]
    )
    hot = next(option["id"] for option in options["data"]["options"] if option["label"].lower() == "hot")
    change = {"id": one["id"], "data": {"label_ids": [hot]}}
    plan = agent("plan_action", action="patch_deals_by_id", params=change)
    assert "Hot" in plan["would_change"][0]["changes"][0]
    agent("apply_plan", plan_id=plan["plan_id"])
    assert api.get(f"/api/v2/deals/{deal}").data["label_ids"] == [label]
    assert agent.calls <= 6


def test_d_find_and_merge_a_duplicate(api: Api, agent: Agent) -> None:
    first, second = (
        api.post("/api/v2/persons", {"name": name, "emails": [{"value": "ada@a.example"}]}).data["id"]
        for name in ("Ada", "Ada B.")
    )
    found = agent("search_actions", query="merge two persons")["actions"]
    assert "v1.put_persons_by_id_merge" in [one["action"] for one in found]
    params = {"term": "ada@a.example", "fields": "email", "exact_match": True}
    same = agent("run_action", action="v2.get_persons_search", params=params)["data"]
    ids = sorted(one["item"]["id"] for one in same)
    assert ids == [first, second]
    agent("describe_action", action="put_persons_by_id_merge")
    plan = agent(
        "plan_action", action="put_persons_by_id_merge", params={"id": ids[1], "data": {"merge_with_id": ids[0]}}
    )
    assert "merged" in {one["action"] for one in plan["would_change"]}
    agent("apply_plan", plan_id=plan["plan_id"])
    assert [one["id"] for one in api.get("/api/v2/persons").data] == [first]
    assert agent.calls <= 6


def test_i_a_file_goes_up_and_comes_down(api: Api, agent: Agent) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    described = agent("describe_action", action="post_files")
    assert "filename" in described["files"]
    content = {"filename": "Maße.txt", "text": "3 m²"}
    plan = agent("run_action", action="post_files", params={"data": {"file": content, "deal_id": deal}})
    stored = agent("apply_plan", plan_id=plan["plan_id"])["data"]
    listed = agent("run_action", action="get_deals_by_id_files", params={"id": deal}, fields=["id", "name"])["data"]
    assert [one["id"] for one in listed] == [stored["id"]]
    down = agent("run_action", action="get_files_by_id_download", params={"id": stored["id"]})
    assert down["data"]["text"] == "3 m²"
    assert agent.calls <= 6


def test_j_the_value_that_was_won_in_one_currency(api: Api, agent: Agent) -> None:
    for value, currency in ((1000, "EUR"), (500, "EUR"), (7, "EUR")):
        api.post("/api/v2/deals", {"title": "Won", "value": value, "currency": currency, "status": "won"})
    api.post("/api/v2/deals", {"title": "Open", "value": 9999, "currency": "EUR"})
    found = agent("search_actions", query="report won value in EUR")["actions"]
    assert "v1.get_deals_timeline" in [one["action"] for one in found]
    described = agent("describe_action", action="get_deals_timeline")
    assert "totals_convert_currency" in described["params"]
    params = {
        "start_date": "2026-03-01",
        "interval": "month",
        "amount": 1,
        "field_key": "won_time",
        "totals_convert_currency": "EUR",
        "exclude_deals": 1,
    }
    [month] = agent("run_action", action="get_deals_timeline", params=params)["data"]
    assert month["totals_converted"]["won_values"] == {"EUR": 1507}
    assert agent.calls <= 6
