"""What tests move in a sandbox: its clock, and its faults."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from dealwright.crm import provisioning
from dealwright.crm.companies import Companies
from dealwright.crm.errors import LimitReached
from dealwright.crm.kernel.movable_clock import MovableClock
from dealwright.server.faults import Faults

MAX_COMPANIES = 1000
"""Each is a file, or a schema of PostgreSQL."""


class Sandbox:
    """The controls of a sandbox, whose companies go by ``clock``. ``settle`` attempts all jobs that are due, and waits for those
    that run elsewhere; it returns how many it has attempted.
    """

    def __init__(self, companies: Companies, clock: MovableClock, settle: Callable[[], int]) -> None:
        self.companies = companies
        self.clock = clock
        self.faults = Faults()
        self._settle = settle
        # Jobs that run here hold leases, which another move would end.
        self._moving = threading.RLock()

    def move_clock(
        self, to: datetime | None = None, by: timedelta = timedelta(0), *, is_frozen: bool | None = None
    ) -> int:
        """Moves the clock and attempts the jobs that are due then; returns their number. Raises `Invalid` as `MovableClock.move` does."""
        with self._moving:
            # What is at work goes by the time at which it began.
            self._settle()
            self.clock.move(to, by, is_frozen=is_frozen)
            return self._catch_up()

    def make_company(self) -> tuple[str, str]:
        """Makes a company without data; returns its domain and an API token of its admin. Raises `LimitReached`."""
        with self._moving:
            platform = self.companies.platform
            if len(platform.list_companies()) >= MAX_COMPANIES:
                raise LimitReached(
                    f"A sandbox has {MAX_COMPANIES} companies at most; begin another sandbox", "companies"
                )
            domain = f"test-{secrets.token_hex(6)}"
            company, user_id = provisioning.create_company(
                self.companies,
                domain,
                name="My company",
                owner_name="Company Owner",
                owner_email=f"admin@{domain}.example",
            )
            return company.domain, platform.issue_token(company.id, user_id)

    def reset_clock(self) -> int:
        """Sets the clock to the time of the machine, and attempts the jobs that are due; returns their number."""
        with self._moving:
            self._settle()
            self.clock.reset()
            return self._catch_up()

    def _catch_up(self) -> int:
        attempts = self._settle()
        for company in self.companies.platform.list_companies():
            # What runs jobs beside this sleeps until a time that the moved clock may have passed.
            self.companies.on_jobs_enqueued(company)
        return attempts
