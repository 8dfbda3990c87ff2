"""The OAuth provider as an app sees it: codes, tokens and the vendor's error messages."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
import sqlalchemy as sa

from dealwright.crm.integration.oauth import apps, grants, installations
from dealwright.storage import tables
from tests.api import Api, Response
from tests.company import add_user
from tests.oauth import CALLBACK, Client, call_with_token, issue_access_token, post_form

VERIFIER = "a-verifier-that-nobody-guesses-0123456789~abc"
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture
def client(api: Api) -> Client:
    return Client(api)


def assert_refused(answer: Response, code: str, message: str) -> None:
    assert answer.status == 400
    assert answer.body == {"success": False, "error": code, "error_description": message, "message": message}
    assert answer.headers["cache-control"] == "no-store"


def test_a_code_is_exchanged_for_tokens_of_the_user(api: Api, client: Client) -> None:
    page = client.submit_consent()
    assert page.location.startswith(f"{CALLBACK}&code=")
    assert page.callback_params["state"] == "s t/ä"
    assert re.fullmatch(r"1\.1\.[0-9a-f]{40}", page.callback_params["code"])
    answer = client.exchange(page.callback_params["code"])
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    tokens = answer.body
    assert re.fullmatch(r"v1u:[\w-]{64}", tokens.pop("access_token"))
    assert re.fullmatch(r"1:1:[0-9a-f]{40}", tokens.pop("refresh_token"))
    assert tokens == {
        "token_type": "Bearer",
        "expires_in": 3599,
        "scope": "base,deals:full,contacts:read,search:read",
        "api_domain": "http://localhost",
    }


def test_tokens_are_valid_for_an_hour_and_refreshed_for_sixty_days(api: Api, client: Client) -> None:
    tokens = client.get_tokens()
    assert call_with_token(api, tokens["access_token"]).data["id"] == 1
    api.clock.advance(minutes=59, seconds=59)
    assert call_with_token(api, tokens["access_token"]).status == 200
    api.clock.advance(seconds=1)
    expired = call_with_token(api, tokens["access_token"])
    assert (expired.status, expired.body) == (
        401,
        {"success": False, "error": "Invalid token: access_token is invalid"},
    )
    for _ in range(3):
        api.clock.advance(days=59)
        renewed = client.refresh(tokens["refresh_token"]).body
        assert renewed["refresh_token"] == tokens["refresh_token"]
        assert renewed["scope"] == "base,deals:full,contacts:read,search:read"
        assert call_with_token(api, renewed["access_token"]).status == 200
    api.clock.advance(days=60)
    assert_refused(client.refresh(tokens["refresh_token"]), "invalid_grant", "Invalid grant: refresh_token is invalid")


def test_scopes_are_those_of_the_app_whatever_is_asked_for(api: Api, client: Client) -> None:
    tokens = client.exchange(client.get_code(scope="admin"), scope="admin").body
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for answer in (tokens, client.post_form("/oauth/token", scope="base admin", **form).body):
        assert answer["scope"] == "base,deals:full,contacts:read,search:read"
        assert call_with_token(api, answer["access_token"], "/v1/deals").status == 200
        assert call_with_token(api, answer["access_token"], "/v1/users").error == "Scope and URL mismatch"


def test_access_tokens_are_revoked_one_by_one(api: Api, client: Client) -> None:
    tokens = client.get_tokens()
    renewed = client.refresh(tokens["refresh_token"]).body
    assert [call_with_token(api, one["access_token"]).status for one in (tokens, renewed)] == [200, 200]
    assert (
        client.post_form("/oauth/revoke", token=tokens["access_token"], token_type_hint="refresh_token").status == 200
    )
    assert [call_with_token(api, one["access_token"]).status for one in (tokens, renewed)] == [401, 200]
    assert client.refresh(tokens["refresh_token"]).status == 200


def test_revoking_the_refresh_token_uninstalls_the_app_for_the_user(api: Api, client: Client) -> None:
    one, two, other = client.get_tokens(), client.get_tokens(), Client(api).get_tokens()
    not_exchanged = client.get_code()
    assert client.post_form("/oauth/revoke", token="unknown").status == 200
    assert client.post_form("/oauth/revoke", token=other["refresh_token"]).status == 200
    assert client.post_form("/oauth/revoke", token=one["refresh_token"]).status == 200
    assert [call_with_token(api, tokens["access_token"]).status for tokens in (one, two, other)] == [401, 401, 200]
    assert_refused(client.refresh(two["refresh_token"]), "invalid_grant", "Invalid grant: refresh_token is invalid")
    assert_refused(client.exchange(not_exchanged), "invalid_grant", "Invalid grant: authorization_code is invalid")
    assert installations.for_app(api.companies.platform, client.app, api.clock()) == []


def test_uninstalling_an_app_deletes_its_webhooks(api: Api) -> None:
    client = Client(api, scopes=["base", "admin"])
    hook = {"subscription_url": "https://93.184.215.14/hook", "event_action": "*", "event_object": "*"}
    own = api.post("/v1/webhooks", hook).data["id"]
    tokens = client.get_tokens()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    made = api.send("POST", "/v1/webhooks", orjson.dumps(hook), headers=bearer).data
    assert (made["id"], made["type"]) == (own + 1, "application")
    assert [one["id"] for one in api.send("GET", "/v1/webhooks", headers=bearer).data] == [made["id"]]
    client.post_form("/oauth/revoke", token=tokens["access_token"])
    fresh = client.refresh(tokens["refresh_token"]).body["access_token"]
    listed = api.send("GET", "/v1/webhooks", headers={"authorization": f"Bearer {fresh}"})
    assert [one["id"] for one in listed.data] == [made["id"]]
    client.post_form("/oauth/revoke", token=tokens["refresh_token"])
    assert [one["id"] for one in api.get("/v1/webhooks").data] == [own]
    again = {"authorization": f"Bearer {client.get_tokens()['access_token']}"}
    assert api.send("GET", "/v1/webhooks", headers=again).data == []


def test_only_the_app_itself_revokes(api: Api, client: Client) -> None:
    tokens = client.get_tokens()
    answer = client.post_form("/oauth/revoke", secret="wrong", token=tokens["refresh_token"])
    assert_refused(answer, "invalid_client", "Invalid client: client is invalid")
    assert_refused(client.post_form("/oauth/revoke"), "invalid_request", "Missing parameter: token")
    assert call_with_token(api, tokens["access_token"]).status == 200


def test_a_code_is_valid_once_and_for_five_minutes(api: Api, client: Client) -> None:
    code, late = client.get_code(), client.get_code()
    tokens = client.exchange(code).body
    assert_refused(client.exchange(code), "invalid_grant", "Invalid grant: authorization_code is invalid")
    # A code used twice may have been stolen, so that its tokens are revoked.
    assert call_with_token(api, tokens["access_token"]).status == 401
    assert client.refresh(tokens["refresh_token"]).status == 400
    api.clock.advance(minutes=5)
    assert_refused(client.exchange(late), "invalid_grant", "Invalid grant: authorization_code has expired")


def test_of_concurrent_exchanges_of_a_code_one_at_most_succeeds(api: Api, client: Client) -> None:
    code = client.get_code()
    platform, now = api.companies.platform, api.clock()

    def try_exchange(number: int) -> bool:
        try:
            grants.exchange_code(platform, code, client.app, f"access {number}", f"refresh {number}", now)
        except grants.InvalidGrant:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_exchange, range(16))) == 1
    assert len(installations.for_app(platform, client.app, now)) == 1


def test_codes_and_tokens_belong_to_one_app(api: Api, client: Client) -> None:
    other = Client(api)
    tokens = client.get_tokens()
    assert_refused(other.exchange(client.get_code()), "invalid_grant", "Invalid grant: authorization_code is invalid")
    assert_refused(other.refresh(tokens["refresh_token"]), "invalid_grant", "Invalid grant: refresh_token is invalid")
    assert client.refresh(tokens["refresh_token"]).status == 200


@pytest.mark.parametrize(
    ("form", "code", "message"),
    [
        ({"grant_type": ""}, "invalid_request", "Missing parameter: grant_type"),
        (
            {"grant_type": "password"},
            "unsupported_grant_type",
            "Unsupported grant type: grant_type is invalid",
        ),
        ({"code": "1.1.unknown"}, "invalid_grant", "Invalid grant: authorization_code is invalid"),
        ({"code": ""}, "invalid_grant", "Invalid grant: authorization_code is invalid"),
        ({"redirect_uri": ""}, "invalid_request", "Invalid request: redirect_uri is not a valid URI"),
        ({"redirect_uri": "nowhere"}, "invalid_request", "Invalid request: redirect_uri is not a valid URI"),
        ({"redirect_uri": "https://app.example/"}, "invalid_request", "Invalid request: redirect_uri is invalid"),
        ({"redirect_uri": f"{CALLBACK}&x=1"}, "invalid_request", "Invalid request: redirect_uri is invalid"),
        (
            {"grant_type": "refresh_token", "refresh_token": "1:1:unknown"},
            "invalid_grant",
            "Invalid grant: refresh_token is invalid",
        ),
        (
            {"grant_type": "refresh_token"},
            "invalid_grant",
            "Invalid grant: refresh_token is invalid",
        ),
        ({"grant_type": "exchange_api_token"}, "invalid_grant", "Invalid grant: api_token is invalid"),
        (
            {"grant_type": "exchange_api_token", "api_token": "0" * 40},
            "invalid_grant",
            "Invalid grant: api_token is invalid",
        ),
    ],
)
def test_error_messages(client: Client, form: dict[str, str], code: str, message: str) -> None:
    assert_refused(client.exchange(client.get_code(), **form), code, message)


def test_an_app_authenticates_in_a_header_or_in_the_form(api: Api, client: Client) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    credentials = {"client_id": client.id, "client_secret": client.secret}
    assert post_form(api, "/oauth/token", {}, code=client.get_code(), **form, **credentials).status == 200
    missing = "Invalid client: cannot retrieve client credentials"
    wrong = "Invalid client: client is invalid"
    for headers, fields, message in (
        ({}, {}, missing),
        ({}, {"client_id": client.id}, missing),
        ({"authorization": "Basic ???"}, {}, missing),
        ({"authorization": "Bearer x"}, {}, missing),
        ({}, credentials | {"client_secret": "wrong"}, wrong),
        ({}, credentials | {"client_id": "unknown"}, wrong),
        ({"authorization": "Basic Og=="}, credentials, missing),
    ):
        assert_refused(
            post_form(api, "/oauth/token", headers, code=client.get_code(), **form, **fields), "invalid_client", message
        )


def test_token_requests_must_be_forms(api: Api, client: Client) -> None:
    message = "Invalid request: content must be application/x-www-form-urlencoded"
    for kind, content in (("application/json", b'{"grant_type": "refresh_token"}'), ("text/plain", b"grant_type=x")):
        for path in ("/oauth/token", "/oauth/token/", "/oauth/revoke"):
            assert_refused(api.send("POST", path, content, kind, headers={}), "invalid_request", message)
    assert api.send("GET", "/oauth/token", headers={}).status == 405
    assert api.send("POST", "/oauth/nothing", headers={}).status == 404


def test_a_code_with_a_challenge_needs_its_verifier(client: Client) -> None:
    invalid = ("invalid_grant", "Invalid grant: code_verifier is invalid")
    code = client.get_code(**PKCE)
    assert_refused(client.exchange(code), *invalid)
    assert_refused(client.exchange(code, code_verifier=VERIFIER[:-1]), *invalid)
    assert_refused(client.exchange(code, code_verifier=CHALLENGE), *invalid)
    assert client.exchange(code, code_verifier=VERIFIER).status == 200
    # A verifier without a challenge is refused: an attacker may have removed the challenge.
    assert_refused(client.exchange(client.get_code(), code_verifier=VERIFIER), *invalid)


def test_an_api_token_is_exchanged(api: Api, client: Client) -> None:
    token = api.companies.platform.issue_token(api.principal.company.id, 1)
    tokens = client.post_form("/oauth/token", grant_type="exchange_api_token", api_token=token).body
    assert call_with_token(api, tokens["access_token"]).data["id"] == 1
    assert client.refresh(tokens["refresh_token"]).status == 200


def test_invalid_access_tokens(api: Api, client: Client) -> None:
    malformed = {"success": False, "error": "Invalid request: malformed authorization header"}
    for header in ("Bearer", "Bearer ", "Basic eDp5", "nothing"):
        answer = api.send("GET", "/v1/users/me", headers={"authorization": header})
        assert (answer.status, answer.body) == (400, malformed)
    invalid = {"success": False, "error": "Invalid token: access_token is invalid"}
    refresh_token = client.get_tokens()["refresh_token"]
    for token in ("v1u:unknown", refresh_token, api.token, "ä"):
        answer = call_with_token(api, token)
        assert (answer.status, answer.body) == (401, invalid)
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    tokens = client.get_tokens()
    assert api.send("GET", "/v1/users/me", headers={"authorization": f"bearer {tokens['access_token']}"}).status == 200


def test_apps_of_a_deactivated_user_have_no_access(api: Api) -> None:
    rep = add_user(api, "Rep")
    tokens = Client(rep).get_tokens()
    assert call_with_token(api, tokens["access_token"]).data["name"] == "Rep"
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        crm.db.execute(
            sa.update(tables.users).where(tables.users.c.id == rep.principal.user_id).values(is_active=False)
        )
        crm.invalidate_company_data()
    assert call_with_token(api, tokens["access_token"]).status == 401


def test_a_removed_app_has_no_access(api: Api, client: Client) -> None:
    tokens, code = client.get_tokens(), client.get_code()
    apps.delete(api.companies.platform, client.app)
    assert call_with_token(api, tokens["access_token"]).status == 401
    assert_refused(client.exchange(code), "invalid_client", "Invalid client: client is invalid")


def test_a_new_secret_makes_the_old_one_void(api: Api, client: Client) -> None:
    tokens = client.get_tokens()
    secret = apps.rotate_secret(api.companies.platform, client.app)
    assert_refused(client.refresh(tokens["refresh_token"]), "invalid_client", "Invalid client: client is invalid")
    client.secret = secret
    assert client.refresh(tokens["refresh_token"]).status == 200


def test_no_secret_is_stored_in_plain_text(api: Api, client: Client) -> None:
    code, tokens = client.get_code(), client.get_tokens()
    stored = ""
    with api.companies.platform.database.read() as db:
        for table in ("oauth_apps", "oauth_codes", "oauth_grants", "oauth_access_tokens"):
            stored += str(db.rows(sa.text(f"select * from {_qualified_name(api, table)}")))
    assert client.id in stored
    for secret in (client.secret, code, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in stored
        assert secret.rpartition(":")[2] not in stored
    assert apps.find_secret(api.companies.platform, client.app) == client.secret


def _qualified_name(api: Api, table: str) -> str:
    schema = api.companies.platform.database.schema
    return f"{schema}.{table}" if schema else table


def test_the_unit_of_work_has_the_app(api: Api, client: Client) -> None:
    bearer = grants.authenticate(api.companies.platform, issue_access_token(api, client.app), api.clock())
    assert bearer is not None
    assert bearer.app is not None
    with api.companies.unit_of_work(bearer.company, bearer.user_id, write=False, app=bearer.app) as crm:
        assert crm.app is not None
        assert (crm.app.client_id, "deals:read" in crm.app.scopes) == (client.id, True)
    with api.companies.unit_of_work(bearer.company, bearer.user_id, write=False) as crm:
        assert crm.app is None
