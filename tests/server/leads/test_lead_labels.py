"""Labels for leads, and the sources that leads come from."""

from __future__ import annotations

from tests.api import Api
from tests.company import add_user

UNKNOWN = "f08b42a0-4e75-11ea-9643-03698ef1cfd6"


def names(api: Api) -> list[tuple[str, str]]:
    return [(label["name"], label["color"]) for label in api.get("/v1/leadLabels").data]


def test_a_new_company_has_labels(api: Api) -> None:
    assert names(api) == [("Hot", "red"), ("Cold", "blue"), ("Warm", "yellow")]


def test_labels_are_added_changed_and_deleted(api: Api) -> None:
    label = api.post("/v1/leadLabels", {"name": "Lukewarm", "color": "dark-gray"}).data
    assert (label["add_time"], label["update_time"]) == ("2026-03-02T10:00:00.000Z", "2026-03-02T10:00:00.000Z")
    api.clock.advance(seconds=1.5)
    changed = api.patch(f"/v1/leadLabels/{label['id']}", {"name": "Icy"}).data
    assert changed == {**label, "name": "Icy", "update_time": "2026-03-02T10:00:01.500Z"}
    for other in api.get("/v1/leadLabels").data:
        assert api.delete(f"/v1/leadLabels/{other['id'].upper()}").data == {"id": other["id"]}
    # Newer lists are empty, not null.
    assert api.get("/v1/leadLabels").data == []
    assert api.patch(f"/v1/leadLabels/{label['id']}", {"name": "Warm"}).status == 404
    assert api.delete(f"/v1/leadLabels/{label['id']}").error == "Lead label not found"


def test_what_a_label_must_be(api: Api) -> None:
    for body in ({"name": "Hot"}, {"name": "", "color": "red"}, {"name": "Hot", "color": "crimson"}):
        assert api.post("/v1/leadLabels", body).status == 400
    assert api.patch(f"/v1/leadLabels/{UNKNOWN}", {"name": "Hot"}).status == 404
    assert api.delete("/v1/leadLabels/1").status == 400
    assert len(names(api)) == 3


def test_only_admins_change_labels(api: Api) -> None:
    rep = add_user(api, "Rep")
    id = rep.get("/v1/leadLabels").data[0]["id"]
    assert rep.post("/v1/leadLabels", {"name": "Mine", "color": "red"}).status == 403
    assert rep.patch(f"/v1/leadLabels/{id}", {"name": "Mine"}).status == 403
    assert rep.delete(f"/v1/leadLabels/{id}").status == 403


def test_leads_lose_a_label_that_is_deleted(api: Api) -> None:
    hot, cold, _ = (label["id"] for label in api.get("/v1/leadLabels").data)
    org = api.post("/v1/organizations", {"name": "Acme"}).data["id"]
    both, one, none = (
        api.post("/v1/leads", {"title": "Lead", "organization_id": org, "label_ids": ids}).data["id"]
        for ids in ([hot, cold], [hot], [cold])
    )
    api.clock.advance(hours=1)
    api.delete(f"/v1/leadLabels/{hot}")
    assert [api.get(f"/v1/leads/{id}").data["label_ids"] for id in (both, one, none)] == [[cold], [], [cold]]
    assert api.get(f"/v1/leads/{none}").data["update_time"] == "2026-03-02T10:00:00.000Z"
    assert api.patch(f"/v1/leads/{one}", {"label_ids": [hot]}).status == 400


def test_sources(api: Api) -> None:
    sources = [source["name"] for source in api.get("/v1/leadSources").data]
    assert (len(sources), sources[0], sources[-1]) == (10, "Manually created", "API")
