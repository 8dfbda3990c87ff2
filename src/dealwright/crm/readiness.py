"""What keeps a process from serving its companies: databases that do not answer, tables of another version."""

from __future__ import annotations

import logging
from collections import deque

from dealwright.crm.companies import Companies
from dealwright.storage import migrations
from dealwright.storage.platform import Company

MAX_COMPANIES = 20
"""How many companies are looked at in one check; the others have their turn in the next ones."""

log = logging.getLogger(__name__)


class ReadinessCheck:
    """Checks the databases of a platform. What a check finds of a company stands until that company's next turn."""

    def __init__(self, companies: Companies) -> None:
        self._companies = companies
        self._queue: deque[Company] = deque()
        self._problems: dict[int, str] = {}

    def problems(self) -> list[str]:
        """Returns what is wrong, in words that name no company: strangers read them."""
        platform = self._companies.platform
        try:
            companies = platform.list_companies()
            if migrations.PLATFORM.version(platform.database) != migrations.PLATFORM.head:
                return ["the tables of the platform are of another version"]
        except Exception as error:
            _log_problem("The database of the platform does not answer", error)
            return ["the database of the platform does not answer"]
        if not companies:
            return ["there is no company"]
        ids = {company.id for company in companies}
        self._queue = self._queue or deque(companies)
        for company in [self._queue.popleft() for _ in range(min(MAX_COMPANIES, len(self._queue)))]:
            if problem := _problem(company):
                self._problems[company.id] = problem
            else:
                self._problems.pop(company.id, None)
        found = [problem for id, problem in self._problems.items() if id in ids]
        return [f"{problem}: {found.count(problem)} of {len(ids)} companies" for problem in dict.fromkeys(found)]


def _problem(company: Company) -> str | None:
    try:
        version = migrations.COMPANY.version(company.database)
    except Exception as error:
        _log_problem(f"The database of {company.domain} does not answer", error)
        return "databases do not answer"
    return None if version == migrations.COMPANY.head else "tables are of another version"


def _log_problem(message: str, error: Exception) -> None:
    log.warning("%s: %s", message, error)
