"""Whom a browser stands for, and the console that works for its company."""

from __future__ import annotations

from dealwright.console.service import Console, find_console
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.server.binding import BrowserSession


def console_of(browser: BrowserSession) -> tuple[Principal, Console]:
    """Returns the user who is signed in, and the console."""
    principal = browser.principal
    assert principal is not None
    return principal, find_console(browser.companies)
