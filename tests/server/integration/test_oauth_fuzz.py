"""Random requests to the OAuth endpoints: always an answer, never an internal error, and never access."""

from __future__ import annotations

from urllib.parse import urlencode

import argon2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from tests.api import Api, Response
from tests.oauth import CALLBACK, Client

NAMES = st.sampled_from(
    (
        *("grant_type", "code", "redirect_uri", "refresh_token", "api_token", "client_id", "client_secret"),
        *("code_verifier", "code_challenge", "code_challenge_method", "response_type", "response_mode", "state"),
        *("token", "token_type_hint", "scope", "request", "form_token", "email", "password", "account", "decision"),
        # Names of attributes of the library's own request.
        *("client", "owner", "issued", "grant", "user", "scopes", "uri", "headers", "body", "claims"),
    )
)


def _can_be_sent(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


VALUES = st.one_of(
    st.sampled_from(("authorization_code", "refresh_token", "exchange_api_token", "code", "S256", CALLBACK, "", "\0")),
    st.text(max_size=20).filter(_can_be_sent),
)
FORMS = st.dictionaries(NAMES, VALUES, max_size=8)
PATHS = ("/oauth/authorize", "/oauth/login", "/oauth/logout", "/oauth/consent", "/oauth/token", "/oauth/revoke")
NUL_HEADERS = {"authorization": "Basic AABhOngA", "cookie": "dealwright=\0"}
HEADERS = st.sampled_from(({}, {"authorization": "Basic eDp5"}, NUL_HEADERS))
SETTINGS = settings(
    derandomize=True, database=None, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def client(api: Api, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Returns an app of a company whose admin has a password."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(logins, "_hasher", lambda: hasher)
    logins.set_password(api.companies.platform, UserRef(1, 1), "ada@example.com", "a good pass phrase")
    return Client(api)


@SETTINGS
@given(path=st.sampled_from(PATHS), form=FORMS, headers=HEADERS, known=st.booleans())
@example(
    path="/oauth/token", form={"grant_type": "refresh_token", "refresh_token": "x"}, headers=NUL_HEADERS, known=False
)
@example(path="/oauth/authorize", form={"client_id": "\0", "redirect_uri": "x"}, headers={}, known=False)
@example(path="/oauth/login", form={"email": "\0", "password": "\0"}, headers={}, known=True)
def test_random_requests_get_no_access(
    client: Client, path: str, form: dict[str, str], headers: dict[str, str], known: bool
) -> None:
    if known:
        # The parameters by which the app is found are valid.
        params = client.authorization_params()
        form = params | form if path == "/oauth/authorize" else form | {"request": urlencode(params)}
    answer = send_form(client.api, path, form, headers)
    assert answer.status < 500
    assert "access_token" not in str(answer.body)
    assert "code=" not in answer.headers.get("location", "")


def send_form(api: Api, path: str, form: dict[str, str], headers: dict[str, str]) -> Response:
    if path == "/oauth/authorize":
        return api.send("GET", path, headers=headers, query=form)
    return api.send("POST", path, urlencode(form).encode(), "application/x-www-form-urlencoded", headers=headers)
