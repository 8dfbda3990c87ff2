"""Puts together what scripts need: the console, the applications of copies, and what runs scripts whose time has come."""

from __future__ import annotations

from functools import partial

from dealwright.console import scripts
from dealwright.console.service import Console, open_console
from dealwright.crm.companies import Companies
from dealwright.server.application import Application


def open_scripting_console(companies: Companies, application: Application, *, is_local: bool) -> Console:
    """Makes the console of an application that runs scripts; ``is_local`` says that nobody but this machine reaches it."""
    console = open_console(companies, application, serve=Application, is_local=is_local)
    companies.run_scheduled_script = partial(scripts.run_scheduled, console)
    return console
