"""Apps that nobody registers by hand: agents' programs, which register themselves or have a document at the address that is their client id.

They keep no secret, and get tokens for agents' address alone. What they say of themselves is believed in nothing but where to send their
users on to, and that is shown to these.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dealwright.crm.errors import LimitReached
from dealwright.crm.integration.oauth import apps, scopes
from dealwright.crm.integration.oauth.apps import App, InvalidApp, Registration
from dealwright.crm.values.formats import format_time
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import oauth_apps, oauth_codes, oauth_grants

MAX_APPS = 2000
"""How many such apps there are at most, over all companies."""

UNUSED_LIFETIME = timedelta(days=1)
"""For how long an app is kept that nobody has let in."""

MAX_REDIRECT_URIS = 10
MAX_URI_LENGTH = 2000
MAX_NAME_LENGTH = 80

_PREFIX = "agent-"
_NOT_IN_NAMES = re.compile(r"[^\w .,:&+'()/@-]")


def is_client_id(client_id: str) -> bool:
    """Whether a client id is one of such an app."""
    return client_id.startswith((_PREFIX, "https://"))


def parse(document: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Returns name and redirect URIs of an app, as it says them itself. Raises `InvalidApp`."""
    uris = document.get("redirect_uris")
    if not isinstance(uris, list) or not 0 < len(uris) <= MAX_REDIRECT_URIS:
        raise InvalidApp(f"redirect_uris must be a list of 1 to {MAX_REDIRECT_URIS}", "redirect_uris")
    for uri in uris:
        if not isinstance(uri, str) or len(uri) > MAX_URI_LENGTH:
            raise InvalidApp(f"A redirect URI is a text of up to {MAX_URI_LENGTH} characters", "redirect_uris")
        try:
            apps.validate_uri(uri)
        except ValueError as error:
            raise InvalidApp(str(error), "redirect_uris") from None
    method = document.get("token_endpoint_auth_method", "none")
    if not isinstance(method, str) or method.startswith("private_key"):
        raise InvalidApp("Apps authenticate with PKCE alone", "token_endpoint_auth_method")
    given = document.get("client_name")
    name = _NOT_IN_NAMES.sub("", given).strip()[:MAX_NAME_LENGTH].strip() if isinstance(given, str) else ""
    return name or "An app without a name", list(dict.fromkeys(uris))


def register(platform: Platform, document: Mapping[str, Any], now: datetime) -> App:
    """Registers an app that says what it is; returns the one that there is for the same again. Raises `InvalidApp` and `LimitReached`."""
    name, uris = parse(document)
    # The same program on many machines is the same app, so that nobody fills the table by asking again.
    digest = hashlib.sha256("\n".join([name, *uris]).encode()).hexdigest()
    return _store(platform, _PREFIX + digest[:32], name, uris, "dynamic", now)


def store_document(platform: Platform, url: str, document: Mapping[str, Any], now: datetime) -> App:
    """Stores an app as the document at its client id has it now. Raises `InvalidApp` and `LimitReached`."""
    if document.get("client_id") != url:
        raise InvalidApp("The document is about another client id", "client_id")
    name, uris = parse(document)
    return _store(platform, url, name, uris, "document", now)


def _store(
    platform: Platform, client_id: str, name: str, uris: Sequence[str], registration: Registration, now: datetime
) -> App:
    known = apps.find(platform, client_id)
    values = {"name": name, "redirect_uris": "\n".join(uris)}
    if known is not None:
        if known.registration is None:
            raise InvalidApp("There is an app with this client id", "client_id")
        if (known.name, list(known.redirect_uris)) != (name, list(uris)):
            platform.run_in_transaction(lambda db: db.update(oauth_apps, known.id, values))
        return apps.find(platform, client_id) or known
    row = {
        **values,
        "client_id": client_id,
        "secret_hash": "",
        "scopes": ",".join(scopes.normalize(scopes.ALL)),
        "add_time": format_time(now),
        "registration": registration,
    }

    def add(db: Transaction) -> None:
        # Another process may have been faster.
        if db.value(sa.select(oauth_apps.c.id).where(oauth_apps.c.client_id == client_id)):
            return
        count = sa.select(sa.func.count()).where(oauth_apps.c.registration.is_not(None))
        if int(db.value(count)) >= MAX_APPS:
            raise LimitReached("Too many apps have registered themselves; try again tomorrow", "client_id")
        db.insert_later(oauth_apps, row)

    platform.run_in_transaction(add)
    found = apps.find(platform, client_id)
    assert found is not None
    return found


def delete_unused(platform: Platform, now: datetime) -> None:
    """Deletes the apps that nobody has let in for a while after they had registered themselves."""
    used = sa.select(oauth_grants.c.app_id).union(sa.select(oauth_codes.c.app_id))
    columns = oauth_apps.c
    old = columns.registration.is_not(None) & (columns.add_time < format_time(now - UNUSED_LIFETIME))
    platform.run_in_transaction(lambda db: db.execute(sa.delete(oauth_apps).where(old, columns.id.not_in(used))))
