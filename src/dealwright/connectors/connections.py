"""Named connections: the address of a service, with an API token or a grant of OAuth.

There are three kinds: ``pipedrive``, a ``server`` of our own at any address, and the ``embedded`` CRM in this process.
A connection comes, in this order, from the environment, from the store of this user, or it is ``local``, the embedded
CRM that exists without any configuration. In the environment the name is upper-case with ``_`` for anything else:

    DEALWRIGHT_CONNECTION_SALES=https://TOKEN@api.pipedrive.com
    DEALWRIGHT_CONNECTION_SALES=https://TOKEN@COMPANY.pipedrive.com
    DEALWRIGHT_CONNECTION_MY_CRM=http://TOKEN@localhost:8000
    DEALWRIGHT_CONNECTION_SANDBOX=embedded:/path/of/a/folder
    DEALWRIGHT_CONNECTION_SANDBOX=embedded:
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from dealwright.connectors import store
from dealwright.connectors.errors import UnknownConnection, UnusableConnection
from dealwright.connectors.grants import Grant
from dealwright.connectors.permits import ALL, Permits
from dealwright.connectors.store import ConnectionKind

LOCAL = "local"
PLAIN_HTTP_VARIABLE = "DEALWRIGHT_ALLOW_PLAIN_HTTP"
VARIABLE_PREFIX = "DEALWRIGHT_CONNECTION_"
PIPEDRIVE_API_URL = "https://api.pipedrive.com"

_DOMAIN_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_API_PREFIX = re.compile(r"(/api)?/v[12]$|/api$")
_ADDRESS = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]{1,30}:/")
_NOT_IN_VARIABLES = re.compile(r"[^A-Za-z0-9]")

Origin = Literal["environment", "store", "default", "call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A service that actions are sent to.

    ``url`` is its address without the version's prefix; the embedded CRM has none. Requests carry ``token``, or the
    access token of ``grant``; ``authorization`` is the id of the consent that gave the grant.
    """

    name: str
    kind: ConnectionKind
    url: str = ""
    token: str | None = field(default=None, repr=False)
    folder: Path | None = None
    timeout: float | None = None
    origin: Origin = "default"
    # Whether the token may go to another machine without encryption.
    allow_plain_http: bool = False
    # Tokens change; two connections by the same consent are equal.
    authorization: str | None = None
    grant: Grant | None = field(default=None, repr=False, compare=False)
    # Which actions may be run: `Client` holds on to it, whatever runs them.
    permits: Permits = ALL

    @property
    def address(self) -> str:
        """The address for people: the URL, or the folder of the embedded CRM."""
        return self.url or (f"folder {self.folder}" if self.folder else "this machine's own data folder")


def pipedrive(name: str, token: str, domain: str | None = None, timeout: float | None = None) -> Connection:
    """Returns a connection to a Pipedrive company by API token.

    ``domain`` is the company's (``acme`` of ``acme.pipedrive.com``). Raises `UnusableConnection`.
    """
    url = PIPEDRIVE_API_URL
    if domain:
        label = domain.lower().removeprefix("https://").rstrip("/").removesuffix(".pipedrive.com")
        if not _DOMAIN_LABEL.fullmatch(label):
            raise UnusableConnection(f"'{domain}' is no company domain; give ACME for https://ACME.pipedrive.com")
        url = f"https://{label}.pipedrive.com"
    return Connection(name=name, kind="pipedrive", url=url, token=_validated_token(name, token), timeout=timeout)


def server(
    name: str, url: str, token: str, timeout: float | None = None, *, allow_plain_http: bool = False
) -> Connection:
    """Returns a connection to a server that speaks the API at any address. Raises `UnusableConnection`.

    With ``allow_plain_http`` the token may go to another machine without encryption.
    """
    return Connection(
        name=name,
        kind="server",
        url=normalize_url(url),
        token=_validated_token(name, token),
        timeout=timeout,
        allow_plain_http=allow_plain_http,
    )


def from_token(token: str, url: str | None = None) -> Connection:
    """Returns a connection that has no name of its own: to Pipedrive, or to the server at an address. Raises `UnusableConnection`."""
    parsed = server("", url or PIPEDRIVE_API_URL, token)
    host = urlsplit(parsed.url).hostname or ""
    kind: ConnectionKind = "pipedrive" if host.endswith(".pipedrive.com") else "server"
    # Whose token it is tells its budget and its keys apart from those of others at the same address.
    name = f"{host} {hashlib.sha256(token.strip().encode()).hexdigest()[:8]}"
    return replace(parsed, name=name, kind=kind, origin="call")


def from_grant(name: str, url: str, authorization: str, grant: Grant, timeout: float | None = None) -> Connection:
    """Returns a connection that a user has consented to."""
    kind: ConnectionKind = "pipedrive" if grant.app.is_pipedrive else "server"
    return Connection(
        name=name,
        kind=kind,
        url=url,
        timeout=timeout,
        authorization=authorization,
        grant=grant,
        allow_plain_http=grant.app.allow_plain_http,
    )


def check_encryption(url: str, *, allow_plain_http: bool) -> None:
    """Raises `UnusableConnection` for the address of another machine without encryption, unless that is allowed.

    It is by ``allow_plain_http``, or by the environment for the hosts that it names.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or allow_plain_http or _is_this_machine(host):
        return
    if host in (name.strip().lower() for name in os.environ.get(PLAIN_HTTP_VARIABLE, "").split(",")):
        return
    raise UnusableConnection(
        f"{url} is another machine, where a token would go without encryption: give an address with https://, or allow it "
        f"with --allow-plain-http or {PLAIN_HTTP_VARIABLE}={host}"
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def normalize_url(url: str) -> str:
    """Returns the address of a server in its plain form, without the API's prefix. Raises `UnusableConnection`."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1 or parts.query or parts.fragment:
        raise UnusableConnection(f"'{url}' is no address of a server; give one like http://localhost:8000")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = _API_PREFIX.sub("", parts.path.rstrip("/"))
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}"


def embedded(name: str, folder: Path | None = None) -> Connection:
    """Returns a connection to the CRM in this process; its data lie in ``folder``, or in the CRM's own data folder.

    Raises `UnusableConnection` for an address.
    """
    if folder is not None and _ADDRESS.match(str(folder)):
        raise UnusableConnection(f"'{folder}' is no folder, but an address; a connection of kind server has one")
    return Connection(name=name, kind="embedded", folder=folder)


def get_connection(name: str) -> Connection:
    """Returns the connection of this name, with its token. Raises `UnknownConnection` and `UnusableConnection`."""
    variable = variable_name(name)
    if text := os.environ.get(variable):
        return _from_environment(name, variable, text)
    if stored_connection := find_stored(name):
        return stored_connection
    if name == LOCAL:
        return embedded(LOCAL)
    raise UnknownConnection(name, tuple(one.name for one in list_connections()))


def find_stored(name: str) -> Connection | None:
    """Returns the stored connection of this name, with its secrets, or None. Raises `UnusableConnection`."""
    contents = store.read()
    record = contents.connections.get(name)
    if record is None:
        return None
    token = store.decrypt(contents, record.token) if record.token else None
    grant = msgspec.json.decode(store.decrypt(contents, record.grant), type=Grant) if record.grant else None
    return _from_record(name, record, token, grant)


def list_connections() -> list[Connection]:
    """Returns all connections by name, without the secrets of the store."""
    found = {LOCAL: embedded(LOCAL)}
    found |= {name: _from_record(name, record) for name, record in store.read().connections.items()}
    names_by_variable = {variable_name(name): name for name in found}
    for variable, text in os.environ.items():
        if variable.startswith(VARIABLE_PREFIX) and text:
            name = names_by_variable.get(variable, variable.removeprefix(VARIABLE_PREFIX).lower())
            found[name] = _from_environment(name, variable, text)
    return [found[name] for name in sorted(found)]


def add(new: Connection, *, replace: bool = False) -> None:
    """Writes a connection to the store.

    Raises `UnusableConnection`, also for a name that is taken, without ``replace``, and for an address that `check_encryption` refuses.
    """
    check_name(new.name)
    if new.url:
        check_encryption(new.url, allow_plain_http=new.allow_plain_http)
    folder = str(new.folder.expanduser().resolve()) if new.folder else None
    with store.transaction() as contents:
        if new.name in contents.connections and not replace:
            raise UnusableConnection(
                f"There is a connection '{new.name}' already; replace it with --replace, or choose another name"
            )
        for name in contents.connections:
            if name != new.name and variable_name(name) == variable_name(new.name):
                variable = variable_name(name)
                raise UnusableConnection(
                    f"'{new.name}' is too much like the connection '{name}': both would be {variable} in the environment"
                )
        contents.connections[new.name] = store.ConnectionRecord(
            kind=new.kind,
            url=new.url or None,
            token=store.encrypt(contents, new.token) if new.token else None,
            folder=folder,
            timeout=new.timeout,
            authorization=new.authorization,
            grant=_encrypt_grant(contents, new.grant) if new.grant else None,
            allow_plain_http=new.allow_plain_http,
            permits=None if new.permits == ALL else new.permits,
        )


def update_grant(refreshed: Connection) -> bool:
    """Writes the renewed grant of a connection to the store; returns False when the store no longer has that consent.

    Raises `UnusableConnection`.
    """
    assert refreshed.grant is not None
    with store.transaction() as contents:
        record = contents.connections.get(refreshed.name)
        if record is None or record.authorization != refreshed.authorization:
            return False
        record.url = refreshed.url
        record.grant = _encrypt_grant(contents, refreshed.grant)
        return True


def default_name() -> str:
    """Returns the name of the connection that commands use which are given none. Raises `UnusableConnection`."""
    return store.read().default or LOCAL


def use(name: str) -> Connection:
    """Makes a connection the one that commands use which are given none. Raises `UnknownConnection` and `UnusableConnection`."""
    found = get_connection(name)
    with store.transaction() as contents:
        contents.default = None if name == LOCAL else name
    return found


def is_in_environment(name: str) -> bool:
    """Whether the environment has a connection of this name, which goes before any other."""
    return bool(os.environ.get(variable_name(name)))


def check_name(name: str) -> None:
    """Raises `UnusableConnection` when a connection cannot have this name."""
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > 100:
        raise UnusableConnection(f"{name!r} cannot be a name: take 1 to 100 visible characters")


def remove(name: str) -> None:
    """Removes a connection from the store.

    Raises `UnknownConnection`, or `UnusableConnection` for one that lies elsewhere.
    """
    with store.transaction() as contents:
        if contents.connections.pop(name, None) is None:
            known = list_connections()
            if any(one.name == name for one in known):
                raise UnusableConnection(f"Connection '{name}' is not in the store, so it cannot be removed from there")
            raise UnknownConnection(name, tuple(one.name for one in known))
        if contents.default == name and not is_in_environment(name):
            contents.default = None


def variable_name(name: str) -> str:
    """Returns the environment variable that can hold a connection."""
    return VARIABLE_PREFIX + _NOT_IN_VARIABLES.sub("_", name).upper()


def _encrypt_grant(contents: store.Contents, grant: Grant) -> str:
    return store.encrypt(contents, msgspec.json.encode(grant).decode())


def _from_record(
    name: str, record: store.ConnectionRecord, token: str | None = None, grant: Grant | None = None
) -> Connection:
    return Connection(
        name=name,
        kind=record.kind,
        url=record.url or "",
        token=token,
        folder=Path(record.folder) if record.folder else None,
        timeout=record.timeout,
        origin="store",
        authorization=record.authorization,
        grant=grant,
        allow_plain_http=record.allow_plain_http,
        permits=record.permits or ALL,
    )


def _from_environment(name: str, variable: str, text: str) -> Connection:
    """Returns a connection from the text of its variable. No error repeats that text, because it contains the token."""
    scheme, _, rest = text.partition(":")
    if scheme == "embedded":
        if rest.startswith("//") or _ADDRESS.match(rest):
            raise UnusableConnection(f"{variable} must name a folder after embedded:, and no address")
        return Connection(name=name, kind="embedded", folder=Path(rest) if rest else None, origin="environment")
    credentials, at, host = rest.removeprefix("//").rpartition("@")
    if scheme not in ("http", "https") or not at or not credentials or ":" in credentials:
        raise UnusableConnection(
            f"{variable} must read https://TOKEN@HOST or embedded:FOLDER; "
            "in the token, percent-encode what is special in an address"
        )
    try:
        parsed = server(name, f"{scheme}://{host}", unquote(credentials))
    except UnusableConnection:
        raise UnusableConnection(f"{variable} has no valid host after the @") from None
    hostname = urlsplit(parsed.url).hostname or ""
    kind: ConnectionKind = "pipedrive" if hostname.endswith(".pipedrive.com") else "server"
    return Connection(name=name, kind=kind, url=parsed.url, token=parsed.token, origin="environment")


def _validated_token(name: str, token: str) -> str:
    """Returns a token as it goes into a header. Raises `UnusableConnection` when it cannot."""
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UnusableConnection(f"The token of connection '{name}' is empty or has characters that no token has")
    return token
