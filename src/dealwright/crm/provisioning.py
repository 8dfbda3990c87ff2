"""Provisions a new company: its first user, roles, currencies, activity types, fields, and a first pipeline.

There is no unit of work before there is a user. So records are written by `_add_record`, which logs them as the rules do.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from babel import Locale
from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol

from dealwright._json import Json
from dealwright.crm.companies import Companies
from dealwright.crm.deals.model import PIPELINE, STAGE
from dealwright.crm.fields.initial_fields import write_system_fields
from dealwright.crm.integration import connections
from dealwright.crm.kernel import changes, records
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.leads.model import LEAD_LABEL
from dealwright.crm.team import permission_sets, roles, users
from dealwright.crm.team.model import DEFAULT_ROLE_ID, ROLE, USER
from dealwright.crm.values.formats import Values, format_time, format_time_ms
from dealwright.crm.work.model import ACTIVITY_TYPE, PROJECT_BOARD, PROJECT_PHASE
from dealwright.storage import tables
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Company, DomainTaken

STAGES = ("Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started")
PROJECT_PHASES = ("Kick-off", "Planning", "Implementation", "Review")
ACTIVITY_TYPES = ("call", "meeting", "task", "deadline", "email", "lunch")
APPS = ("sales", "global", "account_settings")
LEAD_LABELS = {"Hot": "red", "Cold": "blue", "Warm": "yellow"}
# The codes in use, without the funds, metals and test codes of ISO 4217.
CURRENCIES = [
    "AED",
    "AFN",
    "ALL",
    "AMD",
    "ANG",
    "AOA",
    "ARS",
    "AUD",
    "AWG",
    "AZN",
    "BAM",
    "BBD",
    "BDT",
    "BGN",
    "BHD",
    "BIF",
    "BMD",
    "BND",
    "BOB",
    "BRL",
    "BSD",
    "BTN",
    "BWP",
    "BYN",
    "BZD",
    "CAD",
    "CDF",
    "CHF",
    "CLP",
    "CNY",
    "COP",
    "CRC",
    "CUP",
    "CVE",
    "CZK",
    "DJF",
    "DKK",
    "DOP",
    "DZD",
    "EGP",
    "ERN",
    "ETB",
    "EUR",
    "FJD",
    "FKP",
    "GBP",
    "GEL",
    "GHS",
    "GIP",
    "GMD",
    "GNF",
    "GTQ",
    "GYD",
    "HKD",
    "HNL",
    "HTG",
    "HUF",
    "IDR",
    "ILS",
    "INR",
    "IQD",
    "IRR",
    "ISK",
    "JMD",
    "JOD",
    "JPY",
    "KES",
    "KGS",
    "KHR",
    "KMF",
    "KPW",
    "KRW",
    "KWD",
    "KYD",
    "KZT",
    "LAK",
    "LBP",
    "LKR",
    "LRD",
    "LSL",
    "LYD",
    "MAD",
    "MDL",
    "MGA",
    "MKD",
    "MMK",
    "MNT",
    "MOP",
    "MRU",
    "MUR",
    "MVR",
    "MWK",
    "MXN",
    "MYR",
    "MZN",
    "NAD",
    "NGN",
    "NIO",
    "NOK",
    "NPR",
    "NZD",
    "OMR",
    "PAB",
    "PEN",
    "PGK",
    "PHP",
    "PKR",
    "PLN",
    "PYG",
    "QAR",
    "RON",
    "RSD",
    "RUB",
    "RWF",
    "SAR",
    "SBD",
    "SCR",
    "SDG",
    "SEK",
    "SGD",
    "SHP",
    "SOS",
    "SRD",
    "SSP",
    "STN",
    "SYP",
    "SZL",
    "THB",
    "TJS",
    "TMT",
    "TND",
    "TOP",
    "TRY",
    "TTD",
    "TWD",
    "TZS",
    "UAH",
    "UGX",
    "USD",
    "UYU",
    "UZS",
    "VES",
    "VND",
    "VUV",
    "WST",
    "XAF",
    "XCD",
    "XOF",
    "XPF",
    "YER",
    "ZAR",
    "ZMW",
]


def create_company(
    companies: Companies, domain: str, *, name: str, currency: str = "EUR", owner_name: str, owner_email: str
) -> tuple[Company, int]:
    """Creates a company with one user, who is an admin of every app. Returns the company and the user's id."""
    now = format_time(companies.clock())
    with companies.platform.new_company(domain) as company, company.database.write() as db:
        db.insert_later(
            tables.company,
            {
                "id": company.id,
                "name": name,
                "domain": domain,
                "country": "EE",
                "industry": None,
                "default_currency": currency,
                "timezone": "UTC",
                "visibility_levels": 4,
                "settings_version": 1,
            },
        )
        permission_sets.create_initial_sets(db)
        connections.add_here(db, f"{now}.000")
        user_id = create_user(db, owner_name, owner_email, now, currency=currency, admin=True, has_created_company=True)
        _add_default_role(db, now, user_id)
        _insert_currencies(db)
        _add_activity_types(db, now, user_id)
        write_system_fields(db, now, user_id)
        _add_pipeline(db, now, user_id)
        _add_project_board(db, now, user_id)
        _add_lead_labels(db, format_time_ms(companies.clock()), user_id)
    return company, user_id


def get_or_create_first_company(
    companies: Companies, domain: str, *, name: str, owner_name: str, owner_email: str
) -> tuple[Company, bool]:
    """Returns the first company of a platform, and whether it was created now because there was none.

    When several processes do this at the same time, one of them creates it. The tables of existing companies are
    upgraded.
    """
    platform = companies.platform
    if platform.is_new():
        platform.create_platform_tables()
        with suppress(DomainTaken):
            company, _ = create_company(companies, domain, name=name, owner_name=owner_name, owner_email=owner_email)
            return company, True
    platform.upgrade()
    return platform.list_companies()[0], False


def create_user(
    db: Transaction,
    name: str,
    email: str,
    now: str,
    *,
    currency: str,
    admin: bool,
    role_id: int = DEFAULT_ROLE_ID,
    has_created_company: bool = False,
    actor_user_id: int | None = None,
    sales_set_id: str | None = None,
) -> int:
    """Adds a user with the permissions of an admin or of a regular user, or those of a set for sales. Returns its id.

    It is added by another user, or by itself when there is none yet.
    """
    access: list[Json] = []
    for app in APPS if admin else users.REGULAR_APPS:
        permission_set = permission_sets.find_default(db, app, "admin" if admin else "regular")
        set_id = permission_set.id if permission_set else None
        if app == "sales" and sales_set_id is not None:
            set_id = sales_set_id
        access.append({"app": app, "admin": admin, "permission_set_id": set_id})
    return _add_record(
        db,
        USER,
        {
            **users.initial_values(name, email, now, currency),
            "timezone_name": "Europe/Tallinn",
            "activated": True,
            "has_created_company": has_created_company,
            "access": access,
            "role_id": role_id,
        },
        now,
        actor_user_id,
    )


def _add_record(db: Transaction, kind: RecordType[Any], values: Values, now: str, actor_user_id: int | None) -> int:
    """Adds a record, logs its first values, and returns its id. The actor of a user who is the first is that user."""
    id = db.insert(kind.table, records.to_columns(kind, values))
    # Times are stored in seconds, or in milliseconds as the log has them.
    time = now if kind.has_milliseconds else f"{now}.000"
    changes.write_entry(
        db,
        kind.object,
        id,
        "create",
        # The ids of permission sets are random, and a demo company is the same every time.
        records.initial_changes({name: value for name, value in values.items() if name != "access"}),
        time=time,
        actor_user_id=actor_user_id or id,
        source="app",
    )
    return id


def _add_default_role(db: Transaction, now: str, user_id: int) -> None:
    values: Values = {"parent_role_id": None, "name": "(Unassigned users)", "hidden_pipeline_ids": []}
    _add_record(db, ROLE, {**values, "settings": {**roles.INITIAL_SETTINGS}}, now, user_id)


def _insert_currencies(db: Transaction) -> None:
    english = Locale("en", "US")
    db.insert_many(
        tables.currencies,
        [
            {
                "code": code,
                "name": get_currency_name(code, locale=english),
                "symbol": get_currency_symbol(code, locale=english),
                "decimal_points": get_currency_precision(code),
            }
            for code in CURRENCIES
        ],
    )


def _add_activity_types(db: Transaction, now: str, user_id: int) -> None:
    for place, key in enumerate(ACTIVITY_TYPES, 1):
        values: Values = {
            "order_nr": place,
            "name": key.capitalize(),
            "key_string": key,
            "icon_key": key,
            "color": "FFFFFF",
            "add_time": now,
            "update_time": now,
        }
        _add_record(db, ACTIVITY_TYPE, values, now, user_id)


def _add_pipeline(db: Transaction, now: str, user_id: int) -> None:
    times: Values = {"add_time": now, "update_time": now}
    pipeline: Values = {"name": "Pipeline", "order_nr": 0, "is_deal_probability_enabled": True, **times}
    pipeline_id = _add_record(db, PIPELINE, pipeline, now, user_id)
    for place, name in enumerate(STAGES):
        stage: Values = {"pipeline_id": pipeline_id, "name": name, "order_nr": place, "deal_probability": 100, **times}
        _add_record(db, STAGE, stage, now, user_id)


def _add_project_board(db: Transaction, now: str, user_id: int) -> None:
    times: Values = {"add_time": now, "update_time": now}
    board_id = _add_record(db, PROJECT_BOARD, {"name": "Projects", "order_nr": 1, **times}, now, user_id)
    for place, name in enumerate(PROJECT_PHASES, 1):
        _add_record(db, PROJECT_PHASE, {"board_id": board_id, "name": name, "order_nr": place, **times}, now, user_id)


def _add_lead_labels(db: Transaction, now: str, user_id: int) -> None:
    for name, color in LEAD_LABELS.items():
        values: Values = {
            "uuid": str(uuid.uuid4()),
            "name": name,
            "color": color,
            "add_time": now,
            "update_time": now,
        }
        _add_record(db, LEAD_LABEL, values, now, user_id)
