"""How the bodies of all v1 operations are read: forms with brackets, JSON in texts, and numbers where texts are taken."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from msgspec import inspect as types

from dealwright.connectors import calls
from dealwright.contract import catalogue
from dealwright.contract.body_parser import read_body
from dealwright.contract.endpoint import Endpoint
from dealwright.contract.errors import InvalidArguments
from dealwright.contract.forms import MAX_DEPTH, MAX_MEMBERS, MAX_NAME_LENGTH
from dealwright.server.errors import HttpError
from tests import form_bodies
from tests.call_strategies import properties
from tests.form_bodies import FORM, KEY, MULTIPART, Pairs
from tests.growth.growth import assert_linear

WITH_BODIES = [
    catalogue.load(name)
    for name, entry in catalogue.entries().items()
    if entry.version == "v1" and entry.body is not None
]
all_operations = pytest.mark.parametrize("endpoint", WITH_BODIES, ids=lambda endpoint: endpoint.qualified_name)
POST_PERSONS, POST_DEALS, POST_PRODUCTS, POST_FILTERS = (
    catalogue.load(f"v1.post_{name}") for name in ("persons", "deals", "products", "filters")
)


def read_form(endpoint: Endpoint[..., Any], pairs: Pairs) -> Any:
    """What the parser makes of a form, which must be the same in every encoding."""
    [first, *others] = [
        read_body(endpoint, form_bodies.receive_body(raw, content_type))
        for raw, content_type in form_bodies.encodings(pairs)
    ]
    assert all(other == first for other in others)
    return first


def refused_names(endpoint: Endpoint[..., Any], pairs: Pairs) -> list[str]:
    with pytest.raises(InvalidArguments) as caught:
        read_form(endpoint, pairs)
    return [problem.path for problem in caught.value.problems]


def test_there_are_members_to_try() -> None:
    found = {f"{e.name}.{name}" for e in WITH_BODIES for name in form_bodies.containers(e)}
    assert len(WITH_BODIES) >= 79
    assert len(found) >= 50
    assert found > {"post_filters.conditions", "put_persons_by_id.email", "post_goals.type", "patch_leads_by_id.value"}


@all_operations
def test_a_form_says_the_same_as_json(endpoint: Endpoint[..., Any]) -> None:
    body = form_bodies.full_body(endpoint)
    expected = read_body(endpoint, body)
    assert read_form(endpoint, form_bodies.with_brackets(body, numbered=True)) == expected
    assert read_form(endpoint, form_bodies.with_brackets(body, numbered=False)) == expected
    assert read_form(endpoint, form_bodies.with_texts(body)) == expected


@all_operations
def test_json_in_a_text_says_the_same_as_json(endpoint: Endpoint[..., Any]) -> None:
    body = form_bodies.full_body(endpoint)
    expected = read_body(endpoint, body)
    assert read_body(endpoint, form_bodies.with_json_texts(body)) == expected
    for name in form_bodies.containers(endpoint):
        text = orjson.dumps(body[name]).decode()
        assert read_body(endpoint, body | {name: f" {text}"}) == expected
        for broken in (text[:-1], f"{text}x"):
            assert broken_is_refused_or_kept(endpoint, body, name, broken)


def broken_is_refused_or_kept(endpoint: Endpoint[..., Any], body: dict[str, Any], name: str, text: str) -> bool:
    """Whether broken JSON is refused, naming the member, or kept as the text that the member takes as well."""
    try:
        return bool(getattr(read_body(endpoint, body | {name: text}), name) == text)
    except InvalidArguments as error:
        return [problem.path for problem in error.problems] == [name]


@all_operations
def test_the_connector_takes_json_in_texts(endpoint: Endpoint[..., Any]) -> None:
    if not form_bodies.containers(endpoint):
        return
    body = form_bodies.full_body(endpoint)
    id = form_bodies.UUID if endpoint.path.startswith("/v1/leads/") else 1
    arguments = {parameter.name: id for parameter in endpoint.parameters if parameter.required}
    sent = calls.prepare(endpoint.qualified_name, {**arguments, "data": form_bodies.with_json_texts(body)})
    assert sent.content is not None
    assert read_body(endpoint, orjson.loads(sent.content)) == read_body(endpoint, body)


@all_operations
def test_numbers_are_texts_where_texts_are_taken(endpoint: Endpoint[..., Any]) -> None:
    assert read_body(endpoint, form_bodies.full_body(endpoint, numbers=True)) == read_body(
        endpoint, form_bodies.full_body(endpoint)
    )


@all_operations
def test_members_in_brackets_that_fit_nothing_are_refused(endpoint: Endpoint[..., Any]) -> None:
    pairs = form_bodies.with_brackets(form_bodies.full_body(endpoint), numbered=True)
    for name in ("nothing[]", "nothing[0]", "nothing[x]", "nothing[0][x]", "nothing[x][]", "custom_fields[x]"):
        assert refused_names(endpoint, [*pairs, (name, "x")]) == [name]
    containers = form_bodies.containers(endpoint)
    for name in properties(endpoint):
        others = [pair for pair in pairs if pair[0].partition("[")[0] != name]
        if name not in containers:
            for unfit in (f"{name}[]", f"{name}[0]", f"{name}[x]"):
                assert refused_names(endpoint, [*others, (unfit, "1")]) == [unfit]
            continue
        is_list = isinstance(containers[name], types.ListType)
        assert f"{name}[nothing]" in refused_names(endpoint, [*others, (f"{name}[nothing]", "1")])
        if is_list and any(part.startswith(f"{name}[0][") for part, _ in pairs):
            unfit = f"{name}[0][nothing]"
            assert refused_names(endpoint, [*pairs, (unfit, "1")]) == [unfit]
        assert refused_names(endpoint, [*pairs, (name, "1")]) == [name]


@all_operations
def test_plain_members_that_fit_nothing_are_ignored(endpoint: Endpoint[..., Any]) -> None:
    body = form_bodies.full_body(endpoint)
    expected = read_body(endpoint, body)
    assert read_body(endpoint, body | {"nothing": {"x": 1}}) == expected
    assert read_form(endpoint, [*form_bodies.with_texts(body), ("nothing", "1"), ("nothing", "2")]) == expected


def outcome(endpoint: Endpoint[..., Any], body: dict[str, Any]) -> Any:
    """What the parser makes of a body: the body, or the members that are refused, with the reasons."""
    try:
        return read_body(endpoint, body)
    except InvalidArguments as error:
        return [(problem.path, problem.reason) for problem in error.problems]


def parts(declared: types.Type) -> list[types.Type]:
    """The types of a union, annotations opened."""
    match declared:
        case types.Metadata():
            return parts(declared.type)
        case types.UnionType():
            return [part for member in declared.types for part in parts(member)]
    return [declared]


def is_free_text(part: types.Type, all_parts: list[types.Type]) -> bool:
    """Whether people write what they want: an empty text is one of these texts, or a mistake in them."""
    if not isinstance(part, types.StrType) or (part.pattern and not re.match(part.pattern, "")):
        return isinstance(part, types.AnyType)
    may_be_null = any(isinstance(one, types.NoneType) for one in all_parts)
    return not part.min_length or (part.min_length == 1 and not may_be_null)


@all_operations
def test_an_empty_text_is_none_for_what_is_no_free_text(endpoint: Endpoint[..., Any]) -> None:
    """Forms send all their inputs: an empty code, id, choice, number, time or list is not given."""
    body = form_bodies.full_body(endpoint)
    for name, field in properties(endpoint).items():
        all_parts = parts(field.type)
        if not any(is_free_text(part, all_parts) for part in all_parts):
            assert outcome(endpoint, body | {name: ""}) == outcome(endpoint, body | {name: None}), name


@all_operations
def test_an_object_alone_is_a_list_of_it(endpoint: Endpoint[..., Any]) -> None:
    body = form_bodies.full_body(endpoint)
    for name, declared in form_bodies.containers(endpoint).items():
        if isinstance(declared, types.ListType) and isinstance(body[name][0], dict):
            one = body[name][0]
            expected = read_body(endpoint, body | {name: [one]})
            assert read_body(endpoint, body | {name: one}) == expected
            assert read_body(endpoint, body | {name: orjson.dumps(one).decode()}) == expected
            others = {other: value for other, value in body.items() if other != name}
            pairs = [*form_bodies.with_texts(others), *form_bodies.with_brackets(one, name)]
            assert read_form(endpoint, pairs) == expected


@all_operations
def test_numbers_and_flags_as_forms_write_them(endpoint: Endpoint[..., Any]) -> None:
    """People leave spaces around numbers; a check box without a value of its own sends ``on``."""
    body = form_bodies.full_body(endpoint)
    expected = read_body(endpoint, body)
    for name, field in properties(endpoint).items():
        kinds = [type(part) for part in parts(field.type)]
        if types.StrType in kinds or types.ListType in kinds:
            continue
        if types.IntType in kinds or types.FloatType in kinds:
            assert read_body(endpoint, body | {name: f" {body[name]}\t"}) == expected
        if types.BoolType in kinds:
            assert read_body(endpoint, body | {name: "on"}) == read_body(endpoint, body | {name: True})
            assert read_body(endpoint, body | {name: "off"}) == read_body(endpoint, body | {name: False})
            assert [path for path, _ in outcome(endpoint, body | {name: "perhaps"})] == [name]


def without_empty_lists(value: Any) -> Any:
    """A value as writers of forms see it, who leave out what is empty."""
    if isinstance(value, dict):
        return {name: without_empty_lists(member) for name, member in value.items() if member != []}
    return [without_empty_lists(member) for member in value] if isinstance(value, list) else value


@pytest.mark.parametrize("glue", ["and", "or"])
def test_an_empty_list_that_must_be_given_may_be_left_out_of_an_object_in_a_form(glue: str) -> None:
    test = {"object": "deal", "field_id": "1", "operator": "=", "value": "x"}
    groups = [{"glue": one, "conditions": [test] if one == glue else []} for one in ("and", "or")]
    body = {"name": "x", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    pairs = form_bodies.with_brackets(without_empty_lists(body), numbered=True)
    assert read_form(POST_FILTERS, pairs) == read_body(POST_FILTERS, body)
    # Lists that must not be empty, and those that stand at the root, are still missing.
    assert refused_names(POST_FILTERS, [("name", "x"), ("type", "deals"), ("conditions[glue]", "and")]) == [
        "conditions.conditions"
    ]
    assert refused_names(catalogue.load("v1.post_legacy_teams_by_id_users"), [("x", "1")]) == ["users"]


def test_names_that_are_given_twice() -> None:
    """A list where one is taken, otherwise the last: a check box comes after the hidden field of an empty one."""
    person = read_form(POST_PERSONS, [("name", "A"), ("name", "B"), ("email", "a@x.org"), ("email", "b@x.org")])
    assert (person.name, person.email) == ("B", ["a@x.org", "b@x.org"])
    lead = catalogue.load("v1.patch_leads_by_id")
    assert read_form(lead, [("was_seen", "0"), ("was_seen", "1")]).was_seen is True
    team = catalogue.load("v1.post_legacy_teams_by_id_users")
    for pairs in (
        [("users", "3"), ("users", "4")],
        [("users[]", "3"), ("users[]", "4")],
        [("users[1]", "4"), ("users[0]", "3")],
        [("users[5]", "3"), ("users[]", "4")],
        [("users[]", ""), ("users[]", "3"), ("users[]", "4")],
        [("users", "3, 4")],
        [("users", "[3, 4]")],
    ):
        assert read_form(team, pairs).users == [3, 4]
    assert read_form(team, [("users", "3")]).users == [3]
    assert read_form(team, [("users[]", "")]).users == []
    assert read_body(team, {"users": 3}).users == [3]  # type: ignore[attr-defined]


def test_elements_without_numbers() -> None:
    """A member that the last element has already begins the next one; lists inside go on."""
    product = read_form(
        POST_PRODUCTS,
        [
            ("name", "P"),
            *(("prices[][price]", "1"), ("prices[][currency]", "EUR")),
            *(("prices[][price]", "2"), ("prices[][currency]", "USD")),
        ],
    )
    assert [(one.price, one.currency) for one in product.prices] == [(1, "EUR"), (2, "USD")]


def test_custom_fields_in_a_form() -> None:
    deal = read_form(
        POST_DEALS,
        [("title", "x"), (f"{KEY}[]", "1"), (f"{KEY}[]", "2"), (f"{KEY}_until", "x"), (f"{KEY}_of[a][b]", "y")],
    )
    assert deal.custom_fields == {KEY: ["1", "2"], f"{KEY}_until": "x", f"{KEY}_of": {"a": {"b": "y"}}}
    assert read_form(POST_DEALS, [("title", "x"), (KEY, "1"), (KEY, "2")]).custom_fields == {KEY: ["1", "2"]}
    assert refused_names(POST_DEALS, [("title", "x"), (KEY, "1"), (f"{KEY}[x]", "2")]) == [KEY]


def test_a_text_stays_a_text() -> None:
    for text in ('["x"]', '{"a": 1}', "1,2", "[1"):
        assert read_body(POST_DEALS, {"title": text}).title == text  # type: ignore[attr-defined]
    for text in ("{x}", "[x", "a,b", " "):
        assert read_body(POST_PERSONS, {"name": "x", "email": text}).email == text  # type: ignore[attr-defined]


def test_json_in_a_text_is_checked_as_json_is() -> None:
    deep = "[" * 3000 + "]" * 3000
    for text in (
        '{"glue": "\\u0000"}',
        f'{{"glue": {deep}}}',
        deep,
        '{"glue": 9007199254740993}',
        '{"glue": "\\ud800"}',
    ):
        with pytest.raises(InvalidArguments) as caught:
            read_body(POST_FILTERS, {"name": "x", "type": "deals", "conditions": text})
        assert caught.value.problems[0].path.startswith("conditions")


@pytest.mark.parametrize(
    "name",
    ["a[", "a]", "[a]", "[]", "a[b", "a[b]c", "a[[b]]", "a]b[", "a[b]]", "a" + "[x]" * (MAX_DEPTH + 1)],
)
def test_names_that_cannot_be_read(name: str) -> None:
    assert refused_names(POST_DEALS, [("title", "x"), (name, "1")]) == [name]


def test_every_problem_of_a_form_is_told_once() -> None:
    pairs = [("title[x]", "1"), ("value", "much"), ("a[", "1"), ("b[c]", "1"), ("label[]", "\0"), ("stage_id[]", "1")]
    assert sorted(refused_names(POST_DEALS, pairs)) == ["a[", "b[c]", "label[]", "stage_id[]", "title[x]", "value"]


def test_bounds_of_a_form() -> None:
    title = [("title", "x")]
    assert read_form(POST_DEALS, [*title, *[("a", "1")] * (MAX_MEMBERS - 1)]).title == "x"
    too_many: Pairs = [*title, *[("a", "1")] * MAX_MEMBERS]
    for raw, content_type in ((form_bodies.urlencoded(too_many), FORM), (form_bodies.multipart(too_many), MULTIPART)):
        with pytest.raises(HttpError) as caught:
            form_bodies.receive_body(raw, content_type)
        assert caught.value.status == 400
    assert refused_names(POST_DEALS, [*title, ("a" * (MAX_NAME_LENGTH + 1), "1")]) == ["a" * 50 + "…"]
    assert refused_names(POST_DEALS, [*title, ("a\0[x]", "1")]) == [""]
    assert refused_names(POST_DEALS, [*title, ("label[]", "\0")]) == ["label[]"]


@pytest.mark.parametrize("name", ["options[][label]", "options[{}][label]", "{}[x]", "options", "nothing[][a][][b]"])
def test_forms_are_read_in_linear_time(name: str) -> None:
    endpoint = catalogue.load("v1.put_deal_fields_by_id")

    def prepare(count: int) -> Callable[[], object]:
        raw = form_bodies.urlencoded([(name.format(number), "x") for number in range(count)])

        def read() -> None:
            with contextlib.suppress(InvalidArguments):
                read_body(endpoint, form_bodies.receive_body(raw, FORM))

        return read

    assert_linear(prepare, MAX_MEMBERS // 2, name)


def test_a_file_is_no_member_in_brackets() -> None:
    files = catalogue.load("v1.post_files")
    file = form_bodies.FILE
    assert read_form(files, [("file", file), ("deal_id", "3")]).file == file
    assert refused_names(files, [("file[]", file)]) == ["file[]"]
