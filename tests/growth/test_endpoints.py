"""Whatever text is sent wherever an operation takes any: twice the text takes no more than twice the time.

With DEALWRIGHT_LONG_TESTS every member goes alone with every text (`make test-long`); without, all members of a call go together,
and only the long ones alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec import inspect as types

from dealwright.contract.bodies import V1RecordBody
from dealwright.contract.endpoint import Endpoint
from dealwright.server.application import Application
from dealwright.server.binding import handlers
from dealwright.server.request_bodies import MAX_BODY_BYTES
from dealwright.server.requests import FORM_URLENCODED, MULTIPART
from tests import company
from tests.api import Api
from tests.call_strategies import Samples, minimal_call, minimal_value, properties
from tests.growth.growth import AWKWARD, HEAD_AWKWARD, MOST_AWKWARD, assert_linear, repeat
from tests.populated_company import PopulatedCompany, populate, roll_back_writes

IS_LONG = bool(os.environ.get("DEALWRIGHT_LONG_TESTS"))
TEXTS = AWKWARD if IS_LONG else MOST_AWKWARD
ENDPOINTS = sorted((endpoint for endpoint, _ in handlers().values()), key=lambda endpoint: endpoint.qualified_name)
SHORT = 1000
"""A text that may be no longer than this is tried alone in the long run only."""
CUSTOM_FIELD_LENGTH = 65_535
QUERY_LENGTH = 3_000
TOO_LONG = 100_000
TOO_LONG_TEXTS = ("<", "9", "\u0301\u0316")

HEAD_LENGTH = 30_000
HEADERS = ("cookie", "authorization", "x-api-token", "host", "user-agent", "content-type", "x-forwarded-proto")
BEGINNINGS = {
    "application/json": ("", "{", '{"title": ', '{"title": "'),
    FORM_URLENCODED: ("", "title=", "a[", "title[0][value]="),
    f"{MULTIPART}; boundary=b": (
        "--b\r\n",
        '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n',
        '--b\r\nContent-Disposition: form-data; name="',
        "--b\r\nContent-Disposition: ",
    ),
    "text/plain": ("",),
}

Member = Callable[[Callable[[int], str]], Any]
"""A value of a declared type, whose texts a function makes for their longest length."""


class InlineExecutor(Executor):
    """Runs everything in the thread that asks for it, whose CPU time is measured."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture(scope="module")
def populated(
    template_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, PopulatedCompany]]:
    """A company in which nothing stays written."""
    api = company.open_api(company.copy_folder(template_folder, tmp_path_factory.mktemp("growth") / "platform"))
    found = populate(api)
    with pytest.MonkeyPatch.context() as patch:
        roll_back_writes(api, patch)
        run_inline(api.app)
        yield api, found
    company.close(api)


def run_inline(app: Application) -> None:
    app._threads.shutdown()
    app._threads = InlineExecutor()  # type: ignore[assignment]


def longest_text(declared: types.Type) -> int:
    """The longest text in values of a type; 0 where there is none that may be anything."""
    match declared:
        case types.Metadata():
            return longest_text(declared.type)
        case types.UnionType():
            return max(map(longest_text, declared.types))
        case types.StrType(pattern=None):
            return declared.max_length or 0
        case types.ListType():
            return longest_text(declared.item_type)
        case types.AnyType():
            return CUSTOM_FIELD_LENGTH
        case types.StructType():
            return max((longest_text(field.type) for field in declared.fields), default=0)
    return 0


def filled(declared: types.Type, samples: Samples, text: Callable[[int], str]) -> Any:
    """A value of a type, with a text in every place that takes one."""
    match declared:
        case types.Metadata():
            return filled(declared.type, samples, text)
        case types.UnionType():
            return filled(max(declared.types, key=longest_text), samples, text)
        case types.StrType(pattern=None):
            return text(declared.max_length or 0)
        case types.ListType():
            return [filled(declared.item_type, samples, text)]
        case types.AnyType():
            return text(CUSTOM_FIELD_LENGTH)
        case types.StructType():
            return {
                field.encode_name: filled(field.type, samples, text)
                for field in declared.fields
                if field.required or longest_text(field.type)
            }
    return minimal_value(declared, samples)


def body_members(endpoint: Endpoint[..., Any], samples: Samples) -> dict[str, tuple[int, Member]]:
    """The members of a body that have texts: the longest one, and what makes the value."""
    found: dict[str, tuple[int, Member]] = {}
    for name, field in properties(endpoint).items():
        if longest := longest_text(field.type):
            found[name] = longest, partial(filled, field.type, samples)
    declared = types.type_info(endpoint.body.type) if endpoint.body else None
    while isinstance(declared, types.Metadata):
        declared = declared.type
    if isinstance(declared, types.StructType):
        own = {key: (CUSTOM_FIELD_LENGTH, lambda text: text(CUSTOM_FIELD_LENGTH)) for key in samples.keys}
        if issubclass(declared.cls, V1RecordBody):
            found |= own
        elif "custom_fields" in found:
            found["custom_fields"] = CUSTOM_FIELD_LENGTH, lambda text: {key: text(CUSTOM_FIELD_LENGTH) for key in own}
    return found


def groups(members: Mapping[str, tuple[int, Member]]) -> Iterator[dict[str, Member]]:
    """The members to send together: all, and each alone; the short ones only in the long run."""
    if members:
        yield {name: make for name, (_, make) in members.items()}
    for name, (longest, make) in members.items():
        if (IS_LONG or longest > SHORT) and len(members) > 1:
            yield {name: make}


class Sender(NamedTuple):
    """Makes requests of a company, ready to be sent."""

    api: Api
    endpoint: Endpoint[..., Any]
    samples: Samples

    def request(self, parameters: Mapping[str, Any], body: Mapping[str, Any]) -> Callable[[], object]:
        call = minimal_call(self.endpoint, self.samples, parameters, body)
        return partial(
            self.api.send, self.endpoint.method, call.path, call.body, call.content_type, raw_query=call.query
        )

    def with_members(self, group: Mapping[str, Member], unit: str, thousandths: int) -> Callable[[], object]:
        """A request with texts of so many thousandths of the longest that each member takes."""
        return self.request(
            {}, {k: make(lambda longest: cut(unit, longest * thousandths // 1000)) for k, make in group.items()}
        )

    def with_long_members(self, group: Mapping[str, Member], unit: str, length: int) -> Callable[[], object]:
        """A request with texts of a length, whether the members take it or not."""
        return self.request({}, {k: make(lambda _: repeat(unit, length)) for k, make in group.items()})

    def with_parameters(self, names: Sequence[str], unit: str, longest: int, thousandths: int) -> Callable[[], object]:
        """A request with texts of so many thousandths of a length, or of the longest that a parameter takes."""
        limits = {p.name: longest_text(types.type_info(p.type)) or longest for p in self.endpoint.parameters}
        texts = {name: cut(unit, min(limits[name], longest) * thousandths // 1000) or "0" for name in names}
        return self.request(texts, {})

    def with_long_parameters(self, names: Sequence[str], unit: str, length: int) -> Callable[[], object]:
        """A request with texts of a length, whether the parameters take it or not."""
        return self.request({name: repeat(unit, length // len(names)) for name in names}, {})


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_texts_in_bodies_and_parameters(populated: tuple[Api, PopulatedCompany], endpoint: Endpoint[..., Any]) -> None:
    api, found = populated
    sender = Sender(api, endpoint, found.samples(endpoint.path))
    names = [parameter.name for parameter in endpoint.parameters]
    members = body_members(endpoint, sender.samples)
    for unit in TEXTS:
        for group in groups(members):
            what = f"{endpoint.qualified_name} {', '.join(group)} with {unit!r}"
            assert_linear(partial(sender.with_members, group, unit), 500, what)
        if members and (IS_LONG or unit in TOO_LONG_TEXTS):
            everything = {name: make for name, (_, make) in members.items()}
            length = TOO_LONG // 2 // len(everything)
            assert_linear(
                partial(sender.with_long_members, everything, unit), length, f"{endpoint.qualified_name} {unit!r}"
            )
        for chosen in [names, *([name] for name in names if IS_LONG)] if names else []:
            what = f"{endpoint.qualified_name} {', '.join(chosen)} with {unit!r}"
            assert_linear(partial(sender.with_parameters, chosen, unit, QUERY_LENGTH), 500, what)
            assert_linear(partial(sender.with_long_parameters, chosen, unit), QUERY_LENGTH // 2, what)


def cut(unit: str, length: int) -> str:
    """A text of exactly that length."""
    return (unit * (length // len(unit) + 1))[:length]


@pytest.mark.parametrize("unit", AWKWARD if IS_LONG else HEAD_AWKWARD)
def test_heads(populated: tuple[Api, PopulatedCompany], unit: str) -> None:
    api, _ = populated
    plain = unit.encode("latin-1", "replace").decode("latin-1").replace("\n", " ")

    def with_header(method: str, path: str, name: str, beginning: str, length: int) -> Callable[[], object]:
        headers = {"x-api-token": api.token, name: beginning + repeat(plain, length)}
        return partial(api.send, method, path, b"", headers=headers)

    def with_path(beginning: str, end: str, length: int) -> Callable[[], object]:
        return partial(api.send, "GET", beginning + repeat(unit, length) + end)

    def with_query(length: int) -> Callable[[], object]:
        return partial(api.send, "GET", "/v1/deals", raw_query=repeat(unit, length).encode())

    for name in HEADERS:
        for method, path in (("GET", "/v1/deals"), ("GET", "/oauth/authorize"), ("POST", "/oauth/token")):
            for beginning in ("", 'a="', "Bearer ", "Basic "):
                what = f"{method} {path} {name}: {beginning}{unit!r}"
                assert_linear(partial(with_header, method, path, name, beginning), HEAD_LENGTH, what)
    for path, name in (
        ("/cli/connectors/connections", "api-authorization"),
        ("/apps/connectors/connections", "shared-token"),
    ):
        for beginning in ("", "Bearer "):
            what = f"{path} {name}: {beginning}{unit!r}"
            assert_linear(partial(with_header, "GET", path, name, beginning), HEAD_LENGTH, what)
    for beginning in ("/v1/deals", "/v1/deals/", "/v1/deals:(", "/pictures/", "/oauth/", "/"):
        for end in ("", ")"):
            assert_linear(partial(with_path, beginning, end), HEAD_LENGTH, f"{beginning} and {unit!r}")
    assert_linear(with_query, HEAD_LENGTH, f"?{unit!r}")


@pytest.mark.parametrize("unit", TEXTS)
def test_bodies_of_every_kind(populated: tuple[Api, PopulatedCompany], unit: str) -> None:
    api, _ = populated

    def with_body(path: str, kind: str, beginning: str, length: int) -> Callable[[], object]:
        return partial(api.send, "POST", path, (beginning + repeat(unit, length)).encode(), kind)

    for kind, beginnings in BEGINNINGS.items():
        for beginning in beginnings:
            for path in ("/v1/deals", "/v1/persons"):
                what = f"POST {path} as {kind}: {beginning}{unit!r}"
                assert_linear(partial(with_body, path, kind, beginning), MAX_BODY_BYTES // 32, what)
