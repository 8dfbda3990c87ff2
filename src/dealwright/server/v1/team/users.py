"""Users of the company."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.team import users as contract
from dealwright.contract.v1.team.users import NewUser, UserChanges
from dealwright.contract.values import Flag
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import users
from dealwright.crm.team.model import User
from dealwright.crm.values.formats import loads
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes

_NAMES = {"active_flag": "is_active"}


def show(crm: UnitOfWork, user: User) -> contract.User:
    """Returns a user as v1 writes it."""
    return {
        "id": user.id,
        "name": user.name,
        "default_currency": user.default_currency,
        "locale": user.locale,
        "lang": user.lang,
        "email": user.email,
        "phone": user.phone,
        "activated": user.activated,
        "last_login": user.last_login or "",
        "created": user.add_time,
        "modified": user.update_time,
        "has_created_company": user.has_created_company,
        "access": loads(user.access),
        "active_flag": user.is_active,
        "timezone_name": user.timezone_name,
        "timezone_offset": _offset(crm, user.timezone_name),
        "role_id": user.role_id,
        "icon_url": user.icon_url,
        "is_you": user.id == crm.actor.id,
        "is_deleted": user.is_deleted,
        "is_admin": 1 if user.is_admin() else 0,
    }


@implements(contract.get_users)
def get_users(crm: UnitOfWork) -> List[contract.User]:
    return envelopes.collection([show(crm, user) for user in users.list_all(crm)])


@implements(contract.post_users)
def post_users(crm: UnitOfWork, data: NewUser) -> Item[contract.User]:
    return envelopes.item(show(crm, users.create(crm, provided_values(data, _NAMES))))


@implements(contract.get_users_find)
def get_users_find(crm: UnitOfWork, term: str, search_by_email: Flag = 0) -> List[contract.User]:
    found = users.search(crm, term, by_email=search_by_email == 1)
    return envelopes.collection([show(crm, user) for user in found])


@implements(contract.get_users_me)
def get_users_me(crm: UnitOfWork) -> Item[contract.CurrentUser]:
    user, company = crm.actor, crm.company_data.company
    return envelopes.item(
        {
            **show(crm, user),
            "company_id": company.id,
            "company_name": company.name,
            "company_domain": company.domain,
            "company_country": company.country,
            "company_industry": company.industry or "",
            "language": {"language_code": user.language_code, "country_code": user.country_code},
        }
    )


@implements(contract.get_users_by_id)
def get_users_by_id(crm: UnitOfWork, id: int) -> Item[contract.User]:
    return envelopes.item(show(crm, users.get(crm, id)))


@implements(contract.put_users_by_id)
def put_users_by_id(crm: UnitOfWork, id: int, data: UserChanges) -> Item[contract.User]:
    return envelopes.item(show(crm, users.update(crm, id, provided_values(data, _NAMES))))


def _offset(crm: UnitOfWork, timezone: str) -> str:
    """Returns the present offset of a time zone from UTC, as ``+02:00``."""
    offset = crm.time.astimezone(ZoneInfo(timezone)).strftime("%z")
    return f"{offset[:3]}:{offset[3:]}"
