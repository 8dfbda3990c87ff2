"""Apps that may ask users for access: a client id, a secret, where they are called back, and their scopes."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa

from dealwright.crm.oauth import scopes as scopes_of
from dealwright.crm.values import moment
from dealwright.storage import sealing
from dealwright.storage.engines import Row, Transaction
from dealwright.storage.platform import Platform, hashed
from dealwright.storage.platform_tables import oauth_access_tokens, oauth_apps, oauth_codes, oauth_grants

LOOPBACK = ("127.0.0.1", "[::1]", "localhost")

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
        """Whether this is the app's secret."""
        return hmac.compare_digest(self.secret_hash, hashed(secret))


class NewApp(NamedTuple):
    """What is to be registered; id and secret are made up unless given."""

    name: str
    redirect_uris: Sequence[str]
    scopes: Sequence[str]
    uninstall_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


def register(platform: Platform, new: NewApp, now: datetime, *, http_anywhere: bool = False) -> tuple[App, str]:
    """A new app and its secret, which is shown only now. Raises ValueError for what cannot be, or exists already.

    ``http_anywhere`` lets an app be called back without encryption on other machines, too.
    """
    client_id = new.client_id or secrets.token_hex(8)
    secret = new.client_secret or secrets.token_hex(20)
    if not _CLIENT_ID.fullmatch(client_id):
        raise ValueError("A client id is up to 100 letters, digits, dots, hyphens, underscores and tildes")
    if not new.name.strip() or not new.redirect_uris:
        raise ValueError("An app needs a name and a redirect URI")
    for uri in (*new.redirect_uris, *([new.uninstall_url] if new.uninstall_url else [])):
        check_uri(uri, http_anywhere=http_anywhere)
    values = {
        "client_id": client_id,
        "secret_hash": hashed(secret),
        "sealed_secret": sealing.seal(platform, secret),
        "name": new.name.strip(),
        "scopes": ",".join(scopes_of.ordered(new.scopes)),
        "redirect_uris": "\n".join(dict.fromkeys(new.redirect_uris)),
        "uninstall_url": new.uninstall_url,
        "add_time": moment(now),
    }

    def add(db: Transaction) -> None:
        if db.value(sa.select(oauth_apps.c.id).where(oauth_apps.c.client_id == client_id)):
            raise ValueError(f"There is already an app with the client id {client_id}")
        db.insert(oauth_apps, values)

    platform.change(add)
    app = find(platform, client_id)
    assert app is not None
    return app, secret


def check_uri(uri: str, *, http_anywhere: bool = False) -> None:
    """Raises ValueError for what is no address to call an app back at."""
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        raise ValueError(f"{uri} is not a valid address") from None
    if re.search(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]", uri) or not uri.isascii() or parts.fragment or uri.endswith("#"):
        raise ValueError(f"{uri} is not a valid address: it holds a fragment or characters that must be encoded")
    host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    if "@" in parts.netloc:
        raise ValueError(f"{uri} holds a user name")
    if parts.scheme == "http" and host and (http_anywhere or host in LOOPBACK):
        return
    if parts.scheme == "http":
        raise ValueError(f"{uri} must begin with https://; only this machine itself may be called with http")
    # An app of a device has a scheme of its own, which begins with a domain name turned round.
    if not (parts.scheme == "https" and host) and "." not in parts.scheme:
        raise ValueError(f"{uri} must begin with https://, or with a scheme such as com.example.app:")


def find(platform: Platform, client_id: str) -> App | None:
    """The app with a client id."""
    if not _CLIENT_ID.fullmatch(client_id):
        return None
    with platform.database.read() as db:
        row = db.row(sa.select(*_COLUMNS).where(oauth_apps.c.client_id == client_id))
    return _app(row) if row else None


def by_id(platform: Platform, id: int) -> App | None:
    """The app with the id that the platform gave it."""
    with platform.database.read() as db:
        row = db.row(sa.select(*_COLUMNS).where(oauth_apps.c.id == id))
    return _app(row) if row else None


def every(platform: Platform) -> list[App]:
    """All apps."""
    with platform.database.read() as db:
        return [_app(row) for row in db.rows(sa.select(*_COLUMNS).order_by(oauth_apps.c.id))]


def rotate_secret(platform: Platform, app: App) -> str:
    """A new secret; the old one is void from now on."""
    secret = secrets.token_hex(20)
    values = {"secret_hash": hashed(secret), "sealed_secret": sealing.seal(platform, secret)}
    platform.change(lambda db: db.update(oauth_apps, app.id, values))
    return secret


def secret_of(platform: Platform, app: App) -> str | None:
    """The secret of an app, to show it to the app itself; None when it cannot be read any more."""
    with platform.database.read() as db:
        sealed = db.value(sa.select(oauth_apps.c.sealed_secret).where(oauth_apps.c.id == app.id))
    return sealing.unseal(platform, sealed) if sealed else None


def remove(platform: Platform, app: App) -> None:
    """Removes an app with all its codes and tokens."""

    def work(db: Transaction) -> None:
        grants = sa.select(oauth_grants.c.id).where(oauth_grants.c.app_id == app.id)
        db.execute(sa.delete(oauth_access_tokens).where(oauth_access_tokens.c.grant_id.in_(grants)))
        db.execute(sa.delete(oauth_grants).where(oauth_grants.c.app_id == app.id))
        db.execute(sa.delete(oauth_codes).where(oauth_codes.c.app_id == app.id))
        db.execute(sa.delete(oauth_apps).where(oauth_apps.c.id == app.id))

    platform.change(work)


def _app(row: Row) -> App:
    id, client_id, name, scopes, redirect_uris, uninstall_url, secret_hash = row
    uris = tuple(redirect_uris.split("\n"))
    return App(id, client_id, name, tuple(scopes.split(",")), uris, uninstall_url or uris[0], secret_hash)
