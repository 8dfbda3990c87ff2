"""Pipedrive's official Node client, unchanged and in two versions, against the server."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from scripts.clients import Installed
from tests.clients.app_access import consent, issue_access_token
from tests.clients.mail import receive_mail
from tests.clients.recording import Call, check_record, served
from tests.clients.running import SCENARIOS, Server, find_client, run

CLASSES = {"pipedrive-30": 41 + 16, "pipedrive-33": 41 + 24}
VERSIONS = tuple(CLASSES)
SUBJECTS = (
    *("catalog", "contacts", "correspondence", "deal", "deals", "fields", "integration", "messaging", "records"),
    *("team", "work"),
)


class Scenarios:
    """The scenarios of one version of the client against one server, each run once."""

    def __init__(self, version: str, client: Installed, server: Server) -> None:
        self.version, self.server, self._client = version, server, client
        self._results: dict[str, Any] = {}
        self.calls: list[Call] = []

    def run(self, subject: str, **variables: str) -> Any:
        """Runs a scenario unless it has run; returns what it prints at the end."""
        if subject not in self._results:
            sandbox = self.server.sandbox
            if subject == "correspondence":
                receive_mail(self.server)
            if subject == "messaging":
                variables = {"access_token": issue_access_token(sandbox), "client_id": sandbox.oauth["client_id"]}
            done = run(self._client, [SCENARIOS / "node-sdk" / f"{subject}.cjs"], self.server, variables=variables)
            self._results[subject] = done.summary
            self.calls += done.calls
        return self._results[subject]


@pytest.fixture(scope="module", params=VERSIONS)
def scenarios(request: pytest.FixtureRequest, server: Server) -> Scenarios:
    return Scenarios(request.param, find_client(request.param), server)


def test_a_deal_from_first_contact_to_won(scenarios: Scenarios) -> None:
    summary = scenarios.run("deal")["summary"]
    assert summary["deal"]["status"] == "won"
    assert (summary["deal"]["value"], summary["deal"]["currency"]) == (1250.5, "EUR")
    assert summary["company_domain"] == scenarios.server.sandbox.company_domain
    assert summary["offset_pages"] == [100, 100, 50]
    assert summary["cursor_pages"] == [100, 100, 50]


def test_features_around_records(scenarios: Scenarios) -> None:
    summary = scenarios.run("records")["summary"]
    assert summary == {"field_types": 16, "file_size": 300_000, "picture_sizes": [[128, 128], [512, 512]]}


def test_an_app_is_authorised_refreshes_and_is_uninstalled(scenarios: Scenarios) -> None:
    sandbox = scenarios.server.sandbox
    given = consent(sandbox)
    summary = scenarios.run("oauth", code=given.code, **sandbox.oauth)
    address = summary.pop("authorization_url").removeprefix(sandbox.url)
    assert given.browser.send("GET", address).form("/oauth/consent").fields == given.fields
    assert summary == {
        "company_domain": sandbox.company_domain,
        "same_user": True,
        "title": "By an app",
        "refusals": {
            "withoutAccess": "Invalid token: access_token is invalid",
            "refreshed": None,
            "uninstalled": "Invalid token: access_token is invalid",
            "refused": "Invalid grant: refresh_token is invalid",
        },
    }


def test_every_method_of_every_class_is_called(scenarios: Scenarios) -> None:
    calls: Counter[str] = Counter()
    for subject in SUBJECTS:
        calls.update(scenarios.run(subject)["calls"])
    assert len({call.rpartition(".")[0] for call in calls}) == CLASSES[scenarios.version]
    assert [call for call, number in calls.items() if not number] == []


def test_what_is_called_is_on_record(scenarios: Scenarios) -> None:
    for subject in SUBJECTS:
        scenarios.run(subject)
    check_record(scenarios.version, served(scenarios.calls))
