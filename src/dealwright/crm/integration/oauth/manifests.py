"""The manifests of apps that are messengers: where each offers what its channels hold.

The addresses have placeholders, as in ``https://app.example/channels/:providerChannelId/conversations``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

import msgspec
import sqlalchemy as sa

from dealwright.crm.integration.oauth import apps
from dealwright.crm.integration.oauth.apps import App
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import oauth_apps

CHANNEL, CONVERSATION = "providerChannelId", "sourceConversationId"

_PLACEHOLDERS: Mapping[str, tuple[str, ...]] = {
    "getConversations": (CHANNEL,),
    "getConversationById": (CHANNEL, CONVERSATION),
    "postMessage": (CHANNEL,),
    "getSenderById": (CHANNEL, "senderId"),
    "deleteChannelById": (CHANNEL,),
    "getTemplates": (CHANNEL,),
    "getMessageById": (CHANNEL, CONVERSATION, "sourceMessageId"),
}
"""The placeholders that each address must have."""

_REQUIRED = ("getConversations", "getConversationById", "postMessage")
_PLACEHOLDER = re.compile(r":([A-Za-z]+)")


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """A manifest, as apps write it."""

    version: str
    endpoints: dict[str, str]

    def url(self, name: str, **values: str) -> str:
        """Returns an address with values for its placeholders."""
        host, separator, path = self.endpoints[name].partition("://")
        return host + separator + _PLACEHOLDER.sub(lambda found: _fill(found, values), path)


class Provider(NamedTuple):
    """An app that is a messenger, with what a request to it needs."""

    app: App
    secret: str
    manifest: Manifest


def parse(text: str | bytes, *, allow_insecure_http: bool = False) -> Manifest:
    """Returns the manifest that a text is. Raises ValueError."""
    manifest = msgspec.json.decode(text, type=Manifest)
    if unknown := manifest.endpoints.keys() - _PLACEHOLDERS:
        raise ValueError(f"A messenger has no {min(unknown)}; there are {', '.join(_PLACEHOLDERS)}")
    if missing := [name for name in _REQUIRED if name not in manifest.endpoints]:
        raise ValueError(f"The manifest lacks {', '.join(missing)}")
    for name, url in manifest.endpoints.items():
        apps.validate_uri(url, allow_insecure_http=allow_insecure_http)
        for placeholder in _PLACEHOLDERS[name]:
            if placeholder not in _PLACEHOLDER.findall(url):
                raise ValueError(f"{name} lacks :{placeholder}")
    return manifest


def store(platform: Platform, app: App, manifest: Manifest | None) -> None:
    """Gives an app a manifest in place of the one before; none with None."""
    text = None if manifest is None else msgspec.json.encode(manifest).decode()
    platform.run_in_transaction(lambda db: db.update(oauth_apps, app.id, {"messaging_manifest": text}))


def find(platform: Platform, app: App) -> Manifest | None:
    """Returns the manifest of an app; None for an app without one."""
    with platform.database.read() as db:
        text = db.value(sa.select(oauth_apps.c.messaging_manifest).where(oauth_apps.c.id == app.id))
    return None if text is None else msgspec.json.decode(text, type=Manifest)


def find_provider(platform: Platform, client_id: str) -> Provider | None:
    """Returns the messenger with a client id; None when there is none, or none that can be asked."""
    app = apps.find(platform, client_id)
    secret = None if app is None else apps.find_secret(platform, app)
    manifest = None if app is None else find(platform, app)
    return None if app is None or secret is None or manifest is None else Provider(app, secret, manifest)


def _fill(placeholder: re.Match[str], values: Mapping[str, str]) -> str:
    value = values.get(placeholder[1])
    return placeholder[0] if value is None else quote(value, safe="")
