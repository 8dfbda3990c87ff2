"""OAuth apps: those that the company has registered, and those that users give access to."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.app.envelopes import Items
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.values import Name, ShortText, Url

GROUP = "Apps"

MAX_REDIRECT_URIS = 20
MAX_SCOPES = 100

RedirectUris = Annotated[list[Url], Meta(min_length=1, max_length=MAX_REDIRECT_URIS)]
Scopes = Annotated[list[ShortText], Meta(max_length=MAX_SCOPES)]


class App(TypedDict):
    """An app that the company has registered. ``users`` is how many users give it access, in all companies.

    ``uninstall_url`` is called when a user takes the access back.
    """

    id: int
    client_id: str
    name: str
    redirect_uris: list[str]
    scopes: list[str]
    uninstall_url: str
    add_time: str
    users: int


class AppWithSecret(App):
    """An app with its secret, which is not shown again."""

    client_secret: str


class Scope(TypedDict):
    """A scope, and what users read of it when an app asks them."""

    name: str
    description: str


class AppUser(TypedDict):
    """A user who gives an app access."""

    id: int
    name: str


class ConnectedApp(TypedDict):
    """An app with the access that a user gives it: since when, and until when unless it is used before."""

    app_id: int
    client_id: str
    name: str
    user: AppUser
    is_you: bool
    scopes: list[str]
    add_time: str
    expires_at: str


class RevokedAccess(TypedDict):
    """The app that has lost its access, and whether it could be told."""

    app_id: int
    user_id: int
    was_told: bool


class AppToRegister(AppBody, kw_only=True):
    """An app to register; `base` is always among its scopes."""

    name: Name
    redirect_uris: RedirectUris
    scopes: Scopes | UnsetType = UNSET
    uninstall_url: Url | UnsetType | None = UNSET


class AppChanges(AppBody, kw_only=True):
    """What to change of an app."""

    name: Name | UnsetType = UNSET
    redirect_uris: RedirectUris | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET
    uninstall_url: Url | UnsetType | None = UNSET


@endpoint("GET /app/api/apps", group=GROUP, cost=0)
def get_apps() -> Items[App]:
    """List the apps that the company has registered, as an admin."""


@endpoint("GET /app/api/apps/scopes", group=GROUP, cost=0)
def get_apps_scopes() -> Items[Scope]:
    """List the scopes that an app may ask for."""


@endpoint("POST /app/api/apps", group=GROUP, cost=0)
def post_apps(data: AppToRegister) -> AppWithSecret:
    """Register an app, as an admin."""


@endpoint("PATCH /app/api/apps/{id}", group=GROUP, cost=0)
def patch_apps_by_id(id: RecordId, data: AppChanges) -> App:
    """Change an app, as an admin.

    Other scopes are asked for from now on; what users have granted before stays as it is.
    """


@endpoint("POST /app/api/apps/{id}/secret", group=GROUP, cost=0)
def post_apps_by_id_secret(id: RecordId) -> AppWithSecret:
    """Give an app a new secret, as an admin.

    The one before is void.
    """


@endpoint("DELETE /app/api/apps/{id}", group=GROUP, cost=0)
def delete_apps_by_id(id: RecordId) -> App:
    """Delete an app with all access that users have given it, as an admin."""


@endpoint("GET /app/api/connected-apps", group=GROUP, cost=0)
def get_connected_apps() -> Items[ConnectedApp]:
    """List the apps that you give access to; admins see those of all users."""


@endpoint("DELETE /app/api/users/{id}/connected-apps/{app_id}", group=GROUP, cost=0)
def delete_users_by_id_connected_apps_by_app_id(id: RecordId, app_id: RecordId) -> RevokedAccess:
    """Take back the access that you give an app; admins do so for all users."""
