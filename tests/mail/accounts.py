"""Accounts at mail servers, for the tests of what is fetched from them."""

from __future__ import annotations

from typing import Any

from dealwright.crm.correspondence import mail_accounts
from dealwright.crm.correspondence.mail_accounts import MailAccount, MailFolder, NewAccount
from dealwright.mail.fetching import Fetcher
from tests.api import Api
from tests.mail.dovecot import PASSWORD, USER


def add_account(api: Api, port: int, **values: Any) -> MailAccount:
    user_id = api.principal.user_id
    account = NewAccount(user_id, USER, "127.0.0.1", port, "none", USER, PASSWORD)._replace(**values)
    with api.companies.unit_of_work(api.principal.company, user_id, write=True) as crm:
        return mail_accounts.add(crm, account)


def look(api: Api, account: MailAccount) -> tuple[MailAccount, dict[str, MailFolder]]:
    """Returns the account and its folders as they are."""
    with api.companies.unit_of_work(api.principal.company, api.principal.user_id, write=False) as crm:
        folders = mail_accounts.folders(crm, account.id)
        return mail_accounts.get(crm, account.id), {folder.name: folder for folder in folders}


def fetch(api: Api, **settings: Any) -> int:
    """Fetches what is due, a minute later; returns the number of messages."""
    api.clock.advance(minutes=1)
    fetcher = Fetcher(api.companies, **settings)
    try:
        return fetcher.fetch_due()
    finally:
        fetcher.stop()
