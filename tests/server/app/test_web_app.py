"""The page and the files of the built web app: who gets which, with which headers."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.server.application import Application
from dealwright.server.web_app import FOLDER, PAGES, WebApp
from tests.api import Api, Response

HTML = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
PAGE = b"<!doctype html><title>Dealwright</title><script type=module src=/assets/index-Cx3f.js></script>"
SCRIPT = b"console.log('app');" * 40
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
pytestmark = pytest.mark.parametrize("api", ["sqlite"], indirect=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns a folder like the one that the build makes; beside it there is what nobody may read."""
    built = tmp_path / "built" / "static"
    (built / "assets").mkdir(parents=True)
    files = {
        "index.html": PAGE,
        "icon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "theme.js": b"document",
        "assets/index-Cx3f.js": SCRIPT,
        "assets/index-Cx3f.js.gz": gzip.compress(SCRIPT),
        "assets/index-Cx3f.js.br": b"brotli",
        "assets/inter-9aK.woff2": b"wOF2",
        "assets/archive.gz": b"no copy",
    }
    for name, content in files.items():
        (built / name).write_bytes(content)
    (built.parent / "secret.key").write_text("secret")
    return built


@pytest.fixture
def built(api: Api, folder: Path) -> Iterator[Api]:
    """Yields the server with the app."""
    app = Application(api.companies, web_app=WebApp(folder))
    yield Api(app, api.clock, api.principal)
    app.close()


def get(api: Api, path: str, method: str = "GET", **headers: str) -> Response:
    return api.send(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_every_page_is_the_app(built: Api) -> None:
    for path in (
        "/",
        *(f"/{page}" for page in PAGES),
        "/deals/7",
        "/actions/v2/get_deals",
        "/settings/users/",
        "/sign-in",
    ):
        answer = get(built, path, **HTML)
        assert (answer.status, answer.body) == (200, PAGE)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-correlation-id"]
    unknown = get(built, "/nothing/here", **HTML)
    assert (unknown.status, unknown.body) == (404, PAGE)
    assert get(built, "/", "HEAD", **HTML).headers["content-length"] == str(len(PAGE))
    assert get(built, "/", "HEAD", **HTML).body is None


def test_clients_of_the_api_get_what_they_got(api: Api, built: Api) -> None:
    for path in ("/", "/deals", "/nothing"):
        for headers in ({}, {"accept": "*/*"}, {"accept": "application/json"}):
            answer = get(built, path, **headers)
            assert (answer.status, answer.body) == (401, get(api, path, **headers).body)
    for path in (
        "/v1/deals",
        "/api/v2/deals",
        "/api",
        "/v1",
        "/oauth/nothing",
        "/health",
        "/openapi/v1.json",
        "/app/api/x",
    ):
        assert get(built, path, **HTML).headers["content-type"].startswith("application/json")
    assert get(built, "/", "POST", **HTML).status == 401
    assert "html" not in get(built, "/public/x", **HTML).headers["content-type"]


def test_assets_are_kept_for_good_and_come_compressed(built: Api) -> None:
    path = "/assets/index-Cx3f.js"
    plain = get(built, path)
    assert (plain.status, plain.body) == (200, SCRIPT)
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "content-encoding" not in plain.headers
    for accepted, encoding, body in (
        ("gzip, deflate, br, zstd", "br", b"brotli"),
        ("gzip;q=1.0, br;q=0", "gzip", gzip.compress(SCRIPT)),
        ("GZIP", "gzip", gzip.compress(SCRIPT)),
        ("br ; q=0.0, gzip;q=0", None, SCRIPT),
        ("identity", None, SCRIPT),
    ):
        answer = get(built, path, accept_encoding=accepted)
        assert (answer.headers.get("content-encoding"), len(answer.body)) == (encoding, len(body))
        assert answer.headers["content-length"] == str(len(body))
        assert answer.headers["vary"] == "accept-encoding"
    assert get(built, "/assets/inter-9aK.woff2").headers["content-type"] == "font/woff2"
    assert get(built, "/icon.svg").headers["cache-control"] == "no-cache"
    assert get(built, "/assets/archive.gz").body == b"no copy"
    missing = get(built, "/assets/index-old.js", **HTML)
    assert (missing.status, missing.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert missing.headers["cache-control"] == "no-store"


def test_what_a_browser_has_is_not_sent_again(built: Api) -> None:
    etag = get(built, "/", **HTML).headers["etag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = get(built, "/deals", if_none_match=known, **HTML)
        assert (answer.status, answer.body) == (304, None)
        assert answer.headers["etag"] == etag
        assert answer.headers["content-security-policy"] == POLICY
    assert get(built, "/", if_none_match='"other"', **HTML).status == 200
    script = get(built, "/assets/index-Cx3f.js", accept_encoding="br").headers["etag"]
    assert script != get(built, "/assets/index-Cx3f.js").headers["etag"]


def test_headers_of_pages_and_files(built: Api) -> None:
    for path in ("/", "/nothing", "/assets/index-Cx3f.js", "/assets/nothing.js", "/sign-in?", "/icon.svg"):
        headers = get(built, path, **HTML).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert not [name for name in headers if name.startswith(("access-control-", "set-cookie", "x-ratelimit"))]


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.key",
        "/assets/../../secret.key",
        "/assets/..%2f..%2fsecret.key",
        "/assets/%2e%2e/%2e%2e/secret.key",
        "/assets//etc/passwd",
        "//etc/passwd",
        "/assets/index-Cx3f.js/../../../secret.key",
        "/assets/..\\..\\secret.key",
        "/assets/\0",
        "/assets/",
        "/assets",
        "/.",
    ],
)
def test_no_path_leads_out_of_the_folder(built: Api, path: str) -> None:
    for headers in ({}, HTML):
        answer = get(built, path, **headers)
        assert answer.status in (401, 404)
        assert b"secret" not in str(answer.body).encode().replace(path.encode(), b"")


def test_the_sign_in_page_leads_to_own_pages_only(built: Api) -> None:
    for own in (
        "/",
        "/deals?view=list#x",
        "/actions/v2/get_deals?a=//b",
        "/oauth/authorize?redirect_uri=https://x.example",
    ):
        assert built.send("GET", "/sign-in", headers=HTML, query={"next": own}).status == 200
    for foreign in (
        *("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"),
        *(
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "/x\\..\\",
            "evil.example",
            "http:/evil",
            "%2f/evil",
        ),
    ):
        answer = built.send("GET", "/sign-in", headers=HTML, query={"next": foreign, "token": "a b"})
        assert (answer.status, answer.headers["location"]) == (303, "/sign-in?token=a+b")
    assert built.send("GET", "/sign-in", headers=HTML, query={"next": "//evil"}).headers["location"] == "/sign-in"


def test_without_a_build_the_page_says_how_to_build_it(api: Api, tmp_path: Path) -> None:
    app = Application(api.companies, web_app=WebApp(tmp_path / "nothing"))
    empty = Api(app, api.clock, api.principal)
    answer = get(empty, "/deals", **HTML)
    assert (answer.status, answer.headers["cache-control"]) == (503, "no-store")
    assert b"make web-build" in answer.body
    assert answer.headers["content-security-policy"] == POLICY
    assert get(empty, "/deals").status == 401
    app.close()


def test_the_embedded_crm_has_no_pages(api: Api) -> None:
    assert get(api, "/", **HTML).status == 401
    assert FOLDER.parts[-3:] == ("dealwright", "web", "static")
