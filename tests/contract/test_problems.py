"""Everything that is wrong with a call is told at once, in words of the API, for every member and parameter of every action."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import inspect

from dealwright.contract import catalogue
from dealwright.contract.body_parser import read_body
from dealwright.contract.endpoint import Endpoint, Parameter, Upload
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.parameter_parser import read_parameters
from dealwright.contract.validation import MAX_PROBLEMS
from dealwright.contract.values import PATTERN_WORDS, FormattedTime
from tests.call_strategies import Samples, minimal_value

ENDPOINTS = [catalogue.load(name) for name in sorted(catalogue.entries())]
WITH_BODIES = [endpoint for endpoint in ENDPOINTS if endpoint.body is not None]
SAMPLES = Samples(("a" * 40,), ("00000000-0000-4000-8000-000000000000",), (1,))
# Of every type but anything, at least one of these is no value.
WRONG_VALUES: tuple[Any, ...] = (True, 1.5, -7, "no such value", [[{}]], {"nothing": []}, None)
PYTHON_WORDS = re.compile(
    r"`|\b(str|int|float|bool|dict|bytes|object|array|datetime\.|None|NoneType|Struct|Unset\w*)\b"
)


def qualified_name(endpoint: Endpoint[..., Any]) -> str:
    return endpoint.qualified_name


def found_problems(read: Any, *arguments: Any, **keywords: Any) -> tuple[Problem, ...]:
    """What is wrong with a call; nothing when it is read."""
    problems: tuple[Problem, ...] = ()
    try:
        read(*arguments, **keywords)
    except InvalidArguments as error:
        problems = error.problems or (Problem("", "nothing is said"),)
    for problem in problems:
        assert not PYTHON_WORDS.search(problem.reason), problem
    return problems


def fitting_value(declared: inspect.Type) -> Any:
    """A value of a type, with files as forms have them."""
    value = minimal_value(declared, SAMPLES)
    if not isinstance(value, dict):
        return value
    return {
        name: Upload("a.png", "image/png", io.BytesIO(one)) if isinstance(one, bytes) else one
        for name, one in value.items()
    }


def required_parameters(endpoint: Endpoint[..., Any]) -> dict[str, Any]:
    return {
        parameter.name: fitting_value(inspect.type_info(parameter.type))
        for parameter in endpoint.parameters
        if parameter.required
    }


def query_parameters(endpoint: Endpoint[..., Any]) -> list[Parameter]:
    return [parameter for parameter in endpoint.parameters if parameter.location == "query"]


def flat(declared: inspect.Type) -> Iterator[inspect.Type]:
    """The types of a union, annotations opened."""
    if isinstance(declared, inspect.Metadata):
        yield from flat(declared.type)
    elif isinstance(declared, inspect.UnionType):
        for member in declared.types:
            yield from flat(member)
    else:
        yield declared


def members(declared: inspect.Type) -> Iterator[tuple[str, inspect.Type, Any]]:
    """Every member at every depth: its path, its type, and a function that puts a value there into a value that fits."""
    for one in flat(declared):
        if isinstance(one, inspect.ListType):
            yield "[0]", one.item_type, lambda value: [value]
            for path, inner, put in members(one.item_type):
                yield f"[0]{path}", inner, lambda value, put=put: [put(value)]
        elif isinstance(one, inspect.StructType):
            rest = fitting_value(one)
            for field in one.fields:
                name = field.encode_name
                # The custom fields of v1 stand at the root.
                if name != "custom_fields":
                    yield f".{name}", field.type, lambda value, name=name, rest=rest: {**rest, name: value}
                    for path, inner, put in members(field.type):
                        yield (
                            f".{name}{path}",
                            inner,
                            lambda value, name=name, rest=rest, put=put: {**rest, name: put(value)},
                        )


@pytest.mark.parametrize("endpoint", WITH_BODIES, ids=qualified_name)
def test_every_member_of_a_body_is_named_in_words(endpoint: Endpoint[..., Any]) -> None:
    assert endpoint.body is not None
    declared = inspect.type_info(endpoint.body.type)
    for path, type_, put in members(declared):
        name = path.removeprefix(".")
        refused = 0
        for wrong in WRONG_VALUES:
            problems = found_problems(read_body, endpoint, put(wrong))
            for problem in problems:
                assert problem.path.startswith(name), f"{wrong!r} at {name}"
            refused += bool(problems)
        # Some take any JSON, but only texts of some length.
        takes_anything = any(
            isinstance(one, inspect.AnyType)
            or (isinstance(one, inspect.DictType) and isinstance(one.value_type, inspect.AnyType))
            for one in flat(type_)
        )
        assert refused or takes_anything, name


@pytest.mark.parametrize("endpoint", WITH_BODIES, ids=qualified_name)
def test_all_wrong_members_are_named_at_once(endpoint: Endpoint[..., Any]) -> None:
    assert endpoint.body is not None
    for one in flat(inspect.type_info(endpoint.body.type)):
        structs = [one, *(flat(one.item_type) if isinstance(one, inspect.ListType) else ())]
        for struct in structs:
            if isinstance(struct, inspect.StructType):
                wrap = (lambda value: value) if struct is one else (lambda value: [value])
                rest = fitting_value(struct)
                body: dict[str, Any] = {**rest}
                expected = set()
                for field in struct.fields:
                    name = field.encode_name
                    for wrong in WRONG_VALUES:
                        problems = found_problems(read_body, endpoint, wrap({**rest, name: wrong}))
                        if problems and name != "custom_fields":
                            body[name] = wrong
                            expected |= {problem.path for problem in problems}
                            break
                found = {problem.path for problem in found_problems(read_body, endpoint, wrap(body))}
                assert found == expected


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=qualified_name)
def test_every_parameter_is_named_in_words_and_all_at_once(endpoint: Endpoint[..., Any]) -> None:
    right = required_parameters(endpoint)
    all_wrong: dict[str, Any] = {**right}
    expected = set()
    for parameter in endpoint.parameters:
        for wrong in ("no such value", "1.5", "-7", "", "a\0"):
            provided = {**right, parameter.name: wrong}
            problems = found_problems(read_parameters, endpoint, provided, refuse_unknown=True)
            assert {problem.path for problem in problems} <= {parameter.name}
            if problems:
                all_wrong[parameter.name] = wrong
                expected.add(parameter.name)
        assert parameter.name in expected
    problems = found_problems(read_parameters, endpoint, {**all_wrong, "nothing": "1"}, refuse_unknown=True)
    assert {problem.path for problem in problems} == {*expected, "nothing"}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=qualified_name)
def test_empty_query_parameters_are_absent(endpoint: Endpoint[..., Any]) -> None:
    right = required_parameters(endpoint)
    absent = read_parameters(endpoint, right, refuse_unknown=True)
    for parameter in query_parameters(endpoint):
        provided = {**right, parameter.name: ""}
        problems = found_problems(read_parameters, endpoint, provided, refuse_unknown=True)
        if parameter.required:
            assert problems == (Problem(parameter.name, "is required"),)
        elif endpoint.method == "DELETE":
            # Ids that a client has forgotten to fill in do not stand for all.
            assert problems == (Problem(parameter.name, "is empty; leave it out to delete all"),)
        else:
            assert read_parameters(endpoint, provided, refuse_unknown=True) == absent


def test_every_pattern_has_words() -> None:
    def texts(declared: inspect.Type) -> Iterator[inspect.StrType]:
        for one in (declared, *(inner for _, inner, _ in members(declared))):
            yield from (found for found in flat(one) if isinstance(found, inspect.StrType))

    types = [endpoint.body.type for endpoint in WITH_BODIES if endpoint.body] + [
        parameter.type for endpoint in ENDPOINTS for parameter in endpoint.parameters
    ]
    patterns = {text.pattern for declared in types for text in texts(inspect.type_info(declared))} - {None}
    assert patterns == set(PATTERN_WORDS)


def test_times_of_v2_are_judged_by_their_text() -> None:
    moments: list[tuple[Endpoint[..., Any], str, Any]] = []
    for endpoint in ENDPOINTS:
        if endpoint.version == "v2":
            for parameter in endpoint.parameters:
                moments.append((endpoint, parameter.name, inspect.type_info(parameter.type)))
            if endpoint.body is not None:
                moments += [
                    (endpoint, path, inner) for path, inner, _ in members(inspect.type_info(endpoint.body.type))
                ]
    kinds = {
        (endpoint.qualified_name, name.removeprefix(".")): one
        for endpoint, name, declared in moments
        for one in flat(declared)
        if isinstance(one, inspect.DateTimeType) or (isinstance(one, inspect.CustomType) and one.cls is not Upload)
    }
    assert kinds
    assert all(isinstance(one, inspect.CustomType) and issubclass(one.cls, FormattedTime) for one in kinds.values())
    for (action, name), _ in kinds.items():
        endpoint = catalogue.load(action)
        in_query = any(parameter.name == name for parameter in endpoint.parameters)
        right = ["2026-11-29T00:00:00Z", "2026-11-29T02:00:00+02:00"]
        wrong = ["2026-11-29T00:00:00.000Z", "2026-11-29T00:00:00", "2026-11-29", "2026-02-30T00:00:00Z"]
        wrong += ["2026-11-29T00:00:00z\n", "٢026-11-29T00:00:00Z", "now", "1764374400"]
        # The one time whose form the document states otherwise.
        (right if name == "archive_time" else wrong).append("2026-11-29 00:00:00")
        for text in right + wrong:
            if in_query:
                problems = found_problems(read_parameters, endpoint, {name: text}, refuse_unknown=True)
            else:
                assert endpoint.body is not None
                body = {**fitting_value(inspect.type_info(endpoint.body.type)), name: text}
                problems = found_problems(read_body, endpoint, body)
            if text in right:
                assert problems == ()
            else:
                [problem] = problems
                assert (problem.path, problem.reason[:20]) == (name, "not a valid datetime")


def test_times_of_v1_are_texts_of_times() -> None:
    """A number, or a date without dashes, would be a moment in 1970."""
    right = ["2026-11-29 01:02:03", "2026-11-29T01:02:03", "2026-11-29T01:02:03.123Z", "2026-11-29 03:02:03+02:00"]
    wrong: list[Any] = [0, 1764374400, 1.5, "1764374400", "20261129", "2026", "2026-11-29", "2026-02-30 00:00:00"]
    wrong += ["0000-00-00 00:00:00", "now", "٢026-11-29 00:00:00", True]
    found = 0
    for endpoint in ENDPOINTS:
        if endpoint.version != "v1":
            continue
        for parameter in endpoint.parameters:
            if not is_time(inspect.type_info(parameter.type)):
                continue
            found += 1
            for value in right + wrong:
                provided = {**required_parameters(endpoint), parameter.name: value}
                problems = found_problems(read_parameters, endpoint, provided, refuse_unknown=True)
                assert [problem.path for problem in problems] == ([] if value in right else [parameter.name]), value
        body_type = inspect.type_info(endpoint.body.type) if endpoint.body else inspect.NoneType()
        for path, inner, put in members(body_type):
            if not is_time(inner):
                continue
            found += 1
            for value in right + wrong:
                problems = found_problems(read_body, endpoint, put(value))
                expected = [] if value in right else [path.removeprefix(".")]
                assert [problem.path for problem in problems] == expected, value
    assert found > 20


def is_time(declared: inspect.Type) -> bool:
    return any(
        isinstance(one, inspect.DateTimeType) or (isinstance(one, inspect.CustomType) and one.cls is not Upload)
        for one in flat(declared)
    )


def test_names_that_only_end_alike_are_not_suggested() -> None:
    deal = catalogue.load("v2.post_deals")
    body = dict.fromkeys(("rotten_time", "user_ids", "company_id", "stage_ids", "lable_ids", "pipelineid"), 1)
    found = found_problems(read_body, deal, {"title": "x", **body})
    assert {problem.path: problem.suggestion for problem in found} == {
        "rotten_time": None,
        "user_ids": "owner_id",
        "company_id": None,
        "stage_ids": "stage_id",
        "lable_ids": "label_ids",
        "pipelineid": "pipeline_id",
    }


def test_names_of_the_other_version_are_suggested() -> None:
    deal, list_of_deals = catalogue.load("v2.patch_deals_by_id"), catalogue.load("v2.get_deals")
    body = {"user_id": 1, "label": 2, "titel": "x", "foo": 3}
    found = found_problems(read_body, deal, body)
    assert {problem.path: problem.suggestion for problem in found} == {
        "user_id": "owner_id", "label": "label_ids", "titel": "title", "foo": None,
    }  # fmt: skip
    query = {"user_id": "1", "sort": "id", "id": "1"}
    found = found_problems(read_parameters, list_of_deals, query, refuse_unknown=True)
    assert {problem.path: problem.suggestion for problem in found} == {
        "user_id": "owner_id", "sort": "sort_by", "id": "ids",
    }  # fmt: skip


def test_an_answer_lists_so_many_problems_at_most() -> None:
    endpoint = catalogue.load("v2.post_deals")
    for body in ({"title": "x", "label_ids": ["x"] * 5000}, {f"name{number}": 1 for number in range(5000)}):
        problems = found_problems(read_body, endpoint, body)
        assert len(problems) == MAX_PROBLEMS + 1
        assert problems[-1] == Problem("", "There are more problems, which are not listed")
