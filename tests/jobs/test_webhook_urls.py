"""Awkward URLs of webhooks: whatever is accepted can be delivered to, and the rest is refused when it is made."""

from __future__ import annotations

from itertools import product
from urllib.parse import urlsplit

import pytest

from dealwright.crm.kernel import outbound_policy
from dealwright.jobs.run_due import run_due
from tests.api import Api
from tests.receiver import Receiver, run_receiver

HOSTS = (
    *(
        "example.com",
        "EXAMPLE.com",
        "example.com.",
        "a_b.example.com",
        "_x.example.com",
        "a--b.example.com",
        "localhost",
    ),
    *(
        "münchen.example",
        "faß.example",
        "例え。テスト",
        "пример.испытание",
        "१२३.example",
        "\uff11\uff12\uff17.0.0.1",
        "☃.example",
        "a\u00adb.example",
    ),
    *("xn--mnchen-3ya.example", "xn--ü.example", "a" * 63 + ".example", "a" * 64 + ".example", "ü" * 70 + ".example"),
    *(
        "a..example",
        ".example",
        "-a.example",
        "a-.example",
        "a%62.example",
        "a\\b.example",
        "a*b.example",
        "a'b",
        "",
        ".",
    ),
    *(
        ".".join(["a" * 60] * 4),
        ".".join(["a" * 60] * 5),
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1%25lo]",
        "[v1.x]",
    ),
)
PATHS = (
    *("", "/", "/ü", "/a/ü/b?q=ä&r=%20", "?q=ü", "?", "/a;b;c?d;e", "/a//b", "/%zz", "/%C3%BC", "/a#ü", "#", "/é#x?y"),
    *(
        '/"<>{}|^`\\',
        "/'()*+,;=:@!$&",
        "/日本語/😀",
        "/../a/./b",
        "/a%00b",
        "/%",
        "/\u200d",
        "/\u202e",
        "/a b",
        "/\x7f",
    ),
    *("/" + "a" * 1900, "/" + "ü" * 300, "/" + "ü" * 1000),
)


def is_delivered_to(api: Api, receiver: Receiver, url: str) -> bool | None:
    """Whether an event reaches the URL; None when the webhook is refused."""
    hook = {"subscription_url": url, "event_action": "*", "event_object": "deal"}
    answer = api.post("/v1/webhooks", hook)
    if answer.status == 400:
        assert list(answer.body["errors"]) == ["subscription_url"]
        return None
    receiver.clear()
    api.post("/api/v2/deals", {"title": "Roof"})
    run_due(api.companies)
    stored = urlsplit(answer.data["subscription_url"])
    api.delete(f"/v1/webhooks/{answer.data['id']}")
    target = (stored.path or "/") + (f"?{stored.query}" if stored.query else "")
    return [(request.path, request.headers["host"]) for request in receiver.received] == [(target, stored.netloc)]


@pytest.fixture
def deliverable_api(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """Every name leads to this machine."""
    api.companies.webhook_reach = "loopback"
    monkeypatch.setattr(outbound_policy, "resolve", lambda *_: ["127.0.0.1"])
    return api


def test_what_is_accepted_can_be_sent(deliverable_api: Api) -> None:
    with run_receiver() as receiver:
        port = urlsplit(receiver.url).port
        urls = [
            f"http://{host}:{port}{path}" for host, path in [*product(HOSTS, ("/x",)), *product(("a.example",), PATHS)]
        ]
        results = {url: is_delivered_to(deliverable_api, receiver, url) for url in urls}
    assert [url for url, result in results.items() if result is False] == []
    refused = {url.removeprefix("http://") for url, result in results.items() if result is None}
    hosts = {host for host in HOSTS if f"{host}:{port}/x" in refused}
    assert hosts == {
        *("☃.example", "a\u00adb.example", "xn--ü.example", "a" * 64 + ".example", "ü" * 70 + ".example"),
        *(
            "a..example",
            ".example",
            "-a.example",
            "a-.example",
            "a%62.example",
            "a\\b.example",
            "a*b.example",
            "a'b",
            "",
            ".",
        ),
        *(".".join(["a" * 60] * 5), "[fe80::1%25lo]", "[v1.x]"),
    }
    paths = {path for path in PATHS if f"a.example:{port}{path}" in refused}
    assert paths == {"/\u200d", "/\u202e", "/a b", "/\x7f", "/" + "ü" * 1000}


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "8\u0660"])
def test_impossible_ports_are_refused(deliverable_api: Api, port: str) -> None:
    hook = {"subscription_url": f"http://example.com:{port}/", "event_action": "*", "event_object": "*"}
    assert deliverable_api.post("/v1/webhooks", hook).status == 400


def test_an_address_is_stored_as_it_is_sent(deliverable_api: Api) -> None:
    def stored(url: str) -> str:
        hook = {"subscription_url": url, "event_action": "*", "event_object": "*"}
        return str(deliverable_api.post("/v1/webhooks", hook).data["subscription_url"])

    assert stored("https://münchen.example/straße?a=ü#x") == "https://xn--mnchen-3ya.example/stra%C3%9Fe?a=%C3%BC#x"
    assert stored("https://example.com?a=b;c") == "https://example.com?a=b;c"
