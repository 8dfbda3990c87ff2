"""While a write transaction is open, nothing happens that needs no database: all other writers would wait for it.

Every operation that writes is called with every property of its body, and a recorder looks at what is called meanwhile:
libraries that sanitize, decode, hash and compress, files, sockets, processes, and waiting.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import BuiltinFunctionType, FrameType
from typing import Any

import pytest

from dealwright.contract.endpoint import Endpoint
from dealwright.crm.correspondence import notes
from dealwright.crm.correspondence.model import Note
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.unit_of_work import UnitOfWork, UserRef
from dealwright.crm.team import logins
from dealwright.server.application import Application
from dealwright.server.binding import handlers
from dealwright.storage.engines import Transaction
from tests import company
from tests.api import Api
from tests.call_strategies import minimal_call, properties
from tests.conftest import DATABASES, empty_postgres_database
from tests.populated_company import RECORD_COUNT, PopulatedCompany, populate, rollback_after

WRITING_ENDPOINTS = sorted(
    (endpoint for endpoint, _ in handlers().values() if endpoint.method != "GET"),
    key=lambda endpoint: endpoint.qualified_name,
)

SLOW_PACKAGES = frozenset(
    {
        *("nh3", "PIL", "argon2", "_argon2_cffi_bindings", "cryptography", "zlib", "gzip"),
        *("subprocess", "socket", "_socket", "ssl", "_ssl", "select", "httpcore2", "httpx2", "obstore", "boto3"),
    }
)
"""Packages that take time or ask others."""

SLOW_FUNCTIONS = frozenset(
    {
        *(("time", "sleep"), ("_io", "open"), ("io", "open"), ("builtins", "open"), ("_hashlib", "pbkdf2_hmac")),
        *(("_hashlib", "scrypt"), ("posix", "mkdir"), ("posix", "replace"), ("posix", "rename"), ("posix", "unlink")),
        *(("posix", "open"), ("posix", "fsync"), ("nt", "mkdir"), ("nt", "replace"), ("nt", "unlink")),
    }
)


WITHOUT_IMAGE = RECORD_COUNT + 1
"""A product that has no image."""


class Recorder:
    """Notes slow calls while the thread that makes them has a write transaction open."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self.transactions = 0
        self._thread = threading.local()

    def watch(self, write: Callable[..., AbstractContextManager[Transaction]]) -> Callable[..., Any]:
        """Transactions like those of ``write``, during which calls are noted."""

        @contextmanager
        def watched(*, exclusive: bool = False) -> Iterator[Transaction]:
            with write(exclusive=exclusive) as transaction:
                self.transactions += 1
                self._thread.is_writing = True
                try:
                    yield transaction
                finally:
                    self._thread.is_writing = False

        return watched

    def profile(self, frame: FrameType, event: str, argument: object) -> None:
        """Is called by the interpreter for every call."""
        if not getattr(self._thread, "is_writing", False):
            return
        if event == "call":
            module, function = str(frame.f_globals.get("__name__")), frame.f_code.co_name
        elif event == "c_call" and isinstance(argument, BuiltinFunctionType):
            module, function = str(argument.__module__), argument.__name__
        else:
            return
        is_slow = module.partition(".")[0] in SLOW_PACKAGES or (module, function) in SLOW_FUNCTIONS
        if is_slow and not _is_of_driver_or_import(frame):
            self.calls.add(f"{module}.{function}")


def _is_of_driver_or_import(frame: FrameType | None) -> bool:
    """Whether a call comes from the database's driver, or from an import that happens the first time only."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith(("psycopg", "importlib", "_frozen_importlib")):
            return True
        frame = frame.f_back
    return False


@pytest.fixture(scope="module")
def watched_company(
    request: pytest.FixtureRequest, template_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, PopulatedCompany, Recorder]]:
    """A company in which nothing stays written, and a recorder of all its transactions."""
    folder = tmp_path_factory.mktemp("watched")
    if request.param == "sqlite":
        yield from open_watched(company.open_api(company.copy_folder(template_folder, folder / "platform")))
        return
    template = request.getfixturevalue("template_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        yield from open_watched(company.open_api(url, files=str(folder)))


def open_watched(api: Api) -> Iterator[tuple[Api, PopulatedCompany, Recorder]]:
    populated, recorder = populate(api), Recorder()
    assert api.post("/api/v2/products", {"name": "Without an image"}).data["id"] == WITHOUT_IMAGE
    database = api.principal.company.database
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "write", recorder.watch(rollback_after(database.write)))
        patch.setattr(socket, "getaddrinfo", lambda *_arguments, **_more: [])
        # Threads are recorded from their start on, so this application has none yet.
        threading.setprofile(recorder.profile)
        fresh = Api(Application(api.companies), api.clock, api.principal)
        try:
            yield fresh, populated, recorder
        finally:
            threading.setprofile(None)
            fresh.app.close()
    company.close(api)


def sample(name: str) -> Any:
    """A value of a property that may be a text: HTML, or an address."""
    return "https://hooks.example.com/x" if name.endswith("url") else "<p>Some <b>text</b></p>"


def call_with_each_property(api: Api, populated: PopulatedCompany, endpoint: Endpoint[..., Any]) -> set[int]:
    """Calls an operation with what it must have, and with one property of its body after the other; returns the statuses."""
    samples = populated.samples(endpoint.path)
    links = {"deal_id": 1} if "deal_id" in properties(endpoint) else {}
    event = {"event_action": "*", "event_object": "*"} if "event_action" in properties(endpoint) else {}
    texts = {name: sample(name) for name in ("content", "subscription_url") if name in properties(endpoint)}
    others = {"id": WITHOUT_IMAGE} if endpoint.name == "post_products_by_id_images" else {}
    statuses = set()
    for given in ({}, *({name: sample(name)} for name in properties(endpoint))):
        call = minimal_call(endpoint, samples, others, links | event | texts | given)
        answer = api.send(endpoint.method, call.path, call.body, call.content_type, raw_query=call.query)
        statuses.add(answer.status)
    return statuses


@pytest.mark.parametrize("watched_company", DATABASES, indirect=True)
@pytest.mark.parametrize("endpoint", WRITING_ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_no_write_transaction_waits_for_what_needs_no_database(
    watched_company: tuple[Api, PopulatedCompany, Recorder], endpoint: Endpoint[..., Any]
) -> None:
    api, populated, recorder = watched_company
    recorder.calls, recorder.transactions = set(), 0
    statuses = call_with_each_property(api, populated, endpoint)
    assert recorder.transactions > 0, f"no call was let in: {statuses}"
    assert recorder.calls == set()


@pytest.mark.parametrize("watched_company", ["sqlite"], indirect=True)
def test_the_recorder_sees_what_is_slow(
    watched_company: tuple[Api, PopulatedCompany, Recorder], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import nh3

    api, _, recorder = watched_company

    def slow(_crm: UnitOfWork, _id: int, _values: object) -> Note:
        nh3.clean("<b>x</b>")
        time.sleep(0)
        outbound_policy.resolve("hooks.example.com", 443, 1)
        (tmp_path / "content").write_bytes(b"content")
        raise NotFound("as asked")

    monkeypatch.setattr(notes, "update", slow)
    assert api.put("/v1/notes/1", {"content": "x"}).status == 404
    found, recorder.calls = recorder.calls, set()
    assert {"nh3.nh3.clean", "time.sleep"} < found
    assert any("open" in call for call in found)


def test_passwords_are_hashed_while_nobody_waits(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    platform, recorder = api.companies.platform, Recorder()
    monkeypatch.setattr(platform.database, "write", recorder.watch(platform.database.write))
    owner = UserRef(api.principal.company.id, 1)
    sys.setprofile(recorder.profile)
    try:
        logins.set_password(platform, owner, "ada@example.com", "a long password")
        assert logins.log_in(platform, "ada@example.com", "a long password", "203.0.113.1", api.clock()) == [owner]
        assert logins.log_in(platform, "ada@example.com", "a wrong password", "203.0.113.1", api.clock()) == []
    finally:
        sys.setprofile(None)
    assert recorder.transactions > 2
    assert recorder.calls == set()
