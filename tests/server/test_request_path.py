"""The path of one request, from the socket to the row: no module calls back into one above it.

Which module stands above which is what import-linter checks (``pyproject.toml``); here the calls of a running request are
compared with the same layers.
"""

from __future__ import annotations

import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest

from dealwright.server.application import Application
from tests.api import Api

Call = tuple[str, str]

# In the server, the application calls the handlers of both versions, and these what they share.
SERVER_LAYERS = ("application", "v1", "v2")


def layers(container: str) -> list[list[str]]:
    """Returns the layers of a package as import-linter has them, the highest first."""
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(one for one in settings["contracts"] if one.get("containers") == [container])
    return [[name.strip(" ()") for name in line.replace(":", "|").split("|")] for line in contract["layers"]]


def rank(module: str, order: list[list[str]]) -> int | None:
    """Returns the number of a module's layer, counted from the top; None for a module in no layer."""
    return next((number for number, names in enumerate(order) if module in names), None)


PACKAGES = layers("dealwright")
CRM = layers("dealwright.crm")


def is_upward(caller: str, callee: str) -> bool:
    """Whether a call leads into a module above the one that makes it."""
    (_, one, *caller_parts), (_, other, *callee_parts) = caller.split("."), callee.split(".")
    if one != other:
        ranks = rank(one, PACKAGES), rank(other, PACKAGES)
        return ranks[0] is not None and ranks[1] is not None and ranks[1] < ranks[0]
    if one == "crm" and caller_parts and callee_parts:
        if callee_parts[-1] == "model":
            return False
        ranks = rank(caller_parts[0], CRM), rank(callee_parts[0], CRM)
        return ranks[0] is not None and ranks[1] is not None and ranks[1] < ranks[0]
    if one == "server" and caller_parts and callee_parts:
        numbers = [
            SERVER_LAYERS.index(part) if part in SERVER_LAYERS else 3 for part in (caller_parts[0], callee_parts[0])
        ]
        return numbers[1] < numbers[0]
    return False


def record_calls(work: Callable[[], object]) -> list[Call]:
    """Returns the calls between modules of the package while some work is done, as pairs of modules, in their order.

    What the interpreter or a library calls counts as called by the module that called these.
    """
    calls: list[Call] = []
    known: dict[CodeType, str | None] = {}

    def module_of(frame: FrameType) -> str | None:
        code = frame.f_code
        if code not in known:
            name = frame.f_globals.get("__name__", "")
            known[code] = name if name.startswith("dealwright.") else None
        return known[code]

    def callers(frame: FrameType) -> Iterator[str]:
        caller = frame.f_back
        while caller is not None:
            if (name := module_of(caller)) is not None:
                yield name
            caller = caller.f_back

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        # Generator expressions run where they are read; what they call counts as called by their module.
        if event != "call" or frame.f_code.co_name == "<genexpr>":
            return
        callee = module_of(frame)
        caller = next(callers(frame), None) if callee else None
        if callee and caller and callee != caller:
            calls.append((caller, callee))

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return calls


def test_what_counts_as_upward() -> None:
    assert is_upward("dealwright.storage.engines", "dealwright.crm.deals.deals")
    assert is_upward("dealwright.crm.kernel.records", "dealwright.crm.integration.webhook_events")
    assert is_upward("dealwright.crm.contacts.persons", "dealwright.crm.deals.deals")
    assert is_upward("dealwright.server.fragment_cache", "dealwright.server.v2.deals.deals")
    assert not is_upward("dealwright.server.v2.deals.deals", "dealwright.crm.deals.deals")
    assert not is_upward("dealwright.crm.kernel.access", "dealwright.crm.deals.model")


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_no_module_of_a_request_calls_back_into_one_above_it(api: Api) -> None:
    user_id = api.principal.user_id
    person = api.post("/api/v2/persons", {"name": "Ada Admin"}).data
    hook = {
        "subscription_url": "https://hooks.example.com/deals",
        "event_action": "*",
        "event_object": "*",
        "user_id": user_id,
    }
    assert api.post("/v1/webhooks", hook).status == 201
    body = {"title": "Two ovens", "value": 4800, "person_id": person["id"], "owner_id": user_id}
    api.post("/api/v2/deals", body)
    answers = []

    # Threads are recorded from their start on, so this application has none yet.
    fresh = Api(Application(api.companies), api.clock, api.principal)
    calls = record_calls(lambda: answers.append(fresh.post("/api/v2/deals", body)))
    fresh.app.close()

    assert answers[0].status == 200
    # The whole path was recorded: the handler, the rule, the change log, the index of searches, webhooks, the database.
    for module in (
        "server.v2.deals.deals",
        "crm.deals.deals",
        "crm.kernel.changes",
        "crm.search.index_writer",
        "crm.integration.webhook_events",
        "storage.engines",
    ):
        assert f"dealwright.{module}" in {callee for _, callee in calls}
    assert sorted({call for call in calls if is_upward(*call)}) == []
