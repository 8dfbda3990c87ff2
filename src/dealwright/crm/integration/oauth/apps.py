"""OAuth apps: a client id, a secret, redirect URIs and scopes."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa

from dealwright.crm.errors import LimitReached, NotFound
from dealwright.crm.integration.oauth import scopes as oauth_scopes
from dealwright.crm.values.formats import format_time
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.engines import Row, Transaction
from dealwright.storage.platform import Platform, hash_secret
from dealwright.storage.platform_tables import oauth_access_tokens, oauth_apps, oauth_codes, oauth_grants

LOOPBACK_HOSTS = ("127.0.0.1", "[::1]", "localhost")

_NOT_IN_URIS = re.compile(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]")
_CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_COLUMNS = (
    *(oauth_apps.c.id, oauth_apps.c.client_id, oauth_apps.c.name, oauth_apps.c.scopes),
    *(oauth_apps.c.redirect_uris, oauth_apps.c.uninstall_url, oauth_apps.c.secret_hash),
    *(oauth_apps.c.company_id, oauth_apps.c.add_time, oauth_apps.c.registration),
)

MAX_PER_COMPANY = 100

Registration = Literal["dynamic", "document"]
"""By itself, at the endpoint for that; or by the document at the address that is its client id."""


class App(NamedTuple):
    """A registered app. ``company_id`` is the company that looks after it; None for the operator's.

    ``registration`` says how one came here that nobody has registered by hand (`self_registered`).
    """

    id: int
    client_id: str
    name: str
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    uninstall_url: str
    secret_hash: str
    company_id: int | None
    add_time: str
    registration: Registration | None = None

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret: it shows with each code that it is the one that has asked for it (PKCE)."""
        return not self.secret_hash

    def has_secret(self, secret: str) -> bool:
        """Whether ``secret`` is the app's secret."""
        return not self.is_public and hmac.compare_digest(self.secret_hash, hash_secret(secret))


class InvalidApp(ValueError):
    """Raised for data of an app that is wrong; ``member`` says which."""

    def __init__(self, message: str, member: str) -> None:
        super().__init__(message)
        self.member = member


class NewApp(NamedTuple):
    """The data of an app to register; id and secret are generated unless given."""

    name: str
    redirect_uris: Sequence[str]
    scopes: Sequence[str]
    uninstall_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    company_id: int | None = None


class AppChanges(NamedTuple):
    """The data of an app that may be changed; None for what stays. An empty ``uninstall_url`` is none."""

    name: str | None = None
    redirect_uris: Sequence[str] | None = None
    scopes: Sequence[str] | None = None
    uninstall_url: str | None = None


def register(platform: Platform, new: NewApp, now: datetime, *, allow_insecure_http: bool = False) -> tuple[App, str]:
    """Registers an app; returns it with its secret.

    Raises ValueError for invalid data and for a client id that exists, and `LimitReached` when its company has too many.
    ``allow_insecure_http`` allows redirect URIs with ``http`` on other machines, too.
    """
    client_id = new.client_id or secrets.token_hex(8)
    secret = new.client_secret or secrets.token_hex(20)
    if not _CLIENT_ID.fullmatch(client_id):
        raise ValueError("A client id is up to 100 letters, digits, dots, hyphens, underscores and tildes")
    told = AppChanges(new.name, new.redirect_uris, new.scopes, new.uninstall_url)
    values = {
        "client_id": client_id,
        "secret_hash": hash_secret(secret),
        "sealed_secret": platform.cipher.encrypt(secret),
        **_columns(told, allow_insecure_http=allow_insecure_http),
        "add_time": format_time(now),
        "company_id": new.company_id,
    }

    def add(db: Transaction) -> App:
        if db.value(sa.select(oauth_apps.c.id).where(oauth_apps.c.client_id == client_id)):
            raise ValueError(f"There is already an app with the client id {client_id}")
        if new.company_id is not None and _count(db, new.company_id) >= MAX_PER_COMPANY:
            raise LimitReached(f"A company cannot have more than {MAX_PER_COMPANY} apps", "name")
        row = db.row(sa.select(*_COLUMNS).where(oauth_apps.c.id == db.insert(oauth_apps, values)))
        assert row is not None
        return _app(row)

    return platform.run_in_transaction(add), secret


def update(platform: Platform, app: App, changes: AppChanges) -> App:
    """Changes an app; what users have granted it before stays as it is. Raises `InvalidApp` for invalid data."""
    if values := _columns(changes):
        platform.run_in_transaction(lambda db: db.update(oauth_apps, app.id, values))
    changed = by_id(platform, app.id)
    return app if changed is None else changed


def _columns(data: AppChanges, *, allow_insecure_http: bool = False) -> dict[str, object]:
    """Returns the columns of what is told of an app. Raises `InvalidApp`."""
    values: dict[str, object] = {}
    if data.name is not None:
        if not data.name.strip():
            raise InvalidApp("An app needs a name", "name")
        values["name"] = data.name.strip()
    if data.redirect_uris is not None:
        if not data.redirect_uris:
            raise InvalidApp("An app needs a redirect URI", "redirect_uris")
        for uri in data.redirect_uris:
            _validate(uri, "redirect_uris", allow_insecure_http=allow_insecure_http)
        values["redirect_uris"] = "\n".join(dict.fromkeys(data.redirect_uris))
    if data.scopes is not None:
        try:
            values["scopes"] = ",".join(oauth_scopes.normalize(data.scopes))
        except ValueError as error:
            raise InvalidApp(str(error), "scopes") from None
    if data.uninstall_url is not None:
        if data.uninstall_url:
            _validate(data.uninstall_url, "uninstall_url", allow_insecure_http=allow_insecure_http)
        values["uninstall_url"] = data.uninstall_url or None
    return values


def _validate(uri: str, member: str, *, allow_insecure_http: bool) -> None:
    try:
        validate_uri(uri, allow_insecure_http=allow_insecure_http)
    except ValueError as error:
        raise InvalidApp(str(error), member) from None


def validate_uri(uri: str, *, allow_insecure_http: bool = False) -> None:
    """Raises ValueError unless ``uri`` is a valid address to call an app back at."""
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 - reading it validates it
    except ValueError:
        raise ValueError(f"{uri} is not a valid address") from None
    if _NOT_IN_URIS.search(uri) or not uri.isascii() or parts.fragment or uri.endswith("#"):
        raise ValueError(f"{uri} is not a valid address: it holds a fragment or characters that must be encoded")
    host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    if "@" in parts.netloc:
        raise ValueError(f"{uri} holds a user name")
    if parts.scheme == "http" and host and (allow_insecure_http or host in LOOPBACK_HOSTS):
        return
    if parts.scheme == "http":
        raise ValueError(f"{uri} must begin with https://; only this machine itself may be called with http")
    # A native app has a scheme of its own, which begins with a reversed domain name.
    if not (parts.scheme == "https" and host) and "." not in parts.scheme:
        raise ValueError(f"{uri} must begin with https://, or with a scheme such as com.example.app:")


def find(platform: Platform, client_id: str) -> App | None:
    """Returns the app with a client id; None when there is none."""
    if not _CLIENT_ID.fullmatch(client_id) and not client_id.startswith("https://"):
        return None
    with platform.database.read() as db:
        row = db.row(sa.select(*_COLUMNS).where(oauth_apps.c.client_id == client_id))
    return _app(row) if row else None


def by_id(platform: Platform, id: int) -> App | None:
    """Returns the app with an id of the platform; None when there is none."""
    with platform.database.read() as db:
        row = db.row(sa.select(*_COLUMNS).where(oauth_apps.c.id == id))
    return _app(row) if row else None


def list_all(platform: Platform) -> list[App]:
    """Returns all apps."""
    with platform.database.read() as db:
        return [_app(row) for row in db.rows(sa.select(*_COLUMNS).order_by(oauth_apps.c.id))]


def list_of_company(platform: Platform, company_id: int) -> list[App]:
    """Returns the apps that a company has registered."""
    statement = sa.select(*_COLUMNS).where(oauth_apps.c.company_id == company_id).order_by(oauth_apps.c.id)
    with platform.database.read() as db:
        return [_app(row) for row in db.rows(statement)]


def get_of_company(platform: Platform, company_id: int, id: int) -> App:
    """Returns an app that a company has registered. Raises `NotFound`."""
    app = by_id(platform, id)
    if app is None or app.company_id != company_id:
        raise NotFound("App not found")
    return app


def _count(db: Transaction, company_id: int) -> int:
    return int(db.value(sa.select(sa.func.count()).where(oauth_apps.c.company_id == company_id)))


def rotate_secret(platform: Platform, app: App) -> str:
    """Replaces the secret of an app; returns the new one."""
    secret = secrets.token_hex(20)
    values = {"secret_hash": hash_secret(secret), "sealed_secret": platform.cipher.encrypt(secret)}
    platform.run_in_transaction(lambda db: db.update(oauth_apps, app.id, values))
    return secret


def find_secret(platform: Platform, app: App) -> str | None:
    """Returns the secret of an app, which proves calls to the app itself; None when it can no longer be decrypted."""
    with platform.database.read() as db:
        sealed = db.value(sa.select(oauth_apps.c.sealed_secret).where(oauth_apps.c.id == app.id))
    try:
        return platform.cipher.decrypt(sealed) if sealed else None
    except UndecryptableSecret:
        return None


def delete(platform: Platform, app: App) -> None:
    """Deletes an app with all its codes, grants and tokens."""

    def work(db: Transaction) -> None:
        grants = sa.select(oauth_grants.c.id).where(oauth_grants.c.app_id == app.id)
        db.execute(sa.delete(oauth_access_tokens).where(oauth_access_tokens.c.grant_id.in_(grants)))
        db.execute(sa.delete(oauth_grants).where(oauth_grants.c.app_id == app.id))
        db.execute(sa.delete(oauth_codes).where(oauth_codes.c.app_id == app.id))
        db.execute(sa.delete(oauth_apps).where(oauth_apps.c.id == app.id))

    platform.run_in_transaction(work)


def _app(row: Row) -> App:
    id, client_id, name, scopes, redirect_uris, uninstall_url, *others = row
    uris = tuple(redirect_uris.split("\n"))
    return App(id, client_id, name, tuple(scopes.split(",")), uris, uninstall_url or uris[0], *others)
