"""The language model of a company: who sets it, where it may be, and that its key is never told."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.console import models
from dealwright.storage.tables import chat_models
from tests.api import Api
from tests.company import add_user
from tests.connectors.service import StubResponse, run_service

PATH = "/app/api/chat/model"
KEY = "sk-secret-of-the-provider"


def model(url: str | None = "https://93.184.216.34/v1", **more: Any) -> dict[str, Any]:
    return {"kind": "openai", "name": "some-model", "url": url, "key": KEY, **more}


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(models.MODEL_VARIABLE, raising=False)


def stored_key(api: Api) -> str | None:
    with api.principal.company.database.read() as db:
        sealed: str | None = db.value(sa.select(chat_models.c.sealed_key))
    return None if sealed is None else api.principal.company.cipher.decrypt(sealed)


def test_an_admin_sets_a_model_whose_key_is_never_told(api: Api) -> None:
    assert api.get(PATH).body["name"] is None
    state = api.put(PATH, model()).body
    shown = {"kind": "openai", "name": "some-model", "url": "https://93.184.216.34/v1", "has_key": True}
    assert (state["name"], state["origin"], state["settings"]) == ("some-model", "company", shown)
    assert KEY not in str(api.get(PATH).body)
    with api.principal.company.database.read() as db:
        assert KEY not in str(db.rows(sa.select(chat_models)))
    assert stored_key(api) == KEY
    colleague = add_user(api, "Otto").get(PATH).body
    assert (colleague["name"], colleague["settings"], colleague["can_change"]) == ("some-model", None, False)
    assert api.delete(PATH).body["name"] is None


def test_a_key_stays_for_its_address_alone(api: Api) -> None:
    api.put(PATH, model())
    without_key = model(name="another-model")
    del without_key["key"]
    api.put(PATH, without_key)
    assert stored_key(api) == KEY
    # Nobody gets it by naming an address of his own.
    api.put(PATH, {**without_key, "url": "https://93.184.216.35/v1"})
    assert stored_key(api) is None
    api.put(PATH, model())
    api.put(PATH, model(key=None))
    assert stored_key(api) is None


def test_only_admins_set_and_test_a_model(api: Api) -> None:
    other = add_user(api, "Otto")
    assert other.put(PATH, model()).status == 403
    assert other.post(f"{PATH}/test", model()).status == 403
    assert other.delete(PATH).status == 403


def test_the_server_calls_no_networks_of_its_own_unless_it_may(api: Api) -> None:
    for url in ("http://127.0.0.1:11434/v1", "http://10.0.0.7/v1", "http://169.254.169.254/", "file:///etc/passwd"):
        refused = api.put(PATH, model(url))
        assert (refused.status, "url" in refused.body["error"]["fields"]) == (400, True)
        assert not api.post(f"{PATH}/test", model(url)).body.get("ok", False)
    assert api.put(PATH, {"kind": "ollama", "name": "llama"}).status == 400
    api.companies.webhook_reach = "loopback"
    assert api.put(PATH, model("http://127.0.0.1:11434/v1")).status == 200


def test_a_test_asks_the_model(api: Api) -> None:
    pytest.importorskip("pydantic_ai")
    api.companies.webhook_reach = "loopback"
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "some-model", "choices": [choice]}
    with run_service() as service:
        service.responder = lambda _: StubResponse(body=answer)
        told = api.post(f"{PATH}/test", model(f"{service.url}/v1")).body
        assert (told["ok"], told["message"]) == (True, "some-model answers: Hello")
        [request] = service.requests
        assert request.headers["authorization"] == f"Bearer {KEY}"
        service.responder = lambda _: StubResponse(status=401, body={"error": {"message": f"no: {KEY}"}})
        told = api.post(f"{PATH}/test", model(f"{service.url}/v1")).body
    assert (told["ok"], told["message"]) == (False, "The model refused the key (401)")


def test_the_environment_names_a_model_where_the_company_does_not(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(models.MODEL_VARIABLE, "ollama:llama")
    state = api.get(PATH).body
    assert (state["name"], state["origin"], state["settings"]) == ("llama", "environment", None)
    api.put(PATH, model())
    assert api.get(PATH).body["origin"] == "company"
