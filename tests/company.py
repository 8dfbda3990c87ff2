"""Fresh companies for the tests, copied from one that is founded once for each test session and database."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa

from dealwright.crm import founding
from dealwright.crm.unit import Bearer, Companies
from dealwright.crm.values import dumps
from dealwright.server.app import Application
from dealwright.storage.platform import Platform
from dealwright.storage.tables import permission_sets, roles
from tests.api import Api, Clock

DOMAIN = "tests"


def found(location: str) -> None:
    """Sets up a platform with one company and its admin."""
    platform = Platform(location)
    platform.set_up()
    founding.found(
        Companies(platform, Clock()), DOMAIN, name="Tests", owner_name="Ada Admin", owner_email="ada@example.com"
    )
    platform.close()


def open_api(location: str, files: str | None = None) -> Api:
    """A client of the company at a location, as its admin; ``files`` is where it keeps the content of files."""
    clock = Clock()
    companies = Companies(Platform(location, files=files), clock)
    company = companies.platform.companies()[0]
    return Api(Application(companies), clock, Bearer(company, 1))


def close(api: Api) -> None:
    """Gives back files, connections and threads."""
    api.app.close()
    api.companies.platform.close()


def copy_folder(source: Path, target: Path) -> str:
    """A copy of a platform's folder."""
    shutil.copytree(source, target)
    return str(target)


def add_user(api: Api, name: str, *, role_id: int = 1, admin: bool = False, currency: str = "EUR") -> Api:
    """A new user of the company, as a client."""
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        email = f"{name.lower()}@example.com"
        user_id = founding.add_user(crm.db, name, email, crm.now, currency=currency, admin=admin, role_id=role_id)
        crm.settings_changed()
    return api.as_user(user_id)


def permit(api: Api, *permissions: str) -> None:
    """Lets regular users of sales do these things, and nothing else that needs a permission."""
    columns = permission_sets.c
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        regular = (columns.type == "regular") & (columns.app == "sales")
        crm.db.execute(sa.update(permission_sets).where(regular).values(contents=dumps(list(permissions))))


def hide_pipeline(api: Api, role_id: int, pipeline_id: int) -> None:
    """Hides a pipeline from the users of a role."""
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        crm.db.execute(sa.update(roles).where(roles.c.id == role_id).values(hidden_pipeline_ids=dumps([pipeline_id])))
        crm.settings_changed()


def add_role(api: Api, name: str, *, parent_id: int = 1, **settings: int) -> int:
    """A new role below another one, with default visibilities as in ``person_default_visibility=1``; its id."""
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        values = {"parent_role_id": parent_id, "name": name, "hidden_pipeline_ids": "[]"}
        role_id = crm.db.insert(roles, values | {"settings": dumps(founding.ROLE_SETTINGS | settings)})
        crm.settings_changed()
    return role_id
