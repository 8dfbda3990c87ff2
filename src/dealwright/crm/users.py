"""Users: who may log in, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access, permission_sets, records
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.settings import USER, User
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage.platform import Company
from dealwright.storage.tables import users

REGULAR_APPS = ("sales", "global")
"""The apps that every user may use."""

DEFAULT_ROLE = 1

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def somebody(company: Company) -> int:
    """The id of a user who may act, for what is done in nobody's name in particular."""
    columns = users.c
    able = (columns.is_active == sa.true()) & (columns.is_deleted == sa.false())
    with company.database.read() as db:
        return int(db.value(sa.select(sa.func.min(columns.id)).where(able)))


def get(crm: Crm, id: int) -> User:
    """One user, active or not. Raises `NotFound`."""
    user = crm.settings.users.get(id)
    if user is None:
        raise NotFound("User not found or not accessible.")
    return user


def find(crm: Crm, term: str, *, by_email: bool = False) -> list[User]:
    """The users with a text in their name, or else in their e-mail address."""
    wanted = term.casefold()
    return [
        user for user in crm.settings.users.values() if wanted in (user.email if by_email else user.name).casefold()
    ]


def create(crm: Crm, values: Values) -> User:
    """Adds a user, who is called by the e-mail address until then. Only admins of the account's settings may.

    Raises `Invalid` for an address that is taken or none, and for a permission set that does not fit.
    """
    access.require_admin(crm, "account_settings")
    email = str(values["email"]).strip()
    if not _EMAIL.fullmatch(email):
        raise Invalid("is not an e-mail address", "email")
    if any(user.email.casefold() == email.casefold() for user in crm.settings.users.values()):
        raise Invalid("A user with this e-mail address exists already", "email")
    given = values.get("access")
    id = records.insert(
        crm,
        USER,
        {
            **new(email, email, crm.now, crm.settings.company.default_currency),
            "timezone_name": crm.settings.company.timezone,
            "is_active": values.get("is_active", True),
            "access": _access(crm, given if isinstance(given, list) else []),
        },
    )
    crm.settings_changed()
    return get(crm, id)


def update(crm: Crm, id: int, values: Values) -> User:
    """Activates or deactivates a user. Only admins of the account's settings may, and not themselves."""
    access.require_admin(crm, "account_settings")
    user = get(crm, id)
    if user.id == crm.actor.id and not values.get("is_active", True):
        raise Invalid("You cannot deactivate yourself", "is_active")
    records.update(crm, USER, user, values)
    crm.settings_changed()
    return get(crm, id)


def new(name: str, email: str, now: str, currency: str) -> Values:
    """A user as created, before anybody has set anything."""
    return {
        "name": name,
        "email": email,
        "phone": None,
        "default_currency": currency,
        "locale": "en_US",
        "lang": 1,
        "language_code": "en",
        "country_code": "US",
        "timezone_name": "UTC",
        "icon_url": None,
        "activated": False,
        "is_active": True,
        "is_deleted": False,
        "has_created_company": False,
        "access": [],
        "role_id": DEFAULT_ROLE,
        "last_login": None,
        "add_time": now,
        "update_time": now,
    }


def _access(crm: Crm, given: Sequence[Json]) -> list[Json]:
    """What a user may do in each app: what is given, and regular access to the apps that everybody may use."""
    found: dict[str, Json] = {}
    for entry in given:
        assert isinstance(entry, dict)
        app = str(entry["app"])
        if app in found:
            raise Invalid(f"There are two entries for {app}", "access")
        found[app] = _entry(crm, app, entry)
    for app in REGULAR_APPS:
        found.setdefault(app, _entry(crm, app, {}))
    return list(found.values())


def _entry(crm: Crm, app: str, given: Values) -> Json:
    admin = given.get("admin") is True
    chosen = permission_sets.default(crm.db, app, "admin" if admin else "regular")
    if isinstance(set_id := given.get("permission_set_id"), str):
        chosen = permission_sets.by_id(crm.db, set_id.lower())
        if chosen is None or chosen.app != app:
            raise Invalid(f"There is no such permission set for {app}", "access")
        admin = chosen.type == "admin"
    return {"app": app, "admin": admin, "permission_set_id": chosen.id if chosen else None}
