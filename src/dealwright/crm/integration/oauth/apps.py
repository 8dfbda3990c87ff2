"""OAuth apps: a client id, a secret, redirect URIs and scopes."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa

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
)


class App(NamedTuple):
    """A registered app."""

    id: int
    client_id: str
    name: str
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    uninstall_url: str
    secret_hash: str

    def has_secret(self, secret: str) -> bool:
        """Whether ``secret`` is the app's secret."""
        return hmac.compare_digest(self.secret_hash, hash_secret(secret))


class NewApp(NamedTuple):
    """The data of an app to register; id and secret are generated unless given."""

    name: str
    redirect_uris: Sequence[str]
    scopes: Sequence[str]
    uninstall_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


def register(platform: Platform, new: NewApp, now: datetime, *, allow_insecure_http: bool = False) -> tuple[App, str]:
    """Registers an app; returns it with its secret. Raises ValueError for invalid data and for a client id that exists.

    ``allow_insecure_http`` allows redirect URIs with ``http`` on other machines, too.
    """
    client_id = new.client_id or secrets.token_hex(8)
    secret = new.client_secret or secrets.token_hex(20)
    if not _CLIENT_ID.fullmatch(client_id):
        raise ValueError("A client id is up to 100 letters, digits, dots, hyphens, underscores and tildes")
    if not new.name.strip() or not new.redirect_uris:
        raise ValueError("An app needs a name and a redirect URI")
    for uri in (*new.redirect_uris, *([new.uninstall_url] if new.uninstall_url else [])):
        validate_uri(uri, allow_insecure_http=allow_insecure_http)
    values = {
        "client_id": client_id,
        "secret_hash": hash_secret(secret),
        "sealed_secret": platform.cipher.encrypt(secret),
        "name": new.name.strip(),
        "scopes": ",".join(oauth_scopes.normalize(new.scopes)),
        "redirect_uris": "\n".join(dict.fromkeys(new.redirect_uris)),
        "uninstall_url": new.uninstall_url,
        "add_time": format_time(now),
    }

    def add(db: Transaction) -> None:
        if db.value(sa.select(oauth_apps.c.id).where(oauth_apps.c.client_id == client_id)):
            raise ValueError(f"There is already an app with the client id {client_id}")
        db.insert_later(oauth_apps, values)

    platform.run_in_transaction(add)
    app = find(platform, client_id)
    assert app is not None
    return app, secret


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
    if not _CLIENT_ID.fullmatch(client_id):
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
    id, client_id, name, scopes, redirect_uris, uninstall_url, secret_hash = row
    uris = tuple(redirect_uris.split("\n"))
    return App(id, client_id, name, tuple(scopes.split(",")), uris, uninstall_url or uris[0], secret_hash)
