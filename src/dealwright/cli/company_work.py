"""The users of a company, and the work of a command in a unit of work of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
import typer

from dealwright.cli.locations import get_company, open_platform
from dealwright.crm.companies import Companies, InactiveUser
from dealwright.crm.errors import CrmError, Invalid
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import users
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.platform import Company
from dealwright.storage.tables import users as users_table

T = TypeVar("T")


def run_in_company(
    location: str | None, domain: str | None, work: Callable[[UnitOfWork], T], *, write: bool, user: int | None = None
) -> T:
    """Runs ``work`` in a unit of work of a company, as a user, by default as an admin or else any active one.

    Raises `typer.BadParameter` when that fails.
    """
    with open_platform(location) as platform:
        company = get_company(platform, domain)
        user_id = user or users.any_active_admin_id(company) or users.any_active_user_id(company)
        try:
            return Companies(platform).run(company, user_id, work, write=write)
        except CrmError as error:
            problems = (error, *error.others) if isinstance(error, Invalid) else (error,)
            raise typer.BadParameter("; ".join(map(_describe, problems))) from None
        except (UndecryptableSecret, InactiveUser) as error:
            raise typer.BadParameter(str(error)) from None


def _describe(problem: CrmError) -> str:
    path = problem.path if isinstance(problem, Invalid) else ""
    return f"{path}: {problem.message}" if path else problem.message


def find_user(company: Company, email: str) -> tuple[int, str]:
    """Returns the id and the e-mail address of a user. Raises `typer.BadParameter`."""
    with company.database.read() as db:
        for id, known in db.rows(
            sa.select(users_table.c.id, users_table.c.email).where(users_table.c.is_deleted == sa.false())
        ):
            if known.casefold() == email.strip().casefold():
                return id, known
    raise typer.BadParameter(f"there is no user {email} in {company.domain}")
