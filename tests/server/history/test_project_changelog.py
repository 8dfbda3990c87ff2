"""The changelog of projects over HTTP."""

from __future__ import annotations

from tests.api import Api
from tests.company import add_role, add_user

PROJECTS = "/api/v2/projects"


def test_what_changed(api: Api) -> None:
    code = api.post("/api/v2/projectFields", {"field_name": "x", "field_type": "double"}).data["field_code"]
    deal = api.post("/api/v2/deals", {"title": "x"}).data["id"]
    id = api.post(PROJECTS, {"title": "Roof"}).data["id"]
    api.clock.advance(hours=1)
    body = {"title": "Ridge", "deal_ids": [deal], "label_ids": [], "custom_fields": {code: 7}, "phase_id": 2}
    api.patch(f"{PROJECTS}/{id}", body)
    changed, made = api.get(f"{PROJECTS}/{id}/changelog").data
    assert changed == {
        "change_source": "api",
        "change_source_user_agent": None,
        "time": "2026-03-02T11:00:00.000Z",
        "new_values": {"title": "Ridge", "deal_ids": [deal], code: 7, "phase_id": 2},
        "old_values": {"title": "Roof", "deal_ids": [], code: None, "phase_id": 1},
        "actor_user_id": 1,
    }
    assert made["new_values"]["title"] == "Roof"
    assert made["old_values"]["title"] is None
    assert "is_archived" not in made["new_values"]
    api.post(f"{PROJECTS}/{id}/archive")
    newest = api.get(f"{PROJECTS}/{id}/changelog").data[0]
    assert newest["new_values"] == {"archive_time": "2026-03-02T11:00:00.000Z"}


def test_pages(api: Api) -> None:
    id = api.post(PROJECTS, {"title": "0"}).data["id"]
    for number in range(1, 5):
        api.patch(f"{PROJECTS}/{id}", {"title": str(number)})
    titles: list[str] = []
    cursor = None
    for _ in range(3):
        page = api.get(f"{PROJECTS}/{id}/changelog", limit=2, cursor=cursor)
        titles += [entry["new_values"]["title"] for entry in page.data]
        cursor = page.next_cursor
    assert (titles, cursor) == (["4", "3", "2", "1", "0"], None)


def test_who_sees_it(api: Api) -> None:
    owner = add_user(api, "Olga", role_id=add_role(api, "Sales", project_default_visibility=1))
    other = add_user(api, "Otto", role_id=add_role(api, "Support"))
    id = owner.post(PROJECTS, {"title": "Roof"}).data["id"]
    assert owner.get(f"{PROJECTS}/{id}/changelog").status == 200
    assert other.get(f"{PROJECTS}/{id}/changelog").status == 404
    api.delete(f"{PROJECTS}/{id}")
    assert api.get(f"{PROJECTS}/{id}/changelog").status == 404
