"""What users have set for themselves, which accounts elsewhere they have connected, and what the company has booked.

The API shows all of it to clients and changes none: that is done on the server (`dealwright account`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import changes
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import dumps, loads
from dealwright.storage.tables import addons, user_connections, user_settings

DEFAULT_SETTINGS: Mapping[str, Json] = {
    "marketplace_team": False,
    "list_limit": 100,
    "beta_app": False,
    "prevent_salesphone_callto_override": False,
    "file_upload_destination": "s3",
    "callto_link_syntax": "callto:[number]",
    "autofill_deal_expected_close_date": False,
    "person_duplicate_condition": "name && (org_id || email || phone)",
}
"""The settings of a user who has set nothing. A setting is always of the type that it has here."""

Service = Literal["google"]
SERVICES: tuple[Service, ...] = ("google",)
"""The services whose accounts users connect."""

MAX_TEXT_LENGTH = 255


def settings(crm: UnitOfWork) -> dict[str, Json]:
    """Returns the actor's settings by name."""
    columns = user_settings.c
    these = (columns.user_id == crm.actor.id) & columns.name.in_([*DEFAULT_SETTINGS])
    stored = crm.db.rows(sa.select(columns.name, columns.value).where(these))
    return {**DEFAULT_SETTINGS, **{name: loads(value) for name, value in stored}}


def change_setting(crm: UnitOfWork, name: str, value: Json) -> None:
    """Sets one of the actor's settings. Raises `Invalid` for a name that there is not, or a value of another type."""
    if name not in DEFAULT_SETTINGS:
        raise Invalid(f"There is no setting {name}; there are {', '.join(DEFAULT_SETTINGS)}", name)
    wanted = type(DEFAULT_SETTINGS[name])
    if type(value) is not wanted or (isinstance(value, str) and not 0 < len(value) <= MAX_TEXT_LENGTH):
        raise Invalid(f"is not the {wanted.__name__} that the setting is", name)
    columns = user_settings.c
    crm.db.execute(sa.delete(user_settings).where(columns.user_id == crm.actor.id, columns.name == name))
    changes.log_in_run(crm, "account", crm.actor.id)
    crm.db.insert_later(user_settings, {"user_id": crm.actor.id, "name": name, "value": dumps(value)})


def connections(crm: UnitOfWork) -> dict[Service, str | None]:
    """Returns the ids of the actor's accounts elsewhere, by service; None for one that is not connected."""
    columns = user_connections.c
    rows = crm.db.rows(sa.select(columns.service, columns.account_id).where(columns.user_id == crm.actor.id))
    stored: dict[str, str] = dict(rows)
    return {service: stored.get(service) for service in SERVICES}


def connect(crm: UnitOfWork, service: Service, account_id: str | None) -> None:
    """Connects the actor to an account elsewhere instead of the one before, or, with None, to none. Raises `Invalid`."""
    if account_id is not None and not 0 < len(account_id) <= MAX_TEXT_LENGTH:
        raise Invalid(f"is not 1 to {MAX_TEXT_LENGTH} characters long", service)
    columns = user_connections.c
    changes.log_in_run(crm, "account", crm.actor.id)
    crm.db.execute(sa.delete(user_connections).where(columns.user_id == crm.actor.id, columns.service == service))
    if account_id is not None:
        values = {"user_id": crm.actor.id, "service": service, "account_id": account_id}
        crm.db.insert_later(user_connections, values)


def addon_codes(crm: UnitOfWork) -> list[str]:
    """Returns the codes of the add-ons that the company has booked."""
    return crm.db.values(sa.select(addons.c.code).order_by(addons.c.code))


def book_addon(crm: UnitOfWork, code: str) -> None:
    """Books an add-on, unless it is booked. Raises `Invalid`."""
    if not 0 < len(code) <= MAX_TEXT_LENGTH:
        raise Invalid(f"is not 1 to {MAX_TEXT_LENGTH} characters long", "code")
    if code not in addon_codes(crm):
        changes.log_in_run(crm, "account", crm.actor.id)
        crm.db.insert_later(addons, {"code": code})


def cancel_addon(crm: UnitOfWork, code: str) -> None:
    """Cancels an add-on, if it is booked."""
    changes.log_in_run(crm, "account", crm.actor.id)
    crm.db.execute(sa.delete(addons).where(addons.c.code == code))
