"""Random calls, of the types that the contract declares and slightly wrong: no internal error, no undeclared answer.

Every call is undone after its answer, so that each finds the same company.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealwright.contract.endpoint import Endpoint
from dealwright.server.binding import handlers
from tests import company
from tests.api import Api
from tests.call_strategies import TEXT, Call, calls, edge_case_calls
from tests.conftest import DATABASES, empty_postgres_database
from tests.populated_company import PopulatedCompany, populate, roll_back_writes

SETTINGS = settings(
    derandomize=True, database=None, deadline=None, max_examples=8, suppress_health_check=list(HealthCheck)
)
ENDPOINTS = sorted((endpoint for endpoint, _ in handlers().values()), key=lambda endpoint: endpoint.qualified_name)


@pytest.fixture(scope="module")
def populated_company(
    request: pytest.FixtureRequest, template_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, PopulatedCompany]]:
    """Yields a company whose transactions are rolled back."""
    folder = tmp_path_factory.mktemp("populated")
    if request.param == "sqlite":
        yield from open_dry_run(company.open_api(company.copy_folder(template_folder, folder / "platform")))
        return
    template = request.getfixturevalue("template_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        yield from open_dry_run(company.open_api(url, files=str(folder)))


def open_dry_run(api: Api) -> Iterator[tuple[Api, PopulatedCompany]]:
    populated = populate(api)
    with pytest.MonkeyPatch.context() as patch:
        roll_back_writes(api, patch)
        yield api, populated
    company.close(api)


def send(api: Api, endpoint: Endpoint[..., Any], call: Call) -> int:
    """Sends a call; returns the status of the answer, which the client of the tests has checked."""
    status = api.send(endpoint.method, call.path, call.body, call.content_type, raw_query=call.query).status
    assert status != 503, f"{endpoint}: the store of files failed"
    return status


@pytest.mark.parametrize("populated_company", ["sqlite"], indirect=True)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_no_random_call_is_an_internal_error(
    populated_company: tuple[Api, PopulatedCompany], endpoint: Endpoint[..., Any]
) -> None:
    api, populated = populated_company

    @SETTINGS
    @given(calls(endpoint, populated.samples(endpoint.path)))
    def send_call(call: Call) -> None:
        send(api, endpoint, call)

    send_call()


@pytest.mark.parametrize("populated_company", DATABASES, indirect=True)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_no_edge_case_is_an_internal_error(
    populated_company: tuple[Api, PopulatedCompany], endpoint: Endpoint[..., Any]
) -> None:
    api, populated = populated_company
    for call in edge_case_calls(endpoint, populated.samples(endpoint.path)):
        send(api, endpoint, call)


NON_BLANK_TEXT = TEXT.map(str.strip).filter(bool)
LINKS = {"person_id": st.none() | st.integers(1, 3), "org_id": st.none() | st.integers(1, 3)}
FIELD_STRATEGIES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "deals": {
        "title": NON_BLANK_TEXT,
        "value": st.integers(-(2**53) + 1, 2**53 - 1)
        | st.floats(-1e15, 1e15).filter(lambda value: value != int(value)),
        "currency": st.sampled_from(["EUR", "USD", "JPY"]),
        "stage_id": st.integers(1, 5),
        "probability": st.none() | st.integers(0, 100),
        "expected_close_date": st.none() | st.dates().map(str),
        "visible_to": st.sampled_from([1, 3, 5, 7]),
        "status": st.sampled_from(["open", "won", "lost"]),
        "is_archived": st.booleans(),
        **LINKS,
    },
    "persons": {
        "name": NON_BLANK_TEXT,
        "job_title": st.none() | NON_BLANK_TEXT,
        "notes": st.none() | NON_BLANK_TEXT,
        "org_id": LINKS["org_id"],
    },
    "organizations": {
        "name": NON_BLANK_TEXT,
        "visible_to": st.sampled_from([1, 3, 5, 7]),
        "owner_id": st.integers(1, 4),
    },
}
DERIVED_FIELDS = {
    "update_time": set(FIELD_STRATEGIES["deals"])
    | set(FIELD_STRATEGIES["persons"])
    | set(FIELD_STRATEGIES["organizations"]),
    "stage_change_time": {"stage_id"},
    "archive_time": {"is_archived"},
    "first_name": {"name"},
    "last_name": {"name"},
    **{f"{end}_time": {"status"} for end in ("won", "lost", "close")},
    **{f"local_{end}_date": {"status"} for end in ("won", "lost", "close")},
}
"""Fields that change by themselves, and the fields that cause it."""


@pytest.mark.parametrize("noun", FIELD_STRATEGIES)
def test_what_is_written_is_read_and_only_what_is_given_changes(api: Api, noun: str) -> None:
    fields = FIELD_STRATEGIES[noun]
    name = "title" if noun == "deals" else "name"
    populate(api)

    @settings(SETTINGS, max_examples=25)
    @given(
        st.fixed_dictionaries(
            {name: NON_BLANK_TEXT}, optional={key: value for key, value in fields.items() if key != name}
        ),
        st.fixed_dictionaries({}, optional=fields),
    )
    def write(new: dict[str, Any], changes: dict[str, Any]) -> None:
        made = api.post(f"/api/v2/{noun}", new).data
        path = f"/api/v2/{noun}/{made['id']}"
        assert {key: made[key] for key in new} == new
        assert api.get(path).data == made
        api.clock.advance(minutes=1)
        changed = api.patch(path, changes).data
        assert {key: changed[key] for key in changes} == changes
        assert api.get(path).data == changed
        differing = {key for key in made if made[key] != changed[key]}
        assert {key for key in differing - set(changes) if not DERIVED_FIELDS.get(key, set()) & set(changes)} == set()

    write()
