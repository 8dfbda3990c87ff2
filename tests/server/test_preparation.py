"""While a write transaction is open, nothing happens that needs no database: all other writers would wait for it.

Every operation that writes is called with every property of its body, and a recorder looks at what is called meanwhile:
libraries that sanitize, decode, hash and compress, files, sockets, processes, and waiting.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import BuiltinFunctionType, FrameType
from typing import Any, NamedTuple

import pyotp
import pytest

from dealwright.contract.endpoint import Endpoint
from dealwright.crm.correspondence import notes
from dealwright.crm.correspondence.model import Note
from dealwright.crm.errors import NotFound
from dealwright.crm.integration.oauth import apps
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.unit_of_work import UnitOfWork, UserRef
from dealwright.crm.team import logins, second_factors
from dealwright.server.application import Application
from dealwright.server.binding import handlers
from dealwright.storage.engines import Transaction
from tests import company
from tests.api import Api
from tests.call_strategies import minimal_call, properties
from tests.conftest import DATABASES, empty_postgres_database
from tests.oauth import issue_access_token
from tests.populated_company import RECORD_COUNT, PopulatedCompany, populate, roll_back_writes

READING = frozenset({"app.post_actions_by_version_by_name_code", "app.post_chat_model_test"})
"""Operations that write nothing, and are asked with a body all the same."""

WRITING_ENDPOINTS = sorted(
    (
        endpoint
        for endpoint, _ in handlers().values()
        if endpoint.method != "GET" and endpoint.qualified_name not in READING
    ),
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

HERE, ADDED_CONNECTION = 1, 2
"""The connection to this CRM that every company has, and the one that is added for the tests."""

EXECUTE = "abstra.post_connectors_connection_by_name_execute"
RUN = {"connection_id": HERE, "version": "v1", "name": "get_users_me"}
WITH_FILE = {"connection_id": HERE, "version": "v1", "name": "post_files"}
BODIES: dict[str, dict[str, object]] = {
    EXECUTE: {"actionName": "get_users_me", "connectionName": "local"},
    "app.post_runs": RUN,
    "app.post_runs_with_file": {"run": json.dumps(WITH_FILE), "property": "file"},
    "app.post_connections": {"service": "server", "url": "https://93.184.216.34", "token": "a" * 40},
    "app.post_connections_authorize": {
        "name": "By consent",
        "provider": "https://93.184.216.34",
        "client_id": "app",
        "client_secret": "secret",
    },
}
"""What operations take that a value of each type does not make."""


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
) -> Iterator[tuple[Api, Watched, Recorder]]:
    """A company in which nothing stays written, and a recorder of all its transactions."""
    folder = tmp_path_factory.mktemp("watched")
    if request.param == "sqlite":
        yield from open_watched(company.open_api(company.copy_folder(template_folder, folder / "platform")))
        return
    template = request.getfixturevalue("template_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        yield from open_watched(company.open_api(url, files=str(folder)))


def open_watched(api: Api) -> Iterator[tuple[Api, Watched, Recorder]]:
    populated, recorder = populate(api), Recorder()
    assert api.post("/api/v2/products", {"name": "Without an image"}).data["id"] == WITHOUT_IMAGE
    give_second_factor(api)
    let_app_in(api)
    added = api.post("/app/api/connections", {"name": "Elsewhere", **BODIES["app.post_connections"]}).body["id"]
    assert added == ADDED_CONNECTION
    run_id = api.post("/app/api/runs", RUN).body["run"]["id"]
    with pytest.MonkeyPatch.context() as patch:
        fresh = Api(Application(api.companies), api.clock, api.principal)
        roll_back_writes(fresh, patch)
        for database in (api.principal.company.database, api.companies.platform.database):
            patch.setattr(database, "write", recorder.watch(database.write))
        patch.setattr(socket, "getaddrinfo", lambda *_arguments, **_more: [])
        # Threads are recorded from their start on, so this application has none yet.
        threading.setprofile(recorder.profile)
        try:
            yield fresh, Watched(populated, run_id), recorder
        finally:
            threading.setprofile(None)
            fresh.app.close()
    company.close(api)


class Watched(NamedTuple):
    """What the company has: its records, and a run."""

    records: PopulatedCompany
    run_id: str

    def parameters(self, endpoint: Endpoint[..., Any]) -> dict[str, Any]:
        """Ids that an operation needs, where it does not do with those of any record."""
        ids: dict[str, Any] = {
            "v1.post_products_by_id_images": WITHOUT_IMAGE,
            "v2.post_products_by_id_images": WITHOUT_IMAGE,
            "app.delete_connections_by_id": ADDED_CONNECTION,
            "app.post_runs_by_id_again": self.run_id,
        }
        if endpoint.qualified_name == EXECUTE:
            return {"name": "local"}
        id = ids.get(endpoint.qualified_name)
        return {} if id is None else {"id": id}


def give_second_factor(api: Api) -> None:
    """Gives the admin a password and a second factor: without them, much is refused before anything is written."""
    platform, owner = api.companies.platform, UserRef(api.principal.company.id, api.principal.user_id)
    logins.set_password(platform, owner, "ada@example.com", "a long password")
    new = second_factors.begin(platform, owner, "ada@example.com", "Tests", api.clock())
    second_factors.switch_on(platform, owner, pyotp.TOTP(new.secret).at(api.clock()), "", api.clock())


def let_app_in(api: Api) -> None:
    """Registers an app of the company, to which the admin gives access."""
    new = apps.NewApp("An app", ["https://app.example/"], (), company_id=api.principal.company.id)
    app, _ = apps.register(api.companies.platform, new, api.clock())
    issue_access_token(api, app)


def sample(name: str) -> Any:
    """A value of a property that may be a text: HTML, or an address."""
    if name == "redirect_uris":
        return [sample("url")]
    return "https://hooks.example.com/x" if name.endswith("url") else "<p>Some <b>text</b></p>"


def call_with_each_property(api: Api, watched: Watched, endpoint: Endpoint[..., Any]) -> set[int]:
    """Calls an operation with what it must have, and with one property of its body after the other; returns the statuses."""
    samples = watched.records.samples(endpoint.path)
    links = {"deal_id": 1} if "deal_id" in properties(endpoint) else {}
    event = {"event_action": "*", "event_object": "*"} if "event_action" in properties(endpoint) else {}
    texts = {
        name: sample(name) for name in ("content", "subscription_url", "redirect_uris") if name in properties(endpoint)
    }
    others, known = watched.parameters(endpoint), BODIES.get(endpoint.qualified_name, {})
    statuses = set()
    for given in ({}, *({name: sample(name)} for name in properties(endpoint))):
        call = minimal_call(endpoint, samples, others, links | event | texts | known | given)
        answer = api.send(endpoint.method, call.path, call.body, call.content_type, raw_query=call.query)
        statuses.add(answer.status)
    return statuses


@pytest.mark.parametrize("watched_company", DATABASES, indirect=True)
@pytest.mark.parametrize("endpoint", WRITING_ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_no_write_transaction_waits_for_what_needs_no_database(
    watched_company: tuple[Api, Watched, Recorder], endpoint: Endpoint[..., Any]
) -> None:
    api, watched, recorder = watched_company
    recorder.calls, recorder.transactions = set(), 0
    statuses = call_with_each_property(api, watched, endpoint)
    assert recorder.transactions > 0, f"no call was let in: {statuses}"
    assert recorder.calls == set()


@pytest.mark.parametrize("watched_company", ["sqlite"], indirect=True)
def test_the_recorder_sees_what_is_slow(
    watched_company: tuple[Api, Watched, Recorder], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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
