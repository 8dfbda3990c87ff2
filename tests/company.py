"""New companies for the tests, copied from one that is created once for each test session and database."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import sqlalchemy as sa

from dealwright.cli.script_console import open_scripting_console
from dealwright.console.service import find_console
from dealwright.contract.agents import AGENTS_PATH
from dealwright.crm import invariants, provisioning
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork
from dealwright.crm.team import roles
from dealwright.crm.values.formats import dumps
from dealwright.jobs.run_due import run_due
from dealwright.mcp import http as mcp_http
from dealwright.server.application import Application
from dealwright.storage.platform import Platform
from dealwright.storage.tables import permission_sets
from tests.api import Api, Clock

DOMAIN = "tests"


def create_company(location: str) -> None:
    """Sets up a platform with one company and its admin."""
    platform = Platform(location)
    platform.create_platform_tables()
    provisioning.create_company(
        Companies(platform, Clock()), DOMAIN, name="Tests", owner_name="Ada Admin", owner_email="ada@example.com"
    )
    platform.close()


def open_api(location: str, files: str | None = None) -> Api:
    """Returns a client of the company at a location, as its admin; ``files`` is the folder for the content of files."""
    clock = Clock()
    companies = Companies(Platform(location, files=files), clock)
    company = companies.platform.list_companies()[0]
    app = Application(companies)
    app.mount(AGENTS_PATH, mcp_http.Endpoint(open_scripting_console(companies, app, is_local=True)))
    return Api(app, clock, Principal(company, 1))


def find_problems(api: Api) -> list[str]:
    """Returns what is wrong with the rows of the company."""
    with api.principal.company.database.read() as db:
        return invariants.find_problems(db)


def close(api: Api) -> None:
    """Releases files, connections and threads."""
    find_console(api.companies).close()
    api.app.close()
    api.companies.platform.close()


def copy_folder(source: Path, target: Path) -> str:
    """Copies a platform's folder; returns the location of the copy."""
    shutil.copytree(source, target)
    return str(target)


def add_user(api: Api, name: str, *, role_id: int = 1, admin: bool = False, currency: str = "EUR") -> Api:
    """Adds a user to the company; returns a client of this user."""
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        email = f"{name.lower()}@example.com"
        user_id = provisioning.create_user(
            crm.db, name, email, crm.now, currency=currency, admin=admin, role_id=role_id
        )
        crm.invalidate_company_data()
    return api.as_user(user_id)


def open_write(user: Api) -> AbstractContextManager[UnitOfWork]:
    """Opens a unit of work of a user that writes, for rules that no request calls."""
    return user.companies.unit_of_work(user.principal.company, user.principal.user_id, write=True)


def set_permissions(api: Api, *permissions: str, use_api: bool = True) -> None:
    """Lets regular users of sales use the API, do these things, and nothing else that needs a permission."""
    columns = permission_sets.c
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        regular = (columns.type == "regular") & (columns.app == "sales")
        crm.db.execute(
            sa.update(permission_sets)
            .where(regular)
            .values(contents=dumps(["can_use_api"] * use_api + list(permissions)))
        )
        crm.invalidate_company_data()


def hide_pipeline(api: Api, role_id: int, pipeline_id: int) -> None:
    """Hides a pipeline from the users of a role."""
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        roles.change_pipelines(crm, role_id, [], [pipeline_id])


def set_visibility(api: Api, table: sa.Table, id: int, visible_to: int) -> None:
    """Changes who sees a record, also of a kind whose visibility no operation changes."""
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        crm.db.execute(sa.update(table).where(table.c.id == id).values(visible_to=visible_to))


def run_purge(api: Api) -> None:
    """Removes what is deleted by now, a month later."""
    run_due(api.companies)
    api.clock.advance(days=31)
    run_due(api.companies)


def add_role(api: Api, name: str, *, parent_id: int = 1, **settings: int) -> int:
    """Adds a role below a parent, with default visibilities such as ``person_default_visibility=1``; returns its id."""
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        role_id = roles.create(crm, {"name": name, "parent_role_id": parent_id}).id
        for key, value in settings.items():
            roles.change_setting(crm, role_id, key, value)
    return role_id
