"""API tokens: one for each user, shown once, made and revoked in the web app."""

from __future__ import annotations

from tests.api import Api
from tests.company import add_user, set_permissions

TOKENS = "/app/api/api-tokens"


def works(api: Api, token: str) -> bool:
    return api.send("GET", "/v1/users/me", headers={"x-api-token": token}).status == 200


def test_a_token_is_made_replaced_and_revoked(api: Api) -> None:
    platform, company_id = api.companies.platform, api.principal.company.id
    of_operator = platform.issue_token(company_id, 1)
    [known] = api.get(TOKENS).body["items"]
    assert known == {"user": {"id": 1, "name": "Ada Admin"}, "is_you": True, "add_time": None}
    first = api.post(TOKENS).body["token"]
    assert works(api, first)
    assert not works(api, of_operator)
    [known] = api.get(TOKENS).body["items"]
    assert known["add_time"].startswith(f"{api.clock():%Y-%m-%dT%H:%M:%S}")
    second = api.post(TOKENS).body["token"]
    assert (works(api, first), works(api, second)) == (False, True)
    assert api.delete("/app/api/users/1/api-token").body == {"user_id": 1}
    assert not works(api, second)
    assert api.get(TOKENS).body["items"] == []
    assert api.delete("/app/api/users/1/api-token").status == 404


def test_admins_revoke_those_of_others_and_make_none_for_them(api: Api) -> None:
    rep = add_user(api, "Rep")
    own, of_rep = api.post(TOKENS).body["token"], rep.post(TOKENS).body["token"]
    assert [one["user"]["name"] for one in api.get(TOKENS).body["items"]] == ["Ada Admin", "Rep"]
    assert [one["user"]["name"] for one in rep.get(TOKENS).body["items"]] == ["Rep"]
    assert rep.delete("/app/api/users/1/api-token").status == 403
    assert works(api, own)
    assert api.delete("/app/api/users/2/api-token").status == 200
    assert not works(api, of_rep)
    assert api.delete("/app/api/users/999/api-token").status == 404


def test_who_may_not_use_the_api_makes_no_token(api: Api) -> None:
    rep = add_user(api, "Rep")
    set_permissions(api, use_api=False)
    answer = rep.post(TOKENS)
    assert (answer.status, answer.body["error"]["code"]) == (403, "forbidden")
    assert rep.get(TOKENS).body["items"] == []
