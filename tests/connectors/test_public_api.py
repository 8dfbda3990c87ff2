"""The public API: `run_connection_action`, `Client`, and the names that the packages export."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import dealwright
from dealwright import Client, UnknownConnection, connectors, run_connection_action
from dealwright.connectors import errors
from dealwright.connectors.connections import add, list_connections, server
from tests.connectors.service import TOKEN, StubService

PARAMS = {"id": 7, "include_fields": "files_count"}

run: Callable[..., Any] = run_connection_action


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        (("crm", "get_deals_by_id", PARAMS), {}),
        ((), {"connection_name": "crm", "action_name": "get_deals_by_id", "params": PARAMS}),
        ((), {"connection_name": "crm", "action": "get_deals_by_id", "payload": PARAMS}),
        (("crm",), {"action_name": "v2.get_deals_by_id", "payload": PARAMS}),
    ],
)
def test_every_spelling_of_the_call(service: StubService, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    add(server("crm", service.url, TOKEN))
    assert run(*arguments, **keywords) == {"success": True, "data": {"id": 1}}
    [request] = service.requests
    assert (request.path, request.query) == ("/api/v2/deals/7", {"include_fields": ["files_count"]})


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"action_name": "get_deals", "action": "get_deals"},
        {"action": "get_deals", "params": {}, "payload": {}},
    ],
)
def test_no_mixture_of_spellings(keywords: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="older name"):
        run("local", **keywords)


def test_a_connection_that_is_changed_is_used_as_it_is_now(service: StubService) -> None:
    for token in ("first", "second"):
        add(server("crm", service.url, token), replace=True)
        run("crm", "v2.get_deals")
    assert [request.headers["x-api-token"] for request in service.requests] == ["first", "second"]


def test_an_unknown_connection() -> None:
    with pytest.raises(UnknownConnection):
        run("nowhere", "get_deals")
    with pytest.raises(UnknownConnection):
        Client("nowhere")


@pytest.mark.parametrize("package", [dealwright, connectors])
def test_all_exported_names_exist(package: ModuleType) -> None:
    assert package.__all__ == sorted(package.__all__)
    assert dir(package) == package.__all__
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError):
        package.no_such_name  # noqa: B018


def test_every_error_is_exported() -> None:
    names = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.DealwrightError)
    }
    assert names <= set(dealwright.__all__)
    assert set(connectors.__all__) | {"__version__"} == set(dealwright.__all__)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, dealwright, dealwright.connectors\n"
        "print([name for name in sys.modules if name.partition('.')[0] in"
        " ('httpx2', 'msgspec', 'cryptography', 'keyring', 'asyncio', 'typer', 'rich')])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_running_one_action_loads_one_contract_module(service: StubService) -> None:
    code = (
        "import sys, dealwright\n"
        "dealwright.run_connection_action('crm', 'v1.get_currencies')\n"
        "print([name for name in sys.modules if name.startswith('dealwright.contract.v2')])\n"
        "print('dealwright.contract.v1.deals.deals' in sys.modules, 'keyring' in sys.modules, 'dealwright.server' in sys.modules)"
    )
    environment = {**os.environ, "DEALWRIGHT_CONNECTION_CRM": f"{service.url.replace('//', f'//{TOKEN}@')}"}
    output = subprocess.check_output([sys.executable, "-c", code], text=True, env=environment)
    assert output.splitlines() == ["[]", "False False False"]


def test_no_configuration_is_needed() -> None:
    assert [one.name for one in list_connections()] == ["local"]
