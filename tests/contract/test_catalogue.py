"""The catalogue: complete, up to date, and able to resolve a name to an action."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dealwright.contract import catalogue, index
from dealwright.contract.catalogue import Entry, UnknownName, resolve
from dealwright.contract.endpoint import snake_case
from dealwright.contract.errors import InvalidArguments

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "actions.json"
KEY = "0123456789abcdef0123456789abcdef01234567"


def test_the_index_is_up_to_date() -> None:
    assert catalogue.INDEX.read_bytes() == index.build(), "run: python -m dealwright.contract.catalogue"


def test_the_check_of_the_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(index, "INDEX", tmp_path / "index.json")
    assert index.main(["--check"]) == 1
    assert index.main([]) == 0
    assert index.main(["--check"]) == 0
    (tmp_path / "index.json").write_bytes(index.build().replace(b"get_deals", b"get_steals"))
    assert index.main(["--check"]) == 1


def test_every_declaration_is_what_the_index_says() -> None:
    entries = catalogue.entries()
    for name, entry in entries.items():
        endpoint = catalogue.load(name)
        listed = (entry.version, entry.name, entry.method, entry.path)
        assert (endpoint.version, endpoint.name, endpoint.method, endpoint.path) == listed
        assert entry.summary, name
        # Both spellings of a parameter follow from the index alone.
        assert all(parameter.attribute == snake_case(parameter.name) for parameter in endpoint.parameters), name
        assert entry.replaced_by is None or entry.replaced_by in entries, name


class DocumentedParameter(msgspec.Struct):
    """A parameter in the connector's document."""

    name: str
    location: str = msgspec.field(name="in", default="")
    required: bool = False


class DocumentedAction(msgspec.Struct):
    """An action of the connector's document."""

    name: str
    api: str
    method: str
    path: str
    deprecated: bool
    pagination: str
    token_cost: int
    scopes: list[str]
    http_parameters: list[DocumentedParameter]
    request_body: dict[str, Any] | None


@pytest.fixture(scope="module")
def document() -> list[DocumentedAction]:
    if not REFERENCE.exists():
        pytest.skip("the connector's document, ../shared/reference/actions.json, is not beside this checkout")
    return msgspec.json.decode(REFERENCE.read_bytes(), type=list[DocumentedAction])


def test_the_actions_of_the_document_and_no_others_are_marked_so(document: list[DocumentedAction]) -> None:
    declared = {
        (entry.version, entry.name, entry.method, _strip_version(entry.path))
        for entry in catalogue.entries().values()
        if entry.documented
    }
    assert declared == {(action.api, action.name, action.method, action.path) for action in document}
    assert len(declared) == 362


def test_parameters_bodies_costs_and_scopes_are_those_of_the_document(document: list[DocumentedAction]) -> None:
    entries: dict[tuple[str, str, str], Entry] = {
        (entry.version, entry.method, _strip_version(entry.path)): entry
        for entry in catalogue.entries().values()
        if entry.documented
    }
    different: list[str] = []
    for action in document:
        entry = entries[action.api, action.method, action.path]
        endpoint = catalogue.load(entry.qualified_name)
        mentioned = {(parameter.name, parameter.location) for parameter in action.http_parameters}
        declared = {(parameter.name, parameter.location) for parameter in endpoint.parameters}
        kinds = {
            "json": "application/json",
            "form": "application/x-www-form-urlencoded",
            "multipart": "multipart/form-data",
        }
        body = None if action.request_body is None else action.request_body["content_types"]
        for subject, documented, actual in (
            ("parameters", mentioned - declared, set()),
            ("body", body, None if endpoint.body is None else [kinds[endpoint.body_kind]]),
            ("cost", action.token_cost, endpoint.cost),
            ("scopes", set(action.scopes), set(endpoint.scopes)),
            ("deprecated", action.deprecated, endpoint.deprecated),
            ("paging", action.pagination, endpoint.paging),
        ):
            if documented != actual:
                different.append(f"{entry.qualified_name}: {subject} {documented}, declared {actual}")
    assert different == []


def _strip_version(path: str) -> str:
    return path.removeprefix("/api/v2").removeprefix("/v1")


@pytest.mark.parametrize(
    ("name", "params", "exact"),
    [
        ("v1.get_deals", {}, "v1.get_deals"),
        ("v2.get_deals", {"start": 1}, "v2.get_deals"),
        ("get_deals", {}, "v2.get_deals"),
        ("get_deals", {"limit": 1}, "v2.get_deals"),
        ("get_deals", {"cursor": "x"}, "v2.get_deals"),
        ("get_deals", {"start": 0}, "v1.get_deals"),
        ("get_deals", {"user_id": 1}, "v1.get_deals"),
        ("post_deals", {"data": {"title": "x", "owner_id": 1}}, "v2.post_deals"),
        ("post_deals", {"data": {"title": "x", "user_id": 1}}, "v1.post_deals"),
        ("post_deals", {"data": {"title": "x", KEY: 1}}, "v1.post_deals"),
        ("post_deals", {"data": {"title": "x", "custom_fields": {KEY: 1}}}, "v2.post_deals"),
        ("post_deals", {}, "v2.post_deals"),
        ("get_deals_search", {"term": "x", "exactMatch": True}, "v1.get_deals_search"),
        ("get_notes", {"nonsense": 1}, "v1.get_notes"),
        ("post_oauth_token", {"data": {"grant_type": "authorization_code"}}, "v1.post_oauth_token"),
        ("post_oauth_token", {"data": {"grant_type": "refresh_token"}}, "v1.post_oauth_token_refresh"),
        ("v1.post_oauth_token", {"data": {"refresh_token": "x"}}, "v1.post_oauth_token_refresh"),
        ("post_oauth_token", {"grant_type": "refresh_token"}, "v1.post_oauth_token_refresh"),
        ("post_oauth_token", {}, "v1.post_oauth_token"),
        ("v1.post_oauth_token_refresh", {}, "v1.post_oauth_token_refresh"),
    ],
)
def test_which_action_a_name_means(name: str, params: dict[str, object], exact: str) -> None:
    assert resolve(name, params).qualified_name == exact


def test_names_that_may_be_a_parameter_or_a_property() -> None:
    assert resolve("post_deals", {}, ["title", "user_id"]).version == "v1"
    assert resolve("post_deals", {}, ["title", "owner_id"]).version == "v2"
    assert resolve("post_deals", {}, ["title", KEY]).version == "v1"


def test_a_bare_name_of_the_document_means_an_action_of_the_document() -> None:
    both = [
        name for name in {entry.name for entry in catalogue.entries().values()} if len(catalogue.get_by_name(name)) > 1
    ]
    for name in both:
        known = [entry.documented for entry in catalogue.get_by_name(name)]
        assert known == sorted(known, reverse=True)


def test_what_each_version_lacks() -> None:
    with pytest.raises(InvalidArguments) as caught:
        resolve("get_deals", {"start": 1, "cursor": "x", "ownerid": 2})
    problems = {(problem.path, problem.reason.split(";")[0]) for problem in caught.value.problems}
    assert problems == {
        ("start", "is not a parameter of v2.get_deals"),
        ("ownerid", "is not a parameter of v2.get_deals"),
        ("cursor", "is not a parameter of v1.get_deals"),
        ("ownerid", "is not a parameter of v1.get_deals"),
    }
    assert "owner_id" in {problem.suggestion for problem in caught.value.problems}
    with pytest.raises(InvalidArguments, match=r"data\.titel.*did you mean 'title'"):
        resolve("post_deals", {"data": {"titel": "x"}})
    with pytest.raises(InvalidArguments, match="takes no body"):
        resolve("get_deals", {"data": {}})


@pytest.mark.parametrize(
    ("name", "nearest"), [("get_dealz", "get_deals"), ("v2.get_dealz", "v2.get_deals"), ("?", None)]
)
def test_an_unknown_name(name: str, nearest: str | None) -> None:
    for find in (lambda: resolve(name, {}), lambda: catalogue.load(name), lambda: catalogue.get_by_name(name)):
        with pytest.raises(UnknownName) as caught:
            find()
        assert nearest is None or nearest in caught.value.nearest


def test_search() -> None:
    found = {entry.qualified_name for entry in catalogue.search(["Followers", "deals"])}
    assert "v1.get_deals_by_id_followers" in found
    assert "v1.get_persons_by_id_followers" not in found
    assert len(catalogue.search([])) == len(catalogue.entries())
    assert catalogue.search(["no-such-word"]) == []


def test_resolving_imports_no_declaration() -> None:
    code = (
        "import sys\n"
        "from dealwright.contract.catalogue import load, resolve\n"
        "resolve('get_deals', {'start': 1})\n"
        "count = lambda: [name for name in sys.modules if name.startswith(('dealwright.contract.v1.', 'dealwright.contract.v2.'))]\n"
        "print(count())\n"
        "load('v1.get_currencies')\n"
        "print('dealwright.contract.v1.deals.currencies' in count(), len(count()) < 4)"
    )
    output = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert output.splitlines() == ["[]", "True True"]
