"""Users of a company, and their access to its apps."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import permission_sets
from dealwright.crm.team.model import DEFAULT_ROLE_ID, USER, User
from dealwright.crm.values import contact_values
from dealwright.crm.values.formats import Values
from dealwright.storage.platform import Company
from dealwright.storage.tables import users

REGULAR_APPS = ("sales", "global")
"""The apps that every user may use."""


def any_active_user_id(company: Company) -> int:
    """Returns the id of an active user, for work that is not done in a particular user's name."""
    columns = users.c
    able = (columns.is_active == sa.true()) & (columns.is_deleted == sa.false())
    with company.database.read() as db:
        return int(db.value(sa.select(sa.func.min(columns.id)).where(able)))


def any_active_admin_id(company: Company) -> int | None:
    """Returns the id of an active admin of the account settings, for work of the operator; None when there is none."""
    with company.database.read() as db:
        found = (user for user in USER.to_records(db.rows(sa.select(users).order_by(users.c.id))) if user.is_enabled)
        return next((user.id for user in found if user.is_admin("account_settings")), None)


def get(crm: UnitOfWork, id: int) -> User:
    """Returns a user, active or not, that the actor may see. Raises `NotFound`."""
    user = crm.company_data.users.get(id)
    if user is None or not _sees(crm, user):
        raise NotFound("User not found or not accessible.")
    return user


def list_all(crm: UnitOfWork) -> list[User]:
    """Returns the users that the actor may see: all, or without the permission for that only the actor."""
    return [user for user in crm.company_data.users.values() if _sees(crm, user)]


def visible_ids(crm: UnitOfWork, ids: Collection[int]) -> list[int]:
    """Returns those of ``ids`` whose users the actor may see, in ascending order."""
    if access.has_permission(crm, "can_see_other_users"):
        return sorted(ids)
    return [crm.actor.id] if crm.actor.id in ids else []


def _sees(crm: UnitOfWork, user: User) -> bool:
    return user.id == crm.actor.id or access.has_permission(crm, "can_see_other_users")


def search(crm: UnitOfWork, term: str, *, by_email: bool = False) -> list[User]:
    """Returns the users whose name or, with ``by_email``, e-mail address contains ``term``, in any case."""
    wanted = term.casefold()
    return [user for user in list_all(crm) if wanted in (user.email if by_email else user.name).casefold()]


def create(crm: UnitOfWork, values: Values) -> User:
    """Adds a user, whose name is the e-mail address at first.

    Raises `Forbidden` unless the actor is an admin of the account settings, and `Invalid` for an e-mail address that is
    malformed or taken, and for a permission set that does not fit.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm, "account_settings")
    email = str(values["email"]).strip()
    if not contact_values.is_email(email, with_dot=False):
        raise Invalid("is not an e-mail address", "email")
    if any(user.email.casefold() == email.casefold() for user in crm.company_data.users.values()):
        raise Invalid("A user with this e-mail address exists already", "email")
    access_entries = values.get("access")
    user = records.insert(
        crm,
        USER,
        {
            **initial_values(email, email, crm.now, crm.company_data.company.default_currency),
            "timezone_name": crm.company_data.company.timezone,
            "is_active": values.get("is_active", True),
            "access": _access(crm, access_entries if isinstance(access_entries, list) else []),
        },
    )
    crm.invalidate_company_data()
    return user


def update(crm: UnitOfWork, id: int, values: Values) -> User:
    """Activates or deactivates a user.

    Raises `NotFound`, `Forbidden` unless the actor is an admin of the account settings, and `Invalid` when actors
    deactivate themselves.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm, "account_settings")
    user = get(crm, id)
    if user.id == crm.actor.id and not values.get("is_active", True):
        raise Invalid("You cannot deactivate yourself", "is_active")
    records.update(crm, USER, user, values)
    crm.invalidate_company_data()
    return get(crm, id)


def activate(crm: UnitOfWork) -> User:
    """Notes that the actor has accepted the invitation; returns the actor."""
    if not crm.actor.activated:
        crm.require_exclusive_lock()
        records.update(crm, USER, crm.actor, {"activated": True})
        crm.invalidate_company_data()
    return crm.actor


def initial_values(name: str, email: str, now: str, currency: str) -> Values:
    """Returns the values of a new user."""
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
        "role_id": DEFAULT_ROLE_ID,
        "last_login": None,
        "add_time": now,
        "update_time": now,
    }


def _access(crm: UnitOfWork, entries: Sequence[Json]) -> list[Json]:
    """Returns a user's access: the entries given, and regular access to the apps of every user. Raises `Invalid`."""
    found: dict[str, Json] = {}
    for entry in entries:
        assert isinstance(entry, dict)
        app = str(entry["app"])
        if app in found:
            raise Invalid(f"There are two entries for {app}", "access")
        found[app] = _access_entry(crm, app, entry)
    for app in REGULAR_APPS:
        found.setdefault(app, _access_entry(crm, app, {}))
    return list(found.values())


def _access_entry(crm: UnitOfWork, app: str, values: Values) -> Json:
    admin = values.get("admin") is True
    permission_set = permission_sets.find_default(crm.db, app, "admin" if admin else "regular")
    if isinstance(set_id := values.get("permission_set_id"), str):
        permission_set = permission_sets.find(crm.db, set_id.lower())
        if permission_set is None or permission_set.app != app:
            raise Invalid(f"There is no such permission set for {app}", "access")
        admin = permission_set.type == "admin"
    return {"app": app, "admin": admin, "permission_set_id": permission_set.id if permission_set else None}
