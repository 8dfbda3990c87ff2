"""Random calls of every operation and of the pages beside them, as the bytes that go over the wire.

A call is made of a seed and its number alone, so that any of them can be made again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote

from msgspec import inspect as types

from dealwright.contract import catalogue
from dealwright.contract.endpoint import Endpoint, Parameter
from dealwright.server.binding import handlers
from tests.call_strategies import properties
from tests.fuzz.awkward_values import awkward_text, awkward_value, to_json, to_text
from tests.fuzz.random_values import MAX_ID, RandomValues
from tests.fuzz.request_writer import BOUNDARY, FORM, Call, RequestWriter, Tokens, urlencoded
from tests.populated_company import RECORD_COUNT, PopulatedCompany

VARIABLE = re.compile(r"\{[^{}]+\}")
NOT_CALLED = frozenset(
    {
        # Who ends the session, or takes the password or the token away, ends the load.
        *("app.delete_session", "app.delete_sessions_by_id", "app.put_password"),
        *("app.post_api_tokens", "app.delete_users_by_id_api_token"),
        # An answer that goes on for ever.
        "app.get_changes",
    }
)
ENDPOINTS = sorted(
    (endpoint for endpoint, _ in handlers().values() if endpoint.qualified_name not in NOT_CALLED),
    key=lambda endpoint: endpoint.qualified_name,
)
READS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET"]
WRITES = [endpoint for endpoint in ENDPOINTS if endpoint.method not in ("GET", "DELETE")]
DELETES = [endpoint for endpoint in ENDPOINTS if endpoint.method == "DELETE"]
UNIMPLEMENTED = [
    entry
    for name, entry in catalogue.entries().items()
    if name not in {endpoint.qualified_name for endpoint, _ in handlers().values()}
]
OAUTH_PATHS = (
    *("/oauth/authorize", "/oauth/login", "/oauth/logout", "/oauth/consent", "/oauth/token", "/oauth/token/"),
    *("/oauth/revoke", "/oauth/", "/oauth/nosuch"),
)
OAUTH_NAMES = (
    *("grant_type", "code", "redirect_uri", "refresh_token", "api_token", "client_id", "client_secret", "scope"),
    *("code_verifier", "code_challenge", "code_challenge_method", "response_type", "state", "token", "request"),
    *("token_type_hint", "form_token", "email", "password", "account", "decision", "response_mode", "claims"),
)
OTHER_PATHS = (
    *(
        "/",
        "/openapi/v1.json",
        "/openapi/v2.json",
        "/health",
        "/pictures/",
        "/pictures/x",
        "/app",
        "/app/api",
        "/v2/deals",
    ),
    *(
        "/v1",
        "/v1/",
        "/api/v2",
        "/api/v2//deals",
        "//v1/deals",
        "/v1/deals/",
        "/v1/deals/1/",
        "/V1/DEALS",
        "/favicon.ico",
    ),
    *(
        "/v1/deals/1/nosuch",
        "/v1/../v1/deals",
        "/%2e%2e/v1",
        "/v1/deals%2f1",
        "/v1/deals;x=1",
        "/api/v1/deals:(id,title)",
    ),
)
METHODS = ("HEAD", "OPTIONS", "TRACE", "PROPFIND", "PUT", "POST", "PATCH", "DELETE", "GET", "get", "LINK", "A" * 30)


class Calls:
    """Makes the calls of a load."""

    def __init__(self, seed: int, populated: PopulatedCompany, tokens: Tokens, cursors: Sequence[str]) -> None:
        self.seed = seed
        self.populated = populated
        self.tokens = tokens
        self.cursors = cursors
        self.fields = {field["key"]: field for fields in populated.fields.values() for field in fields}

    def make(self, number: int) -> Call:
        """Returns a call by its number."""
        return _CallMaker(self, number).make()


class _CallMaker(RequestWriter):
    """Makes one call."""

    def __init__(self, calls: Calls, number: int) -> None:
        super().__init__(Random(f"{calls.seed}:{number}"), number, calls.tokens)
        self.calls = calls

    def make(self) -> Call:
        chance = self.random.random()
        if chance < 0.9:
            return self._operation()
        if chance < 0.95:
            return self._oauth()
        return self._other()

    def _operation(self) -> Call:
        random = self.random
        endpoint = random.choice(random.choices((READS, WRITES, DELETES), (6, 6, 1))[0])
        samples = self.calls.populated.samples(endpoint.path)
        if endpoint.method == "DELETE" or endpoint.path.endswith("/merge"):
            # What all calls use should be there until the end.
            samples = samples._replace(ids=tuple(range(RECORD_COUNT + 1, MAX_ID)), uuids=samples.uuids[RECORD_COUNT:])
        fields = self.calls.fields
        values = RandomValues(random, samples, self.awkward, version=endpoint.version, fields=fields)
        share = random.choice((0.05, 0.2, 0.6))
        arguments = {
            parameter.name: self._argument(parameter, values)
            for parameter in endpoint.parameters
            if parameter.location == "path" or parameter.required or random.random() < share
        }
        path = endpoint.path
        if path.startswith("/v1/") and random.random() < 0.3:
            path = f"/api{path}"
        for parameter in endpoint.parameters:
            if parameter.location == "path":
                path = path.replace(
                    f"{{{parameter.name}}}", self._quote(to_text(arguments.pop(parameter.name), random))
                )
        # Who locks out the admin ends the load.
        path = path.replace("/users/1", "/users/2") if endpoint.method != "GET" else path
        if endpoint.version == "v1" and endpoint.method == "GET" and random.random() < 0.05:
            path += random.choice((":(id)", ":(id,title,name)", ":(", ":()", ":(id", ":((id))", ":(a,,b)", ":(\u00fc)"))
        query = self._query(arguments)
        body, content_type = b"", ""
        if endpoint.body is not None:
            body, content_type = self._body(endpoint, values)
        elif random.random() < 0.02:
            body, content_type = (
                to_json(awkward_value(random), random).encode(errors="surrogatepass"),
                "application/json",
            )
        method = random.choice(METHODS) if self._chance(0.05) else endpoint.method
        return self._request(endpoint.qualified_name, method, path, query, body, content_type)

    def _argument(self, parameter: Parameter, values: RandomValues) -> Any:
        random = self.random
        if parameter.name == "cursor" and random.random() < 0.9:
            return self._cursor()
        if parameter.name in ("sort", "sort_by") and random.random() < 0.5:
            names = ("id", "title", "name", "add_time", "update_time", "value", *values.samples.keys)
            return ", ".join(
                f"{random.choice(names)} {random.choice(('ASC', 'desc', ''))}" for _ in range(random.randint(1, 4))
            )
        if parameter.name == "limit" and random.random() < 0.5:
            return random.choice((1, 5, 100, 500))
        if parameter.name == "term" and random.random() < 0.5:
            return random.choice(("deal", "person", "org", "Lead", "te", "a b", '"x" OR y*', "x" * 600))
        if parameter.name in ("user_id", "owner_id") and random.random() < 0.7:
            return random.randint(1, RECORD_COUNT)
        if parameter.name in ("field_code", "field_key") and random.random() < 0.9:
            return random.choice(values.samples.keys)
        return values.value(types.type_info(parameter.type))

    def _cursor(self) -> str:
        """Returns a cursor that was given out, often with changes."""
        random = self.random
        cursor = random.choice(self.calls.cursors)
        if random.random() < 0.4:
            return cursor
        at = random.randrange(len(cursor))
        letter = random.choice("AZaz09+/=-_%\0ü")
        return random.choice(
            (cursor[:at], cursor[:at] + letter + cursor[at + 1 :], cursor[:at] + letter + cursor[at:], cursor * 2)
        )

    def _query(self, arguments: Mapping[str, Any]) -> str:
        random = self.random
        parts = []
        for name, value in arguments.items():
            if isinstance(value, list) and random.random() < 0.2:
                parts += [f"{self._quote(name)}[]={self._quote(to_text(one, random))}" for one in value]
                continue
            written = f"{name}[{random.choice(('', '0', 'a', '99999999999', ']['))}]" if self._chance(0.03) else name
            parts.append(f"{self._quote(written)}={self._quote(to_text(value, random))}")
            if self._chance(0.03):
                parts.append(parts[-1])
        if self._chance(0.1):
            parts.insert(
                random.randint(0, len(parts)),
                random.choice(
                    (
                        "=",
                        "&&",
                        "a",
                        "%",
                        "%zz=%f",
                        "%00=%00",
                        "a=%ff%fe",
                        "a=%ed%a0%80",
                        ";",
                        "nosuch=1",
                        "__proto__=1",
                    )
                ),
            )
        if self._chance(0.01):
            parts += ["a=1"] * 1_500
        return "&".join(parts)

    def _body(self, endpoint: Endpoint[..., Any], values: RandomValues) -> tuple[bytes, str]:
        assert endpoint.body is not None
        random = self.random
        body = values.value(types.type_info(endpoint.body.type))
        if body == {} and (names := list(properties(endpoint).items())):
            name, field = random.choice(names)
            body = {name: values.value(field.type)}
        if isinstance(body, dict) and self._chance(0.15):
            body = {
                **body,
                random.choice(("nosuch", "id", "__class__", "", "\0", "title ", "self", "data")): awkward_value(random),
            }
        kind = endpoint.body_kind
        if endpoint.version == "v1" and kind == "json" and random.random() < 0.35:
            kind = random.choice(("form", "multipart"))
        elif self._chance(0.03):
            kind = random.choice(("json", "form", "multipart"))
        if kind == "json" or not isinstance(body, dict):
            written = to_json(body, random).encode(errors=random.choice(("surrogatepass", "replace")))
            content_type = "application/json"
        else:
            pairs = self._pairs(body, "")
            written = urlencoded(pairs) if kind == "form" else self._multipart(pairs)
            content_type = FORM if kind == "form" else f"multipart/form-data; boundary={BOUNDARY}"
        return written, content_type

    def _pairs(self, value: Any, name: str, depth: int = 0) -> list[tuple[str, str | bytes]]:
        """Returns a value as the members of a form: with brackets, as JSON in texts, or as lists in texts."""
        random = self.random
        if isinstance(value, dict) and (depth == 0 or (depth < 4 and random.random() < 0.7)):
            return [
                pair
                for key, one in value.items()
                for pair in self._pairs(one, f"{name}[{key}]" if name else str(key), depth + 1)
            ]
        if isinstance(value, list) and depth < 4 and random.random() < 0.7:
            numbered = random.random() < 0.5
            return [
                pair
                for nr, one in enumerate(value)
                for pair in self._pairs(one, f"{name}[{nr if numbered else ''}]", depth + 1)
            ]
        if self._chance(0.03):
            name += random.choice(("[", "]", "[]", "[][]", "[0][a]", "[-1]", "[" * 100, "[a]" * 200))
        return [(name, value if isinstance(value, bytes) else to_text(value, random))]

    def _oauth(self) -> Call:
        random = self.random
        path = random.choice(OAUTH_PATHS)
        pairs = []
        for _ in range(random.randrange(8)):
            name = random.choice(OAUTH_NAMES)
            usual = (
                "authorization_code",
                "refresh_token",
                "exchange_api_token",
                "code",
                "S256",
                "https://app.example/callback?tenant=7",
            )
            value = (
                random.choice((*usual, self.tokens.access)) if random.random() < 0.6 else awkward_text(random)[:3_000]
            )
            pairs.append((name, value))
        form = urlencoded(pairs)
        if path == "/oauth/authorize" or random.random() < 0.1:
            return self._request(path, "GET", path, form.decode(), b"", "")
        return self._request(path, "POST", path, "", form, FORM)

    def _other(self) -> Call:
        random = self.random
        chance = random.random()
        if chance < 0.3:
            entry = random.choice(UNIMPLEMENTED)
            path = VARIABLE.sub(lambda _: str(random.randint(1, 3)), entry.path)
            return self._request(entry.qualified_name, entry.method, path, "", b"{}", "application/json")
        if chance < 0.7:
            return self._request(
                "other path", random.choice(("GET", *METHODS)), random.choice(OTHER_PATHS), "", b"", ""
            )
        if chance < 0.9:
            path = "/" + quote(awkward_text(random).encode(errors="surrogatepass"), safe="/:()[]{}<>*'")
            return self._request(
                "random path",
                "GET",
                random.choice(("", "/v1", "/api/v2", "/v1/deals", "/pictures")) + path,
                "",
                b"",
                "",
            )
        raw = random.choice(
            (
                *(b"\r\n\r\n", b"GET\r\n\r\n", b"GET /v1/deals\r\n\r\n", b"GET /v1/deals HTTP/9.9\r\nhost: x\r\n\r\n"),
                *(
                    b"GET /v1/deals HTTP/1.1\r\n\r\n",
                    b"GET /v1/deals HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
                    b"\x16\x03\x01\x02\x00\x01",
                ),
                *(
                    b"POST /v1/deals HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
                    random.randbytes(200) + b"\r\n\r\n",
                ),
                *(
                    b"GET /v1/deals HTTP/1.1\r\nhost: a\r\n folded\r\n\r\n",
                    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                    b"GET * HTTP/1.1\r\nhost: a\r\n\r\n",
                ),
                *(
                    b"GET http://x/v1/deals HTTP/1.1\r\nhost: a\r\n\r\n",
                    b"CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n",
                    b"GET /\x00 HTTP/1.1\r\nhost: a\r\n\r\n",
                ),
                *(
                    b"POST /v1/deals HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                ),
            )
        )
        return Call(self.number, "raw head", "GET", "", raw, is_complete=False)
