"""Secrets are not to be found in the databases; what older versions stored as plain text is encrypted by the upgrade."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.crm.integration import webhook_deliveries, webhooks
from dealwright.crm.integration.oauth import apps
from dealwright.jobs.run_due import run_due
from dealwright.storage import encryption
from dealwright.storage.engines import Database
from dealwright.storage.tables import metadata
from tests import company
from tests.api import Api
from tests.receiver import run_receiver

PASSWORD = "a password of the test"


def all_values(database: Database) -> str:
    """Everything in all tables of a company, as text."""
    with database.read() as db:
        tables = [
            table for table in metadata.sorted_tables if table.info.get("only", database.dialect) == database.dialect
        ]
        return "\n".join(str(row) for table in tables for row in db.rows(sa.select(table)))


def subscribe(api: Api, url: str = "http://127.0.0.1:9/") -> int:
    api.companies.webhook_reach = "loopback"
    hook = {"subscription_url": url, "event_action": "*", "event_object": "deal", "http_auth_password": PASSWORD}
    id: int = api.post("/v1/webhooks", hook).data["id"]
    return id


def test_secrets_of_webhooks_are_stored_encrypted(api: Api) -> None:
    id = subscribe(api)
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        secret = webhooks.signing_secret(crm, webhooks.set_signing(crm, id))
    assert secret is not None
    stored = all_values(api.principal.company.database)
    assert PASSWORD not in stored
    assert secret.removeprefix(webhooks.SECRET_PREFIX) not in stored
    assert api.get("/v1/webhooks").data[0]["http_auth_password"] == PASSWORD


def test_a_missing_key_is_told_and_nothing_else_suffers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with run_receiver() as receiver:
        id = subscribe(api, receiver.url)
        monkeypatch.setenv(encryption.SECRET_KEY_VARIABLE, "another")
        assert api.get("/v1/webhooks").data[0]["http_auth_password"] is None
        api.post("/api/v2/deals", {"title": "Roof"})
        run_due(api.companies)
        assert receiver.bodies == []
        with api.principal.company.database.read() as db:
            (delivery,) = webhook_deliveries.list_latest(db)
        assert "it was encrypted with another key. Put " in (delivery.error or "")
        assert encryption.SECRET_KEY_VARIABLE in (delivery.error or "")
        monkeypatch.delenv(encryption.SECRET_KEY_VARIABLE)
        api.clock.advance(seconds=3)
        run_due(api.companies)
        assert len(receiver.bodies) == 1
    assert api.delete(f"/v1/webhooks/{id}").status == 200


def test_without_a_key_nothing_is_decrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(encryption.SECRET_KEY_VARIABLE, raising=False)
    sealed = encryption.Cipher(tmp_path / "one", lambda: False).encrypt("text")
    with pytest.raises(encryption.UndecryptableSecret, match="there is no key"):
        encryption.Cipher(tmp_path / "two", lambda: False).decrypt(sealed)
    assert not (tmp_path / "two").exists()


def test_no_other_key_is_made_for_a_lost_one(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(encryption.SECRET_KEY_VARIABLE, raising=False)
    company.create_company(location)
    api = company.open_api(location)
    key = api.companies.platform.folder / encryption.SECRET_KEY_FILE
    key.unlink(missing_ok=True)
    try:
        id = subscribe(api)
        kept = key.read_text()
        key.unlink()
        hook = {"subscription_url": "http://127.0.0.1:9/", "event_action": "*", "event_object": "person"}
        refused = api.post("/v1/webhooks", hook | {"http_auth_password": PASSWORD})
        assert (refused.status, "key is missing" in str(refused.body)) == (503, True)
        assert api.post("/v1/webhooks", hook).status == 201
        app = apps.NewApp("x", ("https://x.example/",), ("deals:read",))
        with pytest.raises(encryption.UndecryptableSecret, match=r"is missing. Put .*secret.key back"):
            apps.register(api.companies.platform, app, api.clock())
        assert not key.exists()
        key.write_text(kept)
        assert api.post("/v1/webhooks", hook | {"http_auth_password": PASSWORD}).status == 201
        assert [one["http_auth_password"] for one in api.get("/v1/webhooks").data] == [PASSWORD, None, PASSWORD]
        assert api.delete(f"/v1/webhooks/{id}").status == 200
    finally:
        company.close(api)
