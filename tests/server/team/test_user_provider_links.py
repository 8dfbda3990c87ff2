"""Links between users and the apps for video calls that they have installed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from dealwright.crm.integration.oauth import apps
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import user_provider_links
from dealwright.crm.uninstall import uninstall_app
from tests.api import Api, Response
from tests.company import add_user
from tests.oauth import CALLBACK, issue_access_token

ID = "1e3943c9-6395-462b-b432-1f252c017f3d"
PATH = "/v1/meetings/userProviderLinks"


def register(api: Api, name: str) -> App:
    new = apps.NewApp(name, [CALLBACK], ["video-calls"])
    return apps.register(api.companies.platform, new, api.clock())[0]


def body(api: Api, **values: object) -> dict[str, Any]:
    company_id = api.principal.company.id
    named = {"user_id": api.principal.user_id, "company_id": company_id, "marketplace_client_id": "calls"}
    return {"user_provider_id": ID, **named, **values}


def links(api: Api) -> list[tuple[str, str]]:
    user = api.principal
    with api.companies.unit_of_work(user.company, user.user_id, write=False) as crm:
        return user_provider_links.list_of_actor(crm)


def call(api: Api, app: App, method: str, path: str, sent: object = None) -> Response:
    headers = {"authorization": f"Bearer {issue_access_token(api, app)}"}
    return api.send(method, path, b"" if sent is None else orjson.dumps(sent), headers=headers)


def test_a_user_is_linked_and_unlinked(api: Api) -> None:
    for _ in range(2):
        assert api.post(PATH, body(api)).data == {"message": "The user was added successfully"}
    assert links(api) == [(ID, "calls")]
    answer = api.delete(f"{PATH}/{ID.upper()}")
    assert answer.data == {"message": "The user data was successfully removed"}
    assert links(api) == []
    assert api.delete(f"{PATH}/{ID}").status == 404


@pytest.mark.parametrize("wrong", [{"company_id": 99}, {"user_id": 99}])
def test_a_link_names_a_user_of_the_company(api: Api, wrong: dict[str, int]) -> None:
    answer = api.post(PATH, body(api, **wrong))
    assert (answer.status, answer.body) == (403, {"success": False, "message": "Missing user id or company id"})
    assert links(api) == []


def test_only_admins_link_others(api: Api) -> None:
    rep = add_user(api, "Rep")
    assert rep.post(PATH, body(api)).status == 403
    assert api.post(PATH, body(rep)).status == 200
    assert links(rep) == [(ID, "calls")]
    assert add_user(api, "Other").delete(f"{PATH}/{ID}").status == 403
    assert rep.delete(f"{PATH}/{ID}").status == 200


def test_an_id_stands_for_one_link(api: Api) -> None:
    api.post(PATH, body(api))
    rep = add_user(api, "Rep")
    for sent in (body(rep), body(api, marketplace_client_id="others")):
        assert api.post(PATH, sent).status == 409
    assert (links(api), links(rep)) == ([(ID, "calls")], [])


def test_an_app_makes_and_removes_its_own_links_only(api: Api) -> None:
    mine, other = register(api, "Calls"), register(api, "Others")
    assert call(api, mine, "POST", PATH, body(api, marketplace_client_id=other.client_id)).status == 403
    assert call(api, mine, "POST", PATH, body(api, marketplace_client_id=mine.client_id)).status == 200
    assert call(api, other, "DELETE", f"{PATH}/{ID}").status == 404
    assert links(api) == [(ID, mine.client_id)]
    assert call(api, mine, "DELETE", f"{PATH}/{ID}").status == 200
    assert links(api) == []


def test_uninstalling_an_app_removes_its_links(api: Api) -> None:
    app, rep = register(api, "Calls"), add_user(api, "Rep")
    call(api, app, "POST", PATH, body(api, marketplace_client_id=app.client_id))
    others = {"user_provider_id": ID.replace("1", "2"), "marketplace_client_id": app.client_id}
    call(api, app, "POST", PATH, body(rep, **others))
    uninstall_app(api.companies, app, UserRef(api.principal.company.id, 1))
    assert (links(api), len(links(rep))) == ([], 1)
