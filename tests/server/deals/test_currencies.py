"""The list of currencies."""

from __future__ import annotations

from tests.api import Api


def test_currencies_are_found_by_code_and_by_name(api: Api) -> None:
    everything = api.get("/v1/currencies").data
    assert {"EUR", "USD", "JPY"} <= {currency["code"] for currency in everything}
    (euro,) = api.get("/v1/currencies", term="eur").data
    assert (euro["name"], euro["symbol"], euro["decimal_points"]) == ("Euro", "€", 2)
    assert (euro["active_flag"], euro["is_custom_flag"]) == (True, False)
    yen = api.get("/v1/currencies", term="Yen").data
    assert [(currency["code"], currency["decimal_points"]) for currency in yen] == [("JPY", 0)]
    assert api.get("/v1/currencies", term="doubloon").data is None
