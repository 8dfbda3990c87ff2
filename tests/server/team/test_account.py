"""The settings and connections of the caller, and the add-ons of the company."""

from __future__ import annotations

import pytest

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.team import account
from tests.api import Api
from tests.company import add_user, open_write


def test_settings_are_each_users_own(api: Api) -> None:
    rita = add_user(api, "Rita")
    initial = api.get("/v1/userSettings").data
    assert initial == account.DEFAULT_SETTINGS
    with open_write(rita) as crm:
        account.change_setting(crm, "list_limit", 25)
        account.change_setting(crm, "list_limit", 50)
        account.change_setting(crm, "callto_link_syntax", "tel:[number]")
    assert rita.get("/v1/userSettings").data == initial | {"list_limit": 50, "callto_link_syntax": "tel:[number]"}
    assert api.get("/v1/userSettings").data == initial


@pytest.mark.parametrize(
    ("name", "value"), [("color", "red"), ("list_limit", "many"), ("list_limit", True), ("callto_link_syntax", "")]
)
def test_settings_have_names_and_types(api: Api, name: str, value: Json) -> None:
    with open_write(api) as crm, pytest.raises(Invalid):
        account.change_setting(crm, name, value)
    assert api.get("/v1/userSettings").data == account.DEFAULT_SETTINGS


def test_accounts_elsewhere(api: Api) -> None:
    rita = add_user(api, "Rita")
    assert rita.get("/v1/userConnections").data == {"google": None}
    with open_write(rita) as crm:
        account.connect(crm, "google", "first")
        account.connect(crm, "google", "awesome-id-1")
    assert rita.get("/v1/userConnections").data == {"google": "awesome-id-1"}
    assert api.get("/v1/userConnections").data == {"google": None}
    with open_write(rita) as crm:
        account.connect(crm, "google", None)
    assert rita.get("/v1/userConnections").data == {"google": None}


def test_addons(api: Api) -> None:
    assert api.get("/v1/billing/subscriptions/addons").data == []
    with open_write(api) as crm:
        for code in ("prospector", "leadbooster_v2", "prospector"):
            account.book_addon(crm, code)
    booked = [{"code": "leadbooster_v2"}, {"code": "prospector"}]
    assert add_user(api, "Rita").get("/v1/billing/subscriptions/addons").data == booked
    with open_write(api) as crm:
        account.cancel_addon(crm, "prospector")
    assert api.get("/v1/billing/subscriptions/addons").data == booked[:1]
