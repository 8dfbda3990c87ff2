"""A third-party OAuth 2.0 client against the server: it was written to RFC 6749, not to Pipedrive."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from tests import form_browser
from tests.sandbox import Sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[OAuth2Client]:
    """Yields a client for the sandbox's app."""
    app = sandbox.oauth
    with OAuth2Client(
        app["client_id"],
        app["client_secret"],
        redirect_uri=app["redirect_uri"],
        token_endpoint=f"{sandbox.url}/oauth/token",
        code_challenge_method="S256",
    ) as opened:
        yield opened


def consent(sandbox: Sandbox, address: str, decision: str = "allow") -> str:
    """Answers on the consent page as the user; returns the URL to which the browser is redirected."""
    browser = form_browser.over_http(sandbox.url)
    parts = urlsplit(address)
    page = browser.send("GET", f"{parts.path}?{parts.query}")
    return browser.submit(page.form("/oauth/consent"), decision=decision).location


def test_a_client_is_authorised_refreshes_and_revokes(client: OAuth2Client, sandbox: Sandbox) -> None:
    verifier = secrets.token_urlsafe(48)
    address, state = client.create_authorization_url(f"{sandbox.url}/oauth/authorize", code_verifier=verifier)
    callback_url = consent(sandbox, address)
    token = client.fetch_token(authorization_response=callback_url, state=state, code_verifier=verifier)
    assert (token["token_type"], token["expires_in"], token["api_domain"]) == ("Bearer", 3599, sandbox.url)
    assert token["scope"].startswith("base,deals:read,deals:full,")
    assert client.get(f"{sandbox.url}/v1/users/me").json()["data"]["company_domain"] == sandbox.company_domain
    made = client.post(f"{sandbox.url}/api/v2/deals", json={"title": "By an app"})
    assert made.json()["data"]["title"] == "By an app"

    renewed = client.refresh_token(f"{sandbox.url}/oauth/token/")
    assert renewed["refresh_token"] == token["refresh_token"]
    assert renewed["access_token"] != token["access_token"]
    assert client.get(f"{sandbox.url}/v1/deals").status_code == 200

    assert client.revoke_token(f"{sandbox.url}/oauth/revoke", renewed["access_token"]).status_code == 200
    assert client.get(f"{sandbox.url}/v1/deals").status_code == 401
    client.refresh_token(f"{sandbox.url}/oauth/token", renewed["refresh_token"])
    assert client.get(f"{sandbox.url}/v1/deals").status_code == 200
    gone = client.revoke_token(f"{sandbox.url}/oauth/revoke", renewed["refresh_token"], token_type_hint="access_token")
    assert gone.status_code == 200
    assert client.get(f"{sandbox.url}/v1/deals").status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant: Invalid grant: refresh_token is invalid"):
        client.refresh_token(f"{sandbox.url}/oauth/token", renewed["refresh_token"])


def test_a_client_gets_the_error_of_a_denied_consent(client: OAuth2Client, sandbox: Sandbox) -> None:
    address, state = client.create_authorization_url(f"{sandbox.url}/oauth/authorize", code_verifier="v" * 43)
    callback_url = consent(sandbox, address, "deny")
    assert callback_url == f"{sandbox.oauth['redirect_uri']}?error=user_denied&state={state}"


def test_a_client_understands_errors(client: OAuth2Client, sandbox: Sandbox) -> None:
    address, _ = client.create_authorization_url(f"{sandbox.url}/oauth/authorize", code_verifier="v" * 43)
    callback_url = consent(sandbox, address)
    with pytest.raises(OAuthError, match="invalid_grant: Invalid grant: code_verifier is invalid"):
        client.fetch_token(authorization_response=callback_url, code_verifier="w" * 43)
    client.fetch_token(authorization_response=callback_url, code_verifier="v" * 43)
    with pytest.raises(OAuthError, match="invalid_grant: Invalid grant: authorization_code is invalid"):
        client.fetch_token(authorization_response=callback_url, code_verifier="v" * 43)
    client.client_secret = "wrong"
    with pytest.raises(OAuthError, match="invalid_client: Invalid client: client is invalid"):
        client.fetch_token(authorization_response=callback_url, code_verifier="v" * 43)
