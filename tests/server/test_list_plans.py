"""Every list finds its page by an index: whatever it is sorted by, in both directions, narrowed and not, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec import inspect as types

from dealwright.contract.endpoint import Endpoint
from dealwright.crm.kernel.cache import CAPACITY_VARIABLE
from dealwright.server.binding import handlers
from tests import company
from tests.api import Api
from tests.call_strategies import minimal_call
from tests.conftest import DATABASES, empty_postgres_database
from tests.populated_company import PopulatedCompany, populate
from tests.query_plans import recorded_queries
from tests.server.test_sorting import NOT_SORTABLE

ENDPOINTS = sorted(
    (endpoint for endpoint, _ in handlers().values() if endpoint.method == "GET" and endpoint.paging != "none"),
    key=lambda endpoint: endpoint.qualified_name,
)

SAME = "the same in the whole list, or one of few values"
OF_ANOTHER = "a value of another record: to lead there in its order, an index would have to be kept over both"
SELDOM = "seldom sorted by: the index would cost every record, and a list without one reads each record once"
COUNT = "a count that changes with other records: the index would cost each of their writes"
ID = "the order of ids says nothing to people"
COMPUTED = "follows from the settings of stages, which would change the index of all deals at once"

MAIL = ("last_incoming_mail_time", "last_outgoing_mail_time")
ADDRESS_PARTS = (
    *("street_number", "route", "subpremise", "sublocality", "locality", "admin_area_level_1", "admin_area_level_2"),
    *("country", "postal_code", "formatted_address"),
)
DEAL_COUNTS = tuple(f"{name}_deals_count" for name in ("open", "closed", "won", "lost"))
CONTACTS: Mapping[str, str] = {
    **dict.fromkeys(("active_flag", "visible_to", "first_char"), SAME),
    **dict.fromkeys(("label", "label_ids", "next_activity_time"), SELDOM),
    **dict.fromkeys(("last_activity_id", "next_activity_id", "picture_id"), ID),
    **dict.fromkeys(("done_activities_count", "email_messages_count", "files_count", "followers_count"), COUNT),
    **dict.fromkeys(("notes_count", *DEAL_COUNTS, *(f"related_{name}" for name in DEAL_COUNTS)), COUNT),
    "owner_name": OF_ANOTHER,
}

UNSORTED_BY: Mapping[str, Mapping[str, str]] = {
    "deals": {
        **dict.fromkeys(("active", "deleted", "is_archived", "visible_to", "pipeline_id", "archive_time"), SAME),
        **dict.fromkeys(("currency", "acv_currency", "arr_currency", "mrr_currency", "weighted_value_currency"), SAME),
        **dict.fromkeys(("person_id", "org_id", "creator_user_id", "next_activity_id", "last_activity_id"), ID),
        **dict.fromkeys(("owner_name", "person_name", "org_name", "stage_order_nr"), OF_ANOTHER),
        **dict.fromkeys((f"next_activity_{name}" for name in ("subject", "type", "duration", "note")), OF_ANOTHER),
        **dict.fromkeys(("done_activities_count", "files_count", "followers_count", "notes_count"), COUNT),
        **dict.fromkeys(("participants_count", "products_count", "email_messages_count"), COUNT),
        **dict.fromkeys(("stage_change_time", "lost_time"), SELDOM),
        **dict.fromkeys(("weighted_value", "formatted_weighted_value"), COMPUTED),
        **dict.fromkeys(("acv", "arr", "mrr", "channel", "channel_id", "origin", "origin_id", "label"), SELDOM),
        **dict.fromkeys(("first_won_time", "lost_reason", "next_activity_time", *MAIL), SELDOM),
    },
    "persons": {
        **CONTACTS,
        **dict.fromkeys(("participant_open_deals_count", "participant_closed_deals_count"), COUNT),
        **dict.fromkeys(("birthday", "im", "job_title", "notes", "marketing_status", *MAIL), SELDOM),
        **dict.fromkeys(("postal_address", *(f"postal_address_{part}" for part in ADDRESS_PARTS)), SELDOM),
        "org_name": OF_ANOTHER,
        "org_id": ID,
        "delete_time": SAME,
    },
    "organizations": {
        **CONTACTS,
        **dict.fromkeys((f"address_{part}" for part in ADDRESS_PARTS), SELDOM),
        "country_code": SELDOM,
    },
    "leads": {
        **dict.fromkeys(("is_archived", "was_seen", "visible_to"), SAME),
        **dict.fromkeys(("channel", "channel_id", "origin", "origin_id", "source_name", "label_ids"), SELDOM),
        **dict.fromkeys(("id", "creator_id", "owner_id", "person_id", "organization_id", "source_deal_id"), ID),
    },
    "notes": {
        **dict.fromkeys(("user_id", "last_update_user_id", "deal_id", "lead_id", "org_id", "person_id"), ID),
        **dict.fromkeys(("project_id", "task_id"), ID),
        **dict.fromkeys(
            (f"pinned_to_{name}_flag" for name in ("deal", "lead", "organization", "person", "project", "task")), SAME
        ),
        "content": "texts of any length",
    },
}
"""What has no index to be sorted by, and why, by the kind of records."""

FILTERS: Mapping[str, Any] = {
    **dict.fromkeys(("owner_id", "user_id", "assignee_id", "creator_user_id"), 1),
    **dict.fromkeys(("person_id", "org_id", "organization_id", "deal_id", "project_id", "product_id"), 1),
    **dict.fromkeys(("pipeline_id", "stage_id", "board_id", "phase_id", "parent_task_id", "owned_by_you"), 1),
    "since": "2026-01-01 00:00:00",
    "updated_since": "2026-01-01T00:00:00Z",
    "first_char": "p",
    "status": "open",
    "done": 1,
    "ids": "1,2,3",
}
"""What lists are narrowed by."""


class Case(NamedTuple):
    """A request for a page: what the list is sorted by, and what it is narrowed by."""

    parameters: dict[str, Any]
    sorted_by: str | None = None


@pytest.fixture(scope="module", params=DATABASES)
def populated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, PopulatedCompany]]:
    """A company in which no page is found in memory."""
    folder = tmp_path_factory.mktemp("plans")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CAPACITY_VARIABLE, "0")
        if request.param == "sqlite":
            template: Path = request.getfixturevalue("template_folder")
            api = company.open_api(company.copy_folder(template, folder / "platform"))
            yield api, populate(api)
            company.close(api)
            return
        template_url: str = request.getfixturevalue("template_database")
        with empty_postgres_database(template_url.rpartition("/")[2]) as url:
            api = company.open_api(url, files=str(folder / "files"))
            yield api, populate(api)
            company.close(api)


def noun(endpoint: Endpoint[..., Any]) -> str:
    """What a list is of, by its path."""
    words = [word for word in endpoint.path.split("/") if word and word[0] != "{"]
    return words[-2] if words[-1] in ("archived", "collection") else words[-1]


def orders(endpoint: Endpoint[..., Any], first: Mapping[str, Any]) -> Iterator[Case]:
    """Yields a case for all that a list can be sorted by, in both directions."""
    parameters = {parameter.name: parameter for parameter in endpoint.parameters}
    yield Case({})
    if "sort_by" in parameters:
        declared = types.type_info(parameters["sort_by"].type)
        while isinstance(declared, types.Metadata | types.UnionType):
            declared = declared.type if isinstance(declared, types.Metadata) else declared.types[0]
        assert isinstance(declared, types.LiteralType)
        for key in declared.values:
            for direction in ("asc", "desc"):
                yield Case({"sort_by": key, "sort_direction": direction}, str(key))
    elif "sort" in parameters:
        # Custom fields have no indexes of their own.
        for key in (key for key in first if len(key) < 40 and key not in NOT_SORTABLE):
            for direction in ("ASC", "DESC"):
                yield Case({"sort": f"{key} {direction}"}, key)


def cases(endpoint: Endpoint[..., Any], first: Mapping[str, Any]) -> Iterator[Case]:
    """Yields all orders of the whole list, and each of them for the list that one parameter narrows."""
    narrowing = {p.name: FILTERS[p.name] for p in endpoint.parameters if p.name in FILTERS and p.location == "query"}
    for case in orders(endpoint, first):
        yield case
        if case.sorted_by not in UNSORTED_BY.get(noun(endpoint), ()):
            for name, value in narrowing.items():
                yield Case({**case.parameters, name: value}, case.sorted_by)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_lists_find_their_page_by_an_index(
    populated: tuple[Api, PopulatedCompany], endpoint: Endpoint[..., Any]
) -> None:
    api, found = populated
    samples = found.samples(endpoint.path)

    def send(parameters: dict[str, Any]) -> Any:
        call = minimal_call(endpoint, samples, parameters, {})
        return api.send(endpoint.method, call.path, call.body, call.content_type, raw_query=call.query)

    answer = send({})
    if answer.status >= 400:
        return
    items = answer.body.get("data") if isinstance(answer.body, dict) else None
    first = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    wrong, unsorted = [], UNSORTED_BY.get(noun(endpoint), {})
    # Only SQLite shows whether it sorts a part of the list or all of it.
    is_whole = "{" not in endpoint.path and api.principal.company.database.dialect == "sqlite"
    for case in cases(endpoint, first):
        with recorded_queries() as queries:
            answer = send({**case.parameters, "limit": 1})
        if answer.status >= 400:
            continue
        problems = [problem for query in queries for problem in query.problems]
        if endpoint.paging == "cursor" and (cursor := (answer.body.get("additional_data") or {}).get("next_cursor")):
            with recorded_queries() as queries:
                send({**case.parameters, "limit": 1, "cursor": cursor})
            problems += [f"after a cursor: {problem}" for query in queries for problem in query.problems]
        if case.sorted_by is None or case.sorted_by not in unsorted:
            wrong += [f"{case.parameters}: {problem}" for problem in problems]
        elif not problems and is_whole and unsorted[case.sorted_by] != SAME:
            wrong.append(f"{case.parameters}: no exception is needed")
    assert wrong == []
