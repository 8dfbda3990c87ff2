"""The list of users who may see a record must have those who find the record themselves.

admin      role 1
  boss     role "Sales"
    rep    role "Reps", below it
  peer     role "Sales"
stranger   role "Support", beside it
"""

from __future__ import annotations

from typing import Any

import pytest

from dealwright.crm.correspondence.model import NOTE
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.work.model import ACTIVITY
from tests.api import Api
from tests.company import add_role, add_user

KINDS = ("deals", "persons", "organizations", "products", "leads")


@pytest.fixture
def users(api: Api) -> list[Api]:
    sales = add_role(api, "Sales")
    reps, support = add_role(api, "Reps", parent_id=sales), add_role(api, "Support")
    roles = {"Boss": sales, "Peer": sales, "Rep": reps, "Stranger": support}
    return [api, *(add_user(api, name, role_id=role_id) for name, role_id in roles.items())]


@pytest.mark.parametrize("visible_to", [1, 3, 5, 7])
def test_permitted_users_are_those_who_find_the_record(users: list[Api], visible_to: int) -> None:
    admin, boss, _, rep, stranger = users
    person = admin.post("/api/v2/persons", {"name": "Mary", "visible_to": 7}).data["id"]
    for owner in (boss, rep):
        for kind in KINDS:
            name = "title" if kind in ("deals", "leads") else "name"
            body = {name: "One", "visible_to": visible_to} | ({"person_id": person} if kind == "leads" else {})
            if kind == "leads":
                body["visible_to"] = str(visible_to)
            version = "/v1" if kind == "leads" else "/api/v2"
            id = owner.post(f"{version}/{kind}", body).data["id"]
            if kind in ("deals", "products"):
                admin.post(f"/api/v2/{kind}/{id}/followers", {"user_id": stranger.principal.user_id})
            seeing = [user.principal.user_id for user in users if user.get(f"/v1/{kind}/{id}").status == 200]
            assert owner.get(f"/v1/{kind}/{id}/permittedUsers").data == seeing


@pytest.mark.parametrize("visible_to", [1, 3, 5, 7])
def test_permitted_users_of_attached_records_are_those_who_find_them(users: list[Api], visible_to: int) -> None:
    admin, boss, peer, rep, stranger = users
    deal = boss.post("/api/v2/deals", {"title": "Deal", "visible_to": visible_to}).data["id"]
    admin.post(f"/api/v2/deals/{deal}/followers", {"user_id": stranger.principal.user_id})
    for owner in (admin, rep, peer):
        note = admin.post("/v1/notes", {"content": "x", "deal_id": deal, "user_id": owner.principal.user_id}).data["id"]
        body = {"subject": "x", "deal_id": deal, "user_id": owner.principal.user_id}
        activity = admin.post("/v1/activities", body).data["id"]
        found: tuple[tuple[RecordType[Any], str, int], ...] = (
            (NOTE, "notes", note),
            (ACTIVITY, "activities", activity),
        )
        for kind, path, id in found:
            seeing = [user.principal.user_id for user in users if user.get(f"/v1/{path}/{id}").status == 200]
            with admin.companies.unit_of_work(admin.principal.company, 1, write=False) as crm:
                assert access.viewers(crm, kind, records.refresh(crm, kind, id)) == seeing


def test_only_active_users_count(api: Api) -> None:
    bob = add_user(api, "Bob").principal.user_id
    id = api.post("/api/v2/deals", {"title": "Deal", "visible_to": 7}).data["id"]
    assert api.get(f"/v1/deals/{id}/permittedUsers").data == [1, bob]
    api.put(f"/v1/users/{bob}", {"active_flag": False})
    assert api.get(f"/v1/deals/{id}/permittedUsers").data == [1]
    assert api.get("/v1/deals/99/permittedUsers").status == 404
