"""Invalid input to every operation: the answer's status and envelope, and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

import pytest
from msgspec import inspect as types

from dealwright.contract.app.envelopes import ErrorCode
from dealwright.contract.endpoint import Endpoint
from dealwright.server.binding import handlers
from dealwright.server.request_bodies import MAX_BODY_BYTES
from dealwright.storage.engines import Transaction
from tests import company
from tests.api import Api, Response
from tests.call_strategies import Call, is_nullable, minimal_call, properties
from tests.populated_company import FIELD_TYPES, PopulatedCompany, populate, roll_back_writes

ENDPOINTS = sorted((endpoint for endpoint, _ in handlers().values()), key=lambda endpoint: endpoint.qualified_name)
WITH_IDS = [endpoint for endpoint in ENDPOINTS if any(p.location == "path" for p in endpoint.parameters)]
WITH_BODIES = [endpoint for endpoint in ENDPOINTS if endpoint.body is not None]
WITH_JSON = [endpoint for endpoint in WITH_BODIES if endpoint.body_kind == "json"]
V1_UPDATES = [endpoint for endpoint in WITH_BODIES if endpoint.version == "v1" and endpoint.method in ("PUT", "PATCH")]
# What is refused is told in an answer with the status 200.
TELLS_WITH_200 = frozenset({"abstra.post_connectors_connection_by_name_execute"})
UNAUTHENTICATED = {"app": "Nobody is signed in", "abstra": "The key is no API token of a user"}
NOUNS = {"deals": "title", "persons": "name", "organizations": "name", "products": "name", "activities": "subject"}
# No type of field accepts these.
INVALID_VALUES: tuple[Any, ...] = ({"nothing": 1}, [[1]], [{}], True)
PYTHON_WORDS = re.compile(r"`|\b(str|int|float|bool|object|array)\b")
UNKNOWN_ID, UNKNOWN_UUID, UNKNOWN_KEY = 999_999, "00000000-0000-4000-8000-000000000000", "f" * 40


def qualified_name(endpoint: Endpoint[..., Any]) -> str:
    return endpoint.qualified_name


def non_nullable_properties(endpoint: Endpoint[..., Any]) -> list[str]:
    """Returns the properties of an operation's body that may be absent, but not null."""
    return [name for name, field in properties(endpoint).items() if not is_nullable(field.type)]


def required_query_parameters(endpoint: Endpoint[..., Any]) -> list[str]:
    """Returns the query parameters that an operation requires."""
    return [p.name for p in endpoint.parameters if p.required and p.location == "query"]


def optional_query_parameters(endpoint: Endpoint[..., Any]) -> list[str]:
    """The query arguments that an operation can do without."""
    return [p.name for p in endpoint.parameters if not p.required and p.location == "query"]


def is_flag(declared: types.Type) -> bool:
    """Whether true is a value of a type."""
    match declared:
        case types.Metadata():
            return is_flag(declared.type)
        case types.UnionType():
            return any(is_flag(member) for member in declared.types)
    return isinstance(declared, types.BoolType | types.AnyType)


def deletable_noun(endpoint: Endpoint[..., Any]) -> str:
    """Returns the noun whose id is in the path of an operation, if it can be deleted; otherwise an empty text."""
    nouns = [noun for noun in NOUNS if f"/{noun}/{{id}}" in endpoint.path]
    return nouns[0] if nouns else ""


def error_text(answer: Response) -> str:
    """Returns the error message of an answer; webhooks have members of their own for it."""
    if isinstance(answer.body.get("error"), dict):
        return answer.error
    return str(next(answer.body[name] for name in ("error", "errors", "message") if name in answer.body))


def fields_of(answer: Response) -> dict[str, str] | None:
    """Returns the fields that are wrong as the web app is told; None for other answers."""
    error = answer.body.get("error")
    return error["fields"] if isinstance(error, dict) else None


class DryRun(NamedTuple):
    """A company whose transactions are rolled back; ``committed`` has those that would have been committed.

    ``deleted`` has the id of a deleted record for each noun.
    """

    api: Api
    populated: PopulatedCompany
    deleted: dict[str, int]
    committed: list[Transaction]

    def call(
        self, endpoint: Endpoint[..., Any], body: Mapping[str, object] | None = None, **parameters: object
    ) -> Call:
        """Returns a call with what the operation requires, but with these properties of the body and parameters."""
        return minimal_call(endpoint, self.populated.samples(endpoint.path), parameters, body or {})

    def send(self, endpoint: Endpoint[..., Any], call: Call, headers: dict[str, str] | None = None) -> Response:
        """Sends a call; returns the answer, which the client of the tests has compared with the contract."""
        self.committed.clear()
        return self.api.send(
            endpoint.method, call.path, call.body, call.content_type, raw_query=call.query, headers=headers
        )

    def assert_refused(self, answer: Response, *statuses: int) -> None:
        """Checks that an answer is an error in the version's envelope, and that nothing was written."""
        assert answer.status in statuses, answer.body
        if isinstance(answer.body.get("error"), dict):
            assert answer.body["error"]["code"] in get_args(ErrorCode)
        elif "status" in answer.body:
            assert answer.body["status"] == "error"
        else:
            assert answer.body["success"] is False
        assert error_text(answer)
        assert self.committed == []


@pytest.fixture(scope="module")
def dry_run(template_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DryRun]:
    api = company.open_api(company.copy_folder(template_folder, tmp_path_factory.mktemp("dry-run") / "platform"))
    populated = populate(api)
    deleted = {noun: api.post(f"/api/v2/{noun}", {name: "Deleted"}).data["id"] for noun, name in NOUNS.items()}
    for noun, id in deleted.items():
        assert api.delete(f"/api/v2/{noun}/{id}").status == 200
    committed: list[Transaction] = []
    with pytest.MonkeyPatch.context() as patch:
        roll_back_writes(api, patch)
        database = api.principal.company.database
        write_and_roll_back = database.write

        @contextmanager
        def recording_write(*, exclusive: bool = False) -> Iterator[Transaction]:
            with write_and_roll_back(exclusive=exclusive) as transaction:
                yield transaction
                committed.append(transaction)

        patch.setattr(database, "write", recording_write)
        yield DryRun(api, populated, deleted, committed)
    company.close(api)


@pytest.mark.parametrize(
    "endpoint", [one for one in WITH_IDS if one.qualified_name not in TELLS_WITH_200], ids=qualified_name
)
def test_ids_that_do_not_exist(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    gone = 410 if endpoint.path == "/v1/productFields/{id}" else 404
    # A change of a field needs a property, so that the unknown id is the only error.
    change = {"field_name": "x"} if "field_name" in properties(endpoint) else {}
    # One of a few words is no id.
    for name in (p.name for p in endpoint.parameters if p.location == "path" and get_origin(p.type) is not Literal):
        calls = [dry_run.call(endpoint, change, **{name: absent}) for absent in (UNKNOWN_ID, UNKNOWN_UUID, UNKNOWN_KEY)]
        statuses = set()
        for call in calls:
            answer = dry_run.send(endpoint, call)
            # An id of another form is refused with 400.
            dry_run.assert_refused(answer, gone, 400)
            statuses.add(answer.status)
        assert gone in statuses


@pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in WITH_IDS if deletable_noun(endpoint)], ids=qualified_name
)
def test_ids_of_deleted_records(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    call = dry_run.call(endpoint, id=dry_run.deleted[deletable_noun(endpoint)])
    answer = dry_run.send(endpoint, call)
    # v1 still shows it.
    if endpoint.method == "GET" and endpoint.version == "v1":
        assert answer.status in (200, 404)
    else:
        dry_run.assert_refused(answer, 404)


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if not one.public], ids=qualified_name)
def test_unauthenticated_calls(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    for headers in ({}, {"x-api-token": "0" * 40}):
        answer = dry_run.send(endpoint, dry_run.call(endpoint), headers)
        dry_run.assert_refused(answer, 401)
        assert answer.error == UNAUTHENTICATED.get(endpoint.version, "unauthorized access")


@pytest.mark.parametrize("endpoint", WITH_JSON, ids=qualified_name)
def test_bodies_that_are_invalid(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    call = dry_run.call(endpoint)
    for raw in (call.body[:-1], b"\xff", b"[]", b"7"):
        dry_run.assert_refused(dry_run.send(endpoint, call._replace(body=raw)), 400)
    large = call.body[:-1] + b" " * MAX_BODY_BYTES + b"}"
    dry_run.assert_refused(dry_run.send(endpoint, call._replace(body=large)), 413)


@pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in WITH_JSON if non_nullable_properties(endpoint)], ids=qualified_name
)
def test_null_where_it_may_not_be(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    without = dry_run.send(endpoint, dry_run.call(endpoint))
    for name in non_nullable_properties(endpoint):
        answer = dry_run.send(endpoint, dry_run.call(endpoint, {name: None}))
        if endpoint.version == "v1" and not properties(endpoint)[name].required:
            # There it counts as not given.
            assert answer.status == without.status, answer.body
            continue
        dry_run.assert_refused(answer, 400)
        assert name in error_text(answer)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=qualified_name)
def test_unknown_parameters_and_properties(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    valid = dry_run.send(endpoint, dry_run.call(endpoint))
    invalid_calls = [dry_run.call(endpoint, nothing=1)]
    if endpoint in WITH_JSON and properties(endpoint):
        invalid_calls.append(dry_run.call(endpoint, {"nothing": 1}))
    for call in invalid_calls:
        answer = dry_run.send(endpoint, call)
        if endpoint.version not in ("v1", "abstra"):
            dry_run.assert_refused(answer, 400)
            assert "Parameter 'nothing' is not allowed for this request" in error_text(answer)
        else:
            assert answer.status == valid.status


@pytest.mark.parametrize("endpoint", V1_UPDATES, ids=qualified_name)
def test_v1_updates_of_nothing(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    call = dry_run.call(endpoint)
    assert dry_run.send(endpoint, call).status < 500
    nothing = [b"{}", b'{"nothing": 1}', b'{"custom_fields": {}}']
    for raw in nothing if endpoint.body_kind == "json" else [b"", b"nothing=1"]:
        answer = dry_run.send(endpoint, call._replace(body=raw))
        dry_run.assert_refused(answer, 400)
        required = [name for name, field in properties(endpoint).items() if field.required]
        if required:
            assert required[0] in error_text(answer)
        else:
            assert error_text(answer) == "Bad request"


@pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in ENDPOINTS if required_query_parameters(endpoint)], ids=qualified_name
)
def test_missing_query_parameters(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    for name in required_query_parameters(endpoint):
        answer = dry_run.send(endpoint, dry_run.call(endpoint, **{name: None}))
        dry_run.assert_refused(answer, 400)
        assert f"{name}: is required" in error_text(answer)


@pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in WITH_JSON if len(properties(endpoint)) > 1], ids=qualified_name
)
def test_all_wrong_properties_are_told_at_once(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    wrong = {name: True for name, field in properties(endpoint).items() if not is_flag(field.type)}
    answer = dry_run.send(endpoint, dry_run.call(endpoint, wrong))
    dry_run.assert_refused(answer, 400)
    # The path of a property comes first in its problem; webhooks have a list for each.
    told = (
        answer.body.get("errors")
        or fields_of(answer)
        or {
            problem.removeprefix("Validation failed: ").partition(":")[0]: problem
            for problem in answer.error.split("; ")
        }
    )
    assert set(told) == set(wrong)
    for name, problem in told.items():
        assert not PYTHON_WORDS.search(str(problem).removeprefix(f"Validation failed: {name}")), problem


@pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in ENDPOINTS if optional_query_parameters(endpoint)], ids=qualified_name
)
def test_empty_query_parameters_are_absent(dry_run: DryRun, endpoint: Endpoint[..., Any]) -> None:
    without = dry_run.send(endpoint, dry_run.call(endpoint))
    names = optional_query_parameters(endpoint)
    for empty in (*([name] for name in names), names):
        call = minimal_call(endpoint, dry_run.populated.samples(endpoint.path), dict.fromkeys(empty, ""), {})
        answer = dry_run.send(endpoint, call)
        if endpoint.method == "DELETE":
            # Ids that a client has forgotten to fill in do not stand for all.
            dry_run.assert_refused(answer, 400)
        else:
            assert (answer.status, answer.body) == (without.status, without.body)


@pytest.mark.parametrize("noun", ["deals", "persons", "organizations", "products"])
def test_all_wrong_custom_fields_are_told_at_once(dry_run: DryRun, noun: str) -> None:
    keys = [field["key"] for field in dry_run.populated.fields[noun.removesuffix("s")] if field["id"] is not None]
    custom = {**dict.fromkeys(keys, True), UNKNOWN_KEY: 1}
    for path, body in ((f"/v1/{noun}", custom), (f"/api/v2/{noun}", {"custom_fields": custom})):
        dry_run.committed.clear()
        answer = dry_run.api.post(path, {NOUNS[noun]: "x", **body})
        dry_run.assert_refused(answer, 400)
        assert [key for key in custom if key not in answer.error] == []


@pytest.mark.parametrize("field_type", FIELD_TYPES)
@pytest.mark.parametrize("noun", ["deals", "persons", "organizations", "products"])
def test_values_of_another_type_than_the_field(dry_run: DryRun, noun: str, field_type: str) -> None:
    [key] = [
        field["key"]
        for field in dry_run.populated.fields[noun.removesuffix("s")]
        if field["name"] == field_type and field["id"] is not None
    ]
    for wrong in INVALID_VALUES:
        custom = {key: wrong}
        for path, body in ((f"/v1/{noun}", custom), (f"/api/v2/{noun}", {"custom_fields": custom})):
            dry_run.committed.clear()
            answer = dry_run.api.post(path, {NOUNS[noun]: "x", **body})
            dry_run.assert_refused(answer, 400)
            assert key in error_text(answer)
