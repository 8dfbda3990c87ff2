"""What does not fit, at every operation: the answer's status and envelope, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dealwright.contract.endpoint import Endpoint
from dealwright.server.binding import handlers
from dealwright.server.requests import LARGEST_BODY
from dealwright.storage.engines import Transaction
from tests import company
from tests.api import Answer, Api
from tests.furniture import FIELD_TYPES, Furniture, furnish, undoing
from tests.generated import Call, least_call, properties, takes_null

ENDPOINTS = sorted((endpoint for endpoint, _ in handlers().values()), key=lambda endpoint: endpoint.qualified_name)
WITH_IDS = [endpoint for endpoint in ENDPOINTS if any(p.place == "path" for p in endpoint.parameters)]
WITH_BODIES = [endpoint for endpoint in ENDPOINTS if endpoint.body is not None]
WITH_JSON = [endpoint for endpoint in WITH_BODIES if endpoint.body_kind == "json"]
NOUNS = {"deals": "title", "persons": "name", "organizations": "name", "products": "name", "activities": "subject"}
# No type of field takes these.
WRONG: tuple[Any, ...] = ({"nothing": 1}, [[1]], [{}], True)
NO_ID, NO_UUID, NO_KEY = 999_999, "00000000-0000-4000-8000-000000000000", "f" * 40


def named(endpoint: Endpoint[..., Any]) -> str:
    return endpoint.qualified_name


def never_null(endpoint: Endpoint[..., Any]) -> list[str]:
    """The properties of an operation's body that may be absent, but not null."""
    return [name for name, field in properties(endpoint).items() if not takes_null(field.type)]


def must_have(endpoint: Endpoint[..., Any]) -> list[str]:
    """The query arguments that an operation cannot do without."""
    return [p.name for p in endpoint.parameters if p.required and p.place == "query"]


def noun_of(endpoint: Endpoint[..., Any]) -> str:
    """The noun whose id stands in the path of an operation, of those that can be deleted; empty for others."""
    nouns = [noun for noun in NOUNS if f"/{noun}/{{id}}" in endpoint.path]
    return nouns[0] if nouns else ""


def said(answer: Answer) -> str:
    """What an answer complains of; webhooks have members of their own for it."""
    return str(next(answer.body[name] for name in ("error", "errors", "message") if name in answer.body))


class Rehearsal(NamedTuple):
    """A company in which nothing stays written, and what would have been: a transaction for each that came to a good end.

    ``deleted`` has the id of a deleted record for each noun.
    """

    api: Api
    furniture: Furniture
    deleted: dict[str, int]
    written: list[Transaction]

    def call(
        self, endpoint: Endpoint[..., Any], body: Mapping[str, object] | None = None, **parameters: object
    ) -> Call:
        """A call with what it must have, but these properties of the body, and parameters."""
        return least_call(endpoint, self.furniture.samples(endpoint.path), parameters, body or {})

    def send(self, endpoint: Endpoint[..., Any], call: Call, headers: dict[str, str] | None = None) -> Answer:
        """The answer, which the client of the tests has compared with the contract."""
        self.written.clear()
        return self.api.send(
            endpoint.method, call.path, call.body, call.content_type, raw_query=call.query, headers=headers
        )

    def refuses(self, answer: Answer, *statuses: int) -> None:
        """The answer says no in the version's envelope, and nothing was written."""
        assert answer.status in statuses, answer.body
        assert answer.body["success"] is False
        assert said(answer)
        assert self.written == []


@pytest.fixture(scope="module")
def rehearsal(founded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    api = company.open_api(company.copy_folder(founded_folder, tmp_path_factory.mktemp("rehearsal") / "platform"))
    furniture = furnish(api)
    deleted = {noun: api.post(f"/api/v2/{noun}", {name: "Deleted"}).data["id"] for noun, name in NOUNS.items()}
    for noun, id in deleted.items():
        assert api.delete(f"/api/v2/{noun}/{id}").status == 200
    database = api.bearer.company.database
    written: list[Transaction] = []
    undone = undoing(database.write)

    @contextmanager
    def noted(*, alone: bool = False) -> Iterator[Transaction]:
        with undone(alone=alone) as transaction:
            yield transaction
            written.append(transaction)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "write", noted)
        yield Rehearsal(api, furniture, deleted, written)
    company.close(api)


@pytest.mark.parametrize("endpoint", WITH_IDS, ids=named)
def test_what_is_not_there(rehearsal: Rehearsal, endpoint: Endpoint[..., Any]) -> None:
    gone = 410 if endpoint.path == "/v1/productFields/{id}" else 404
    # Fields are changed by something, so that it is not that which is missing.
    change = {"field_name": "x"} if "field_name" in properties(endpoint) else {}
    for name in (p.name for p in endpoint.parameters if p.place == "path"):
        calls = [rehearsal.call(endpoint, change, **{name: absent}) for absent in (NO_ID, NO_UUID, NO_KEY)]
        statuses = set()
        for call in calls:
            answer = rehearsal.send(endpoint, call)
            # An id of another form is refused for that.
            rehearsal.refuses(answer, gone, 400)
            statuses.add(answer.status)
        assert gone in statuses


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in WITH_IDS if noun_of(endpoint)], ids=named)
def test_what_is_deleted(rehearsal: Rehearsal, endpoint: Endpoint[..., Any]) -> None:
    call = rehearsal.call(endpoint, id=rehearsal.deleted[noun_of(endpoint)])
    answer = rehearsal.send(endpoint, call)
    # v1 goes on showing it.
    if endpoint.method == "GET" and endpoint.version == "v1":
        assert answer.status in (200, 404)
    else:
        rehearsal.refuses(answer, 404)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_who_is_not_known(rehearsal: Rehearsal, endpoint: Endpoint[..., Any]) -> None:
    for headers in ({}, {"x-api-token": "0" * 40}):
        answer = rehearsal.send(endpoint, rehearsal.call(endpoint), headers)
        rehearsal.refuses(answer, 401)
        assert answer.error == "unauthorized access"


@pytest.mark.parametrize("endpoint", WITH_JSON, ids=named)
def test_bodies_that_are_none(rehearsal: Rehearsal, endpoint: Endpoint[..., Any]) -> None:
    call = rehearsal.call(endpoint)
    for raw in (call.body[:-1], b"\xff", b"[]", b"7"):
        rehearsal.refuses(rehearsal.send(endpoint, call._replace(body=raw)), 400)
    large = call.body[:-1] + b" " * LARGEST_BODY + b"}"
    rehearsal.refuses(rehearsal.send(endpoint, call._replace(body=large)), 413)


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in WITH_JSON if never_null(endpoint)], ids=named)
def test_null_where_it_may_not_be(rehearsal: Rehearsal, endpoint: Endpoint[..., Any]) -> None:
    for name in never_null(endpoint):
        answer = rehearsal.send(endpoint, rehearsal.call(endpoint, {name: None}))
        rehearsal.refuses(answer, 400)
        assert name in said(answer)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_parameters_and_properties_that_nobody_knows(rehearsal: Rehearsal, endpoint: Endpoint[..., Any]) -> None:
    right = rehearsal.send(endpoint, rehearsal.call(endpoint))
    odd = [rehearsal.call(endpoint, nothing=1)]
    if endpoint in WITH_JSON and properties(endpoint):
        odd.append(rehearsal.call(endpoint, {"nothing": 1}))
    for call in odd:
        answer = rehearsal.send(endpoint, call)
        if endpoint.version == "v2":
            rehearsal.refuses(answer, 400)
            assert "Parameter 'nothing' is not allowed for this request" in said(answer)
        else:
            assert answer.status == right.status


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in ENDPOINTS if must_have(endpoint)], ids=named)
def test_what_is_missing(rehearsal: Rehearsal, endpoint: Endpoint[..., Any]) -> None:
    for name in must_have(endpoint):
        answer = rehearsal.send(endpoint, rehearsal.call(endpoint, **{name: None}))
        rehearsal.refuses(answer, 400)
        assert f"{name}: is required" in said(answer)


@pytest.mark.parametrize("field_type", FIELD_TYPES)
@pytest.mark.parametrize("noun", ["deals", "persons", "organizations", "products"])
def test_values_of_another_type_than_the_field(rehearsal: Rehearsal, noun: str, field_type: str) -> None:
    [key] = [
        field["key"]
        for field in rehearsal.furniture.fields[noun.removesuffix("s")]
        if field["name"] == field_type and field["id"] is not None
    ]
    for wrong in WRONG:
        custom = {key: wrong}
        for path, body in ((f"/v1/{noun}", custom), (f"/api/v2/{noun}", {"custom_fields": custom})):
            rehearsal.written.clear()
            answer = rehearsal.api.post(path, {NOUNS[noun]: "x", **body})
            rehearsal.refuses(answer, 400)
            assert key in said(answer)
