"""A server behind a proxy: the address that leaves it, and whose word counts for where a request comes from."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest

from tests.journeys.test_backup import jpeg
from tests.receiver import run_receiver
from tests.sandbox import run_serve_command

PUBLIC = "https://crm.example.com"
FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example"}


def addresses(base: str, token: str, headers: Mapping[str, str]) -> list[str]:
    """Returns the URLs in answers that name this server."""
    client = httpx2.Client(base_url=base, headers={"x-api-token": token, **headers}, timeout=60)
    with client:
        person = client.post("/api/v2/persons", json={"name": "Person"}).json()["data"]["id"]
        client.post(f"/v1/persons/{person}/picture", files={"file": ("a.jpg", jpeg())})
        file = client.post("/v1/files", files={"file": ("a.txt", b"content")}, data={"person_id": str(person)}).json()
        shown = json.dumps([file, client.get(f"/v1/persons/{person}").json()])
        exchanged = client.post(
            "/oauth/token",
            data={"grant_type": "exchange_api_token", "api_token": token},
            auth=("harness-client", "harness-secret"),
        ).json()
    return [*re.findall(r'"(https?://[^"/]+)', shown), exchanged["api_domain"]]


def cookie(base: str, headers: Mapping[str, str]) -> str:
    query = {"client_id": "harness-client", "redirect_uri": "http://127.0.0.1:9876/callback"}
    return httpx2.get(f"{base}/oauth/authorize", params=query, headers=headers).headers["set-cookie"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_public_url_is_in_everything_that_leaves(workers: str) -> None:
    arguments = ("--throwaway", "--empty", "--port", "0", "--public-url", f"{PUBLIC}/", "--workers", workers)
    with run_serve_command(*arguments) as (_, line):
        ready = json.loads(line)
        found = addresses(ready["url"], ready["api_token"], {"Host": "127.0.0.1:8000"})
        assert len(found) >= 3
        assert set(found) == {PUBLIC}
        assert "Secure" in cookie(ready["url"], {})
        with run_receiver() as receiver, httpx2.Client(headers={"x-api-token": ready["api_token"]}) as client:
            for version, object in (("1.0", "added"), ("2.0", "create")):
                hook = {
                    "subscription_url": receiver.url,
                    "event_action": object,
                    "event_object": "deal",
                    "version": version,
                }
                client.post(f"{ready['url']}/v1/webhooks", json=hook).raise_for_status()
            client.post(f"{ready['url']}/api/v2/deals", json={"title": "Deal"}).raise_for_status()
            deadline = time.monotonic() + 30
            while len(receiver.received) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            assert [body["meta"]["host"] for body in receiver.bodies] == ["crm.example.com"] * 2


@pytest.mark.parametrize(("trusted", "scheme"), [("127.0.0.0/8", "https"), ("192.0.2.1", "http"), (None, "https")])
def test_forwarded_headers_count_from_trusted_proxies(trusted: str | None, scheme: str) -> None:
    arguments = ["--throwaway", "--empty", "--port", "0", *(["--trusted-proxies", trusted] if trusted else [])]
    with run_serve_command(*arguments) as (_, line):
        ready = json.loads(line)
        found = addresses(ready["url"], ready["api_token"], {"Host": "crm.example.com", **FORWARDED})
        assert set(found) == {f"{scheme}://crm.example.com"}
        assert ("Secure" in cookie(ready["url"], FORWARDED)) == (scheme == "https")


@pytest.mark.parametrize(
    "wrong", ["crm.example.com", "ftp://crm.example.com", f"{PUBLIC}/crm", "https://u:p@crm.example.com"]
)
def test_a_public_url_that_is_none_is_refused(wrong: str, tmp_path: Path) -> None:
    from dealwright.cli import main

    assert main(["serve", "--database", str(tmp_path / "x"), "--public-url", wrong]) == 2
    assert not (tmp_path / "x").exists()
