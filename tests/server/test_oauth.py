"""The OAuth provider as an app sees it: codes, tokens, refusals in the vendor's words."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from dealwright.crm.oauth import apps, grants, installations
from dealwright.storage import tables
from tests.api import Answer, Api
from tests.company import add_user
from tests.oauth import CALLBACK, Client, granted, post, use

VERIFIER = "a-verifier-that-nobody-guesses-0123456789~abc"
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture
def client(api: Api) -> Client:
    return Client(api)


def refused(answer: Answer, code: str, message: str) -> None:
    assert answer.status == 400
    assert answer.body == {"success": False, "error": code, "error_description": message, "message": message}
    assert answer.headers["cache-control"] == "no-store"


def test_a_code_gives_tokens_that_speak_for_the_user(api: Api, client: Client) -> None:
    page = client.decide()
    assert page.location.startswith(f"{CALLBACK}&code=")
    assert page.back["state"] == "s t/ä"
    assert re.fullmatch(r"1\.1\.[0-9a-f]{40}", page.back["code"])
    answer = client.exchange(page.back["code"])
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


def test_tokens_are_good_for_an_hour_and_refreshed_for_sixty_days(api: Api, client: Client) -> None:
    tokens = client.tokens()
    assert use(api, tokens["access_token"]).data["id"] == 1
    api.clock.advance(minutes=59, seconds=59)
    assert use(api, tokens["access_token"]).status == 200
    api.clock.advance(seconds=1)
    expired = use(api, tokens["access_token"])
    assert (expired.status, expired.body) == (
        401,
        {"success": False, "error": "Invalid token: access_token is invalid"},
    )
    for _ in range(3):
        api.clock.advance(days=59)
        renewed = client.refresh(tokens["refresh_token"]).body
        assert renewed["refresh_token"] == tokens["refresh_token"]
        assert renewed["scope"] == "base,deals:full,contacts:read,search:read"
        assert use(api, renewed["access_token"]).status == 200
    api.clock.advance(days=60)
    refused(client.refresh(tokens["refresh_token"]), "invalid_grant", "Invalid grant: refresh_token is invalid")


def test_scopes_are_those_of_the_app_whatever_is_asked_for(api: Api, client: Client) -> None:
    tokens = client.exchange(client.code(scope="admin"), scope="admin").body
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for answer in (tokens, client.post("/oauth/token", scope="base admin", **form).body):
        assert answer["scope"] == "base,deals:full,contacts:read,search:read"
        assert use(api, answer["access_token"], "/v1/deals").status == 200
        assert use(api, answer["access_token"], "/v1/users").error == "Scope and URL mismatch"


def test_access_tokens_are_void_one_by_one(api: Api, client: Client) -> None:
    tokens = client.tokens()
    renewed = client.refresh(tokens["refresh_token"]).body
    assert [use(api, one["access_token"]).status for one in (tokens, renewed)] == [200, 200]
    assert client.post("/oauth/revoke", token=tokens["access_token"], token_type_hint="refresh_token").status == 200
    assert [use(api, one["access_token"]).status for one in (tokens, renewed)] == [401, 200]
    assert client.refresh(tokens["refresh_token"]).status == 200


def test_revoking_the_refresh_token_uninstalls_the_app_for_the_user(api: Api, client: Client) -> None:
    one, two, other = client.tokens(), client.tokens(), Client(api).tokens()
    not_exchanged = client.code()
    assert client.post("/oauth/revoke", token="unknown").status == 200
    assert client.post("/oauth/revoke", token=other["refresh_token"]).status == 200
    assert client.post("/oauth/revoke", token=one["refresh_token"]).status == 200
    assert [use(api, tokens["access_token"]).status for tokens in (one, two, other)] == [401, 401, 200]
    refused(client.refresh(two["refresh_token"]), "invalid_grant", "Invalid grant: refresh_token is invalid")
    refused(client.exchange(not_exchanged), "invalid_grant", "Invalid grant: authorization_code is invalid")
    assert installations.of_app(api.companies.platform, client.app, api.clock()) == []


def test_only_the_app_itself_revokes(api: Api, client: Client) -> None:
    tokens = client.tokens()
    answer = client.post("/oauth/revoke", secret="wrong", token=tokens["refresh_token"])
    refused(answer, "invalid_client", "Invalid client: client is invalid")
    refused(client.post("/oauth/revoke"), "invalid_request", "Missing parameter: token")
    assert use(api, tokens["access_token"]).status == 200


def test_a_code_is_good_once_and_for_five_minutes(api: Api, client: Client) -> None:
    code, late = client.code(), client.code()
    tokens = client.exchange(code).body
    refused(client.exchange(code), "invalid_grant", "Invalid grant: authorization_code is invalid")
    # Whoever of the two was the thief, neither has access any more.
    assert use(api, tokens["access_token"]).status == 401
    assert client.refresh(tokens["refresh_token"]).status == 400
    api.clock.advance(minutes=5)
    refused(client.exchange(late), "invalid_grant", "Invalid grant: authorization_code has expired")


def test_of_many_who_exchange_a_code_at_a_time_one_at_most_succeeds(api: Api, client: Client) -> None:
    code = client.code()
    platform, now = api.companies.platform, api.clock()

    def redeem(number: int) -> bool:
        try:
            grants.redeem(platform, code, client.app, f"access {number}", f"refresh {number}", now)
        except grants.Spent:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(redeem, range(16))) == 1
    assert len(installations.of_app(platform, client.app, now)) == 1


def test_codes_and_tokens_belong_to_one_app(api: Api, client: Client) -> None:
    thief = Client(api)
    tokens = client.tokens()
    refused(thief.exchange(client.code()), "invalid_grant", "Invalid grant: authorization_code is invalid")
    refused(thief.refresh(tokens["refresh_token"]), "invalid_grant", "Invalid grant: refresh_token is invalid")
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
def test_what_is_refused_in_which_words(client: Client, form: dict[str, str], code: str, message: str) -> None:
    refused(client.exchange(client.code(), **form), code, message)


def test_an_app_says_who_it_is_in_a_header_or_in_the_form(api: Api, client: Client) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    credentials = {"client_id": client.id, "client_secret": client.secret}
    assert post(api, "/oauth/token", {}, code=client.code(), **form, **credentials).status == 200
    missing = "Invalid client: cannot retrieve client credentials"
    wrong = "Invalid client: client is invalid"
    for headers, given, message in (
        ({}, {}, missing),
        ({}, {"client_id": client.id}, missing),
        ({"authorization": "Basic ???"}, {}, missing),
        ({"authorization": "Bearer x"}, {}, missing),
        ({}, credentials | {"client_secret": "wrong"}, wrong),
        ({}, credentials | {"client_id": "unknown"}, wrong),
        ({"authorization": "Basic Og=="}, credentials, missing),
    ):
        refused(post(api, "/oauth/token", headers, code=client.code(), **form, **given), "invalid_client", message)


def test_tokens_are_asked_for_with_forms_alone(api: Api, client: Client) -> None:
    message = "Invalid request: content must be application/x-www-form-urlencoded"
    for kind, content in (("application/json", b'{"grant_type": "refresh_token"}'), ("text/plain", b"grant_type=x")):
        for path in ("/oauth/token", "/oauth/token/", "/oauth/revoke"):
            refused(api.send("POST", path, content, kind, headers={}), "invalid_request", message)
    assert api.send("GET", "/oauth/token", headers={}).status == 405
    assert api.send("POST", "/oauth/nothing", headers={}).status == 404


def test_a_code_with_a_challenge_needs_its_verifier(client: Client) -> None:
    invalid = ("invalid_grant", "Invalid grant: code_verifier is invalid")
    code = client.code(**PKCE)
    refused(client.exchange(code), *invalid)
    refused(client.exchange(code, code_verifier=VERIFIER[:-1]), *invalid)
    refused(client.exchange(code, code_verifier=CHALLENGE), *invalid)
    assert client.exchange(code, code_verifier=VERIFIER).status == 200
    # Without a challenge there is nothing that a verifier could verify: somebody has taken it away.
    refused(client.exchange(client.code(), code_verifier=VERIFIER), *invalid)


def test_an_api_token_is_exchanged(api: Api, client: Client) -> None:
    token = api.companies.platform.issue_token(api.bearer.company.id, 1)
    tokens = client.post("/oauth/token", grant_type="exchange_api_token", api_token=token).body
    assert use(api, tokens["access_token"]).data["id"] == 1
    assert client.refresh(tokens["refresh_token"]).status == 200


def test_what_is_no_access_token(api: Api, client: Client) -> None:
    malformed = {"success": False, "error": "Invalid request: malformed authorization header"}
    for header in ("Bearer", "Bearer ", "Basic eDp5", "nothing"):
        answer = api.send("GET", "/v1/users/me", headers={"authorization": header})
        assert (answer.status, answer.body) == (400, malformed)
    invalid = {"success": False, "error": "Invalid token: access_token is invalid"}
    refresh_token = client.tokens()["refresh_token"]
    for token in ("v1u:unknown", refresh_token, api.token, "ä"):
        answer = use(api, token)
        assert (answer.status, answer.body) == (401, invalid)
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    tokens = client.tokens()
    assert api.send("GET", "/v1/users/me", headers={"authorization": f"bearer {tokens['access_token']}"}).status == 200


def test_a_user_who_is_switched_off_takes_the_app_along(api: Api) -> None:
    rep = add_user(api, "Rep")
    tokens = Client(rep).tokens()
    assert use(api, tokens["access_token"]).data["name"] == "Rep"
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        crm.db.execute(sa.update(tables.users).where(tables.users.c.id == rep.bearer.user_id).values(is_active=False))
        crm.settings_changed()
    assert use(api, tokens["access_token"]).status == 401


def test_an_app_that_is_removed_has_nothing_any_more(api: Api, client: Client) -> None:
    tokens, code = client.tokens(), client.code()
    apps.remove(api.companies.platform, client.app)
    assert use(api, tokens["access_token"]).status == 401
    refused(client.exchange(code), "invalid_client", "Invalid client: client is invalid")


def test_a_new_secret_makes_the_old_one_void(api: Api, client: Client) -> None:
    tokens = client.tokens()
    secret = apps.rotate_secret(api.companies.platform, client.app)
    refused(client.refresh(tokens["refresh_token"]), "invalid_client", "Invalid client: client is invalid")
    client.secret = secret
    assert client.refresh(tokens["refresh_token"]).status == 200


def test_nothing_that_gives_access_can_be_read_from_the_database(api: Api, client: Client) -> None:
    code, tokens = client.code(), client.tokens()
    kept = ""
    with api.companies.platform.database.read() as db:
        for table in ("oauth_apps", "oauth_codes", "oauth_grants", "oauth_access_tokens"):
            kept += str(db.rows(sa.text(f"select * from {_qualified(api, table)}")))
    assert client.id in kept
    for secret in (client.secret, code, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in kept
        assert secret.rpartition(":")[2] not in kept
    assert apps.secret_of(api.companies.platform, client.app) == client.secret


def _qualified(api: Api, table: str) -> str:
    schema = api.companies.platform.database.schema
    return f"{schema}.{table}" if schema else table


def test_rules_know_which_app_acts(api: Api, client: Client) -> None:
    bearer = api.companies.app_bearer(granted(api, client.app))
    assert bearer is not None
    assert bearer.app is not None
    with api.companies.unit(bearer.company, bearer.user_id, write=False, app=bearer.app) as crm:
        assert crm.app is not None
        assert (crm.app.client_id, "deals:read" in crm.app.scopes) == (client.id, True)
    with api.companies.unit(bearer.company, bearer.user_id, write=False) as crm:
        assert crm.app is None
