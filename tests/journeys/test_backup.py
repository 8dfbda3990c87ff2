"""Backups of a server that goes on serving, and what they are restored to."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
import sqlalchemy as sa
from PIL import Image

from dealwright.cli import main
from dealwright.storage import tables
from dealwright.storage.backups.contents import columns_with_content
from dealwright.storage.engines import is_postgres, tables_for_dialect
from dealwright.storage.paths import postgres_folder
from dealwright.storage.platform import Platform
from tests import company as test_company
from tests.cli.command_result import CommandResult
from tests.conftest import DATABASES, empty_postgres_database
from tests.sandbox import run_serve_command

WRITERS = 4
PAUSE_SECONDS = 0.25
"""How long a writer rests between deals: each file takes a backup as long as the disk needs for it."""
LONG = bool(os.environ.get("DEALWRIGHT_LONG_TESTS"))
BACKUPS = 50 if LONG else 5
KILLS = 50 if LONG else 8
COMMAND = (sys.executable, "-m", "dealwright")


@pytest.fixture(scope="module", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yields the folder for what is not in a PostgreSQL database."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("data")
        patch.setenv("DEALWRIGHT_DATA_DIR", str(folder))
        patch.delenv("DEALWRIGHT_FILES", raising=False)
        yield folder


@contextmanager
def empty_place(source: str, folder: Path) -> Iterator[str]:
    """Yields an empty place of the same kind as another one."""
    if is_postgres(source):
        with empty_postgres_database() as url:
            yield url
    else:
        yield str(folder)


def run(*arguments: str, code: int = 0) -> CommandResult:
    """Runs a command in this process."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        result = CommandResult(main(arguments), out.getvalue(), err.getvalue())
    assert result.code == code, result
    return result


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(out, "JPEG")
    return out.getvalue()


class Acknowledged(NamedTuple):
    """What the server has acknowledged: deals, and files with their content; and whether writers go on."""

    deals: list[int]
    files: dict[int, bytes]
    may_write: threading.Event

    def copy(self) -> Acknowledged:
        return Acknowledged([*self.deals], {**self.files}, self.may_write)


class Writer(threading.Thread):
    """Adds deals and files, and replaces and deletes the picture of a person, until it is stopped."""

    def __init__(self, url: str, token: str, acknowledged: Acknowledged) -> None:
        super().__init__()
        self.client = httpx2.Client(base_url=url, headers={"x-api-token": token}, timeout=60)
        self.acknowledged = acknowledged
        self.stopped = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            person = self.call("POST", "/api/v2/persons", json={"name": "Person"})["id"]
            while not self.stopped.is_set():
                self.acknowledged.may_write.wait()
                time.sleep(PAUSE_SECONDS)
                deal = self.call("POST", "/api/v2/deals", json={"title": "Deal", "person_id": person, "value": 5})["id"]
                self.acknowledged.deals.append(deal)
                content = os.urandom(200)
                file = self.call("POST", "/v1/files", files={"file": ("a.bin", content)}, data={"deal_id": str(deal)})
                self.acknowledged.files[file["id"]] = content
                if deal % 3 == 0:
                    self.call("POST", f"/v1/persons/{person}/picture", files={"file": ("a.jpg", jpeg())})
                    if deal % 2:
                        self.call("DELETE", f"/v1/persons/{person}/picture")
        except BaseException as error:
            self.error = error
        finally:
            self.client.close()

    def call(self, method: str, path: str, **content: Any) -> Any:
        response = self.client.request(method, path, **content)
        assert response.status_code < 300, f"{method} {path}: {response.text}"
        return response.json()["data"]


@contextmanager
def written_to(location: str, workers: int = 1) -> Iterator[Acknowledged]:
    """Serves a new company at a location, with writers at work; yields what is acknowledged meanwhile."""
    test_company.create_company(location)
    token = run("db", "token", "--database", location).out.strip()
    with ExitStack() as stack:
        _, line = stack.enter_context(
            run_serve_command("--database", location, "--port", "0", "--workers", str(workers))
        )
        url = line.split()[-1]
        acknowledged = Acknowledged([], {}, threading.Event())
        acknowledged.may_write.set()
        writers = [Writer(url, token, acknowledged) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        try:
            while not acknowledged.files and all(writer.is_alive() for writer in writers):
                time.sleep(0.05)
            yield acknowledged
            assert all(writer.is_alive() for writer in writers), [writer.error for writer in writers]
        finally:
            for writer in writers:
                writer.stopped.set()
            acknowledged.may_write.set()
            for writer in writers:
                writer.join()


def check_restored(location: str, before: Acknowledged) -> None:
    """Compares a platform with what was acknowledged before its backup, and its parts with each other."""
    platform = Platform(location)
    try:
        [company] = platform.list_companies()
        deals, files, persons = tables.deals.c, tables.files.c, tables.persons.c
        with company.database.read() as db:
            stored = set(db.values(sa.select(deals.id)))
            changes = tables.changes.c
            logged = set(
                db.values(sa.select(changes.record_id).where(changes.object == "deal", changes.action == "create"))
            )
            keys: dict[int, str] = dict(db.rows(sa.select(files.id, files.content_key)))
            counts: dict[int, int] = dict(db.rows(sa.select(persons.id, persons.open_deals_count)))
            by_person: dict[int, int] = dict(
                db.rows(sa.select(deals.person_id, sa.func.count()).group_by(deals.person_id))
            )
            pictures = tables.person_pictures.c
            linked = set(db.values(sa.select(persons.picture_id).where(persons.picture_id.is_not(None))))
            live = set(db.values(sa.select(pictures.id).where(pictures.is_deleted == sa.false())))
            assert live == linked
            all_keys = all_storage_keys(db.values)
        assert set(before.deals) <= stored
        assert stored == logged
        assert {id: count for id, count in counts.items() if count} == by_person
        assert before.files.keys() <= keys.keys()
        for id, content in before.files.items():
            assert b"".join(company.files.stream(keys[id])) == content
        for key in all_keys:
            assert b"".join(company.files.stream(key))
    finally:
        platform.close()


def all_storage_keys(values: Callable[[sa.Select[Any]], list[Any]]) -> list[str]:
    keys: list[str] = []
    for column in columns_with_content():
        live = [] if column.info["content"]["outlives_deletion"] else [column.table.c.is_deleted == sa.false()]
        for key in values(sa.select(column).where(column.is_not(None), *live)):
            keys += [f"{key}-{size}" for size in column.info["content"]["sizes"]] or [key]
    return keys


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Saved]]:
    """Yields a function that returns a backup of a small company on a database, made once."""
    made: dict[str, Saved] = {}
    with ExitStack() as stack:

        def get(dialect: str) -> Saved:
            if dialect not in made:
                folder = tmp_path_factory.mktemp("saved")
                source = str(folder / "source")
                if dialect == "postgresql":
                    source = stack.enter_context(empty_postgres_database())
                test_company.create_company(source)
                api = test_company.open_api(source)
                try:
                    for number in range(3):
                        api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"content %d" % number)})
                    api.companies.platform.cipher.encrypt("makes the key")
                finally:
                    test_company.close(api)
                backup = run("backup", str(folder / "backups"), "--database", source).out.strip()
                made[dialect] = Saved(backup, source)
            return made[dialect]

        yield get


class Saved(NamedTuple):
    """A backup, and the place that it is of."""

    backup: str
    source: str

    def copy(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.backup, folder / "copy"))


@pytest.fixture(params=DATABASES)
def one(request: pytest.FixtureRequest, saved: Callable[[str], Saved]) -> Saved:
    return saved(request.param)


def contents(location: str) -> object:
    """Returns all that a restored platform has: the rows of every table, content and the key. None where nothing is."""
    folder = postgres_folder(location) if is_postgres(location) else Path(location)
    if not is_postgres(location) and not folder.exists():
        return None
    platform = Platform(location)
    try:
        if platform.is_new():
            return None
        [company] = platform.list_companies()
        with company.database.read() as db:
            rows = {
                table.name: sorted(map(repr, db.rows(sa.select(table))))
                for table in tables_for_dialect(tables.metadata, db.dialect)
            }
            keys = all_storage_keys(db.values)
        stored = {key: b"".join(company.files.stream(key)) for key in keys}
        return rows, stored, platform.cipher.key_file.read_text()
    finally:
        platform.close()


def test_backups_of_a_busy_server_are_whole(location: str, tmp_path: Path) -> None:
    sizes = []
    with written_to(location) as acknowledged:
        for number in range(BACKUPS):
            acknowledged.may_write.set()
            before = acknowledged.copy()
            started = time.monotonic()
            made = run("backup", str(tmp_path / "backups"), "--database", location).out.strip()
            seconds = time.monotonic() - started
            # What is compared meanwhile takes longer than the backup: the company would only grow.
            acknowledged.may_write.clear()
            run("backup", "--verify", made)
            print(f"backup {number + 1}: {len(before.deals)} deals before, {seconds:.2f} s", flush=True)
            sizes.append(len(before.deals))
            with empty_place(location, tmp_path / f"restored-{number}") as place:
                run("restore", made, "--database", place)
                check_restored(place, before)
    assert sizes[-1] > sizes[0] > 0
    for path in (tmp_path / "backups").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_what_is_restored_is_what_was_there(one: Saved, tmp_path: Path) -> None:
    with empty_place(one.source, tmp_path / "restored") as place:
        run("restore", str(Path(one.backup).parent), "--database", place)
        assert contents(place) == contents(one.source) != None  # noqa: E711
        again = run("restore", one.backup, "--database", place, code=1)
        assert "not empty" in again.err


def test_a_restore_that_is_killed_leaves_nothing_or_everything(one: Saved, tmp_path: Path) -> None:
    expected, chance, complete = contents(one.source), random.Random(1), 0
    seconds = 60.0
    for number in range(KILLS + 1):
        with empty_place(one.source, tmp_path / f"restored-{number}") as place:
            started = time.monotonic()
            command = [*COMMAND, "restore", one.backup, "--database", place]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
                # The first one is not killed, and says how long it takes.
                with suppress(subprocess.TimeoutExpired):
                    process.wait(chance.uniform(0.3, 1.1) * seconds if number else seconds)
                process.kill()
            seconds = seconds if number else time.monotonic() - started
            left = contents(place)
            assert left in (None, expected)
            complete += left is not None
            if left is None:
                if not is_postgres(place) and Path(place).exists():
                    shutil.rmtree(place)
                run("restore", one.backup, "--database", place)
                assert contents(place) == expected
    assert complete >= 1
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".unfinished")] == []


def test_a_damaged_backup_is_found(one: Saved, tmp_path: Path) -> None:
    copy = one.copy(tmp_path)
    run("backup", "--verify", str(copy))
    files = [path for path in copy.rglob("*") if path.is_file()]
    assert len(files) > 4
    for path in files:
        content = path.read_bytes()
        middle = len(content) // 2
        changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        # What was changed in the manifest need not be a fault.
        for damaged in (None, b"{" + content) if path.name == "manifest.json" else (None, content[:-1], changed):
            path.unlink() if damaged is None else path.write_bytes(damaged)
            for command in (("backup", "--verify"), ("restore", "--database", str(tmp_path / "restored"))):
                refused = run(*command, str(copy), code=1)
                assert len(refused.err.splitlines()) == 1
                assert str(copy) in refused.err
            path.write_bytes(content)
    assert not (tmp_path / "restored").exists()


def test_a_row_without_content_is_found(one: Saved, tmp_path: Path) -> None:
    copy = one.copy(tmp_path)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"] = [file for file in manifest["files"] if not file["path"].startswith("files/")]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert "has no content" in run("backup", "--verify", str(copy), code=1).err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 2}, "newer version"),
        ({"companies": [{"id": 1, "domain": "tests", "schema_revision": "9999"}]}, "9999"),
    ],
)
def test_a_backup_of_a_newer_version_is_refused(
    one: Saved, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    copy = one.copy(tmp_path)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | change))
    with empty_place(one.source, tmp_path / "restored") as place:
        assert message in run("restore", str(copy), "--database", place, code=1).err


def test_a_backup_is_restored_into_its_own_kind_of_database(one: Saved, tmp_path: Path) -> None:
    other = str(tmp_path / "folder") if is_postgres(one.source) else "postgresql://user:hunter2@127.0.0.1:1/none"
    refused = run("restore", one.backup, "--database", other, code=1).err
    assert "cannot be restored into" in refused
    assert "hunter2" not in refused
    assert not (tmp_path / "folder").exists()


def test_content_that_was_lost_before_is_told_and_the_rest_is_kept(location: str, tmp_path: Path) -> None:
    test_company.create_company(location)
    api = test_company.open_api(location)
    try:
        for _ in range(2):
            api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"content")})
        store = Path(api.companies.platform.files_location)
    finally:
        test_company.close(api)
    lost = next(path for path in store.rglob("*") if path.is_file())
    lost.unlink()
    made = run("backup", str(tmp_path / "backups"), "--database", location, code=1)
    assert "1 files" in made.err or lost.name in made.err
    backup = made.out.strip()
    assert lost.name in run("backup", "--verify", backup, code=1).err
    with empty_place(location, tmp_path / "restored") as place:
        run("restore", backup, "--database", place, code=1)
        assert run("db", "companies", "--database", place).out


def test_a_backup_goes_to_a_bucket_and_comes_from_it(one: Saved, bucket: str, tmp_path: Path) -> None:
    backup = run("backup", f"{bucket}/backups", "--database", one.source).out.strip()
    assert backup.startswith(f"{bucket}/backups/")
    run("backup", "--verify", f"{bucket}/backups")
    with empty_place(one.source, tmp_path / "restored") as place:
        run("restore", backup, "--database", place)
        assert contents(place) == contents(one.source)


def test_content_in_a_bucket_is_in_the_backup(bucket: str, tmp_path: Path, location: str) -> None:
    test_company.create_company(location)
    api = test_company.open_api(location, files=f"{bucket}/files")
    api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"content")})
    test_company.close(api)
    made = run("backup", str(tmp_path / "backups"), "--database", location, "--files", f"{bucket}/files").out.strip()
    with empty_place(location, tmp_path / "restored") as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEALWRIGHT_FILES", f"{bucket}/others")
        run("restore", made, "--database", place)
        api = test_company.open_api(place)
        assert api.get("/v1/files/1/download").body == b"content"
        test_company.close(api)


def test_an_interrupted_backup_leaves_nothing(tmp_path: Path, location: str) -> None:
    test_company.create_company(location)
    folder = tmp_path / "backups"
    for delay in (0.4, 0.8, 1.2):
        with subprocess.Popen(
            [*COMMAND, "backup", str(folder), "--database", location], stdout=subprocess.DEVNULL
        ) as process:
            time.sleep(delay)
            process.kill()
    run("backup", str(folder), "--database", location)
    for path in folder.iterdir():
        assert not path.name.startswith(".")
        run("backup", "--verify", str(path))


def test_pg_dump_must_be_there_and_new_enough(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_company.create_company(postgres_url)
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = run("backup", str(tmp_path / "backups"), "--database", postgres_url, code=1).err
    assert "pg_dump is not installed" in refused
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho pg_dump '(PostgreSQL)' 9.6.1\n")
    program.chmod(0o700)
    refused = run("backup", str(tmp_path / "backups"), "--database", postgres_url, code=1).err
    assert "is 9.6 and the server" in refused
    assert len(refused.splitlines()) == 1
    assert list((tmp_path / "backups").iterdir()) == []
