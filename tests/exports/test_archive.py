"""Exports of everything into one ZIP."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dealwright.connectors import Client
from dealwright.connectors.exports import export_all, kinds
from tests.api import Api
from tests.exports.records import TEXTS, create_full_deal


def fill(client: Client) -> None:
    """Creates a record of most kinds, with texts of all languages."""
    create_full_deal(client)

    def create(action: Any, **body: Any) -> Any:
        return client.request(action, {"data": body}).body["data"]

    for text in TEXTS.values():
        create("v2.post_deals", title=text)
        create("v1.post_notes", deal_id=1, content=text)
    create("v2.post_activities", subject="Call", deal_id=1, type="call")
    create("v1.post_leads", title="Lead", person_id=1)
    product = create("v2.post_products", name="Oven", prices=[{"currency": "EUR", "price": 900}])["id"]
    client.run(
        "v2.post_deals_by_id_products", {"id": 1, "data": {"product_id": product, "item_price": 900, "quantity": 2}}
    )
    client.run("v2.patch_deals_by_id", {"id": 2, "data": {"is_archived": True}})
    client.run("v1.post_files", {"data": {"file": ("Angebot: ä?.txt", "Grüße".encode()), "deal_id": 1}})


def read(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).decode().splitlines()]


def test_everything_is_in_the_zip(crm: Client, tmp_path: Path) -> None:
    fill(crm)
    done = export_all(crm, tmp_path / "all.zip")
    assert done.left_out == {}
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        listed = set(kinds.names()) - {"organizationRelationships"}
        assert {f"{kind}.ndjson" for kind in listed} <= set(names)
        [file] = [name for name in names if name.startswith("files/")]
        assert file == "files/1/Angebot_ ä_.txt"
        assert archive.read(file).decode() == "Grüße"
        deals = read(archive, "deals.ndjson")
        assert [deal["id"] for deal in deals] == list(range(1, len(TEXTS) + 2))
        assert [deal["title"] for deal in deals[1:]] == list(TEXTS.values())
        assert [deal["is_archived"] for deal in deals[:3]] == [False, True, False]
        assert deals[0] == crm.run("v2.get_deals", {"ids": "1"})["data"][0]
        assert [one["quantity"] for one in read(archive, "deals/products.ndjson")] == [2]
        for kind in ("activities", "leads", "notes", "persons", "organizations", "products", "phases", "users"):
            assert len(read(archive, f"{kind}.ndjson")) == done.counts[kind] > 0, kind
        manifest = json.loads(archive.read("manifest.json"))
        assert [one["name"] for one in manifest["entries"]] == names[:-1]
        for one in manifest["entries"]:
            content = archive.read(one["name"])
            assert (one["bytes"], one["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_the_same_records_make_the_same_bytes(crm: Client, api: Api, tmp_path: Path) -> None:
    fill(crm)
    export_all(crm, tmp_path / "first.zip")
    api.clock.advance(days=40)
    out = io.BytesIO()
    export_all(crm, out)
    with zipfile.ZipFile(tmp_path / "first.zip") as first, zipfile.ZipFile(out) as second:
        for name in first.namelist():
            assert second.read(name) == first.read(name), name
    assert (tmp_path / "first.zip").read_bytes() == out.getvalue()


def test_a_change_is_seen_in_its_entry_alone(crm: Client, tmp_path: Path) -> None:
    fill(crm)

    def entries() -> dict[str, str]:
        export_all(crm, tmp_path / "all.zip")
        with zipfile.ZipFile(tmp_path / "all.zip") as archive:
            manifest = json.loads(archive.read("manifest.json"))
        return {one["name"]: one["sha256"] for one in manifest["entries"]}

    before = entries()
    crm.run("v2.patch_products_by_id", {"id": 1, "data": {"unit": "piece"}})
    after = entries()
    assert {name for name in before if before[name] != after[name]} == {"products.ndjson"}


def test_what_may_not_be_listed_is_left_out_and_named(
    crm: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dealwright.connectors.errors import ApiError, Failure

    fill(crm)
    request = Client.request
    iterate = Client.iterate

    def refuse(action: str) -> ApiError:
        return ApiError(Failure(status=403, message="not allowed"), action=action, connection="local")

    def refusing_request(self: Client, action: Any, *arguments: Any, **options: Any) -> Any:
        if action == "v1.get_files_by_id_download":
            raise refuse(action)
        return request(self, action, *arguments, **options)

    def refusing_iterate(self: Client, action: Any, *arguments: Any, **options: Any) -> Any:
        if action == "v1.get_roles":
            raise refuse(action)
        return iterate(self, action, *arguments, **options)

    monkeypatch.setattr(Client, "request", refusing_request)
    monkeypatch.setattr(Client, "iterate", refusing_iterate)
    done = export_all(crm, tmp_path / "all.zip")
    assert done.left_out.keys() == {"roles", "files/1"}
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert "roles.ndjson" not in archive.namelist()
        assert json.loads(archive.read("manifest.json"))["left_out"].keys() == {"roles", "files/1"}
