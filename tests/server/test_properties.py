"""Whatever is asked, in the types that the contract declares and in slightly wrong ones: no failure inside, no undeclared answer.

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
from tests.conftest import DATABASES, empty_postgres_database
from tests.furniture import Furniture, furnish, undoing
from tests.generated import TEXT, Call, calls, oddities

SETTINGS = settings(
    derandomize=True, database=None, deadline=None, max_examples=8, suppress_health_check=list(HealthCheck)
)
ENDPOINTS = sorted((endpoint for endpoint, _ in handlers().values()), key=lambda endpoint: endpoint.qualified_name)


@pytest.fixture(scope="module")
def furnished(
    request: pytest.FixtureRequest, founded_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, Furniture]]:
    """A company in which nothing stays written."""
    folder = tmp_path_factory.mktemp("furnished")
    if request.param == "sqlite":
        yield from rehearsing(company.open_api(company.copy_folder(founded_folder, folder / "platform")))
        return
    template = request.getfixturevalue("founded_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        yield from rehearsing(company.open_api(url, files=str(folder)))


def rehearsing(api: Api) -> Iterator[tuple[Api, Furniture]]:
    furniture = furnish(api)
    database = api.bearer.company.database
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "write", undoing(database.write))
        yield api, furniture
    company.close(api)


def send(api: Api, endpoint: Endpoint[..., Any], call: Call) -> int:
    """The status of the answer, which the client of the tests has checked."""
    status = api.send(endpoint.method, call.path, call.body, call.content_type, raw_query=call.query).status
    assert status != 503, f"{endpoint}: the store of files failed"
    return status


@pytest.mark.parametrize("furnished", ["sqlite"], indirect=True)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_no_random_call_fails_inside(furnished: tuple[Api, Furniture], endpoint: Endpoint[..., Any]) -> None:
    api, furniture = furnished

    @SETTINGS
    @given(calls(endpoint, furniture.samples(endpoint.path)))
    def ask(call: Call) -> None:
        send(api, endpoint, call)

    ask()


@pytest.mark.parametrize("furnished", DATABASES, indirect=True)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_no_odd_value_fails_inside(furnished: tuple[Api, Furniture], endpoint: Endpoint[..., Any]) -> None:
    api, furniture = furnished
    for call in oddities(endpoint, furniture.samples(endpoint.path)):
        send(api, endpoint, call)


LINE = TEXT.map(str.strip).filter(bool)
LINKS = {"person_id": st.none() | st.integers(1, 3), "org_id": st.none() | st.integers(1, 3)}
NOUNS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "deals": {
        "title": LINE,
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
    "persons": {"name": LINE, "job_title": st.none() | LINE, "notes": st.none() | LINE, "org_id": LINKS["org_id"]},
    "organizations": {"name": LINE, "visible_to": st.sampled_from([1, 3, 5, 7]), "owner_id": st.integers(1, 4)},
}
FOLLOWING = {
    "update_time": set(NOUNS["deals"]) | set(NOUNS["persons"]) | set(NOUNS["organizations"]),
    "stage_change_time": {"stage_id"},
    "archive_time": {"is_archived"},
    "first_name": {"name"},
    "last_name": {"name"},
    **{f"{end}_time": {"status"} for end in ("won", "lost", "close")},
    **{f"local_{end}_date": {"status"} for end in ("won", "lost", "close")},
}
"""What changes by itself, and because of what."""


@pytest.mark.parametrize("noun", NOUNS)
def test_what_is_written_is_read_and_only_what_is_given_changes(api: Api, noun: str) -> None:
    fields = NOUNS[noun]
    name = "title" if noun == "deals" else "name"
    furnish(api)

    @settings(SETTINGS, max_examples=25)
    @given(
        st.fixed_dictionaries({name: LINE}, optional={key: value for key, value in fields.items() if key != name}),
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
        assert {key for key in differing - set(changes) if not FOLLOWING.get(key, set()) & set(changes)} == set()

    write()
