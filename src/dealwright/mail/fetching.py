"""Fetches the mail of users from their accounts: those whose time has come, several at a time."""

from __future__ import annotations

import logging
import ssl
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from dealwright import _metrics
from dealwright.crm.companies import Companies, InactiveUser
from dealwright.crm.correspondence import mail_accounts
from dealwright.crm.correspondence.mail_accounts import MailAccount
from dealwright.crm.team import users
from dealwright.mail.account_session import AccountSession
from dealwright.mail.imap import ImapError
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.platform import Company

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
"""How long after an account was fetched it is fetched again."""

TURN = timedelta(minutes=5)
"""How long an account is fetched at a time, before others have their turn."""

MAX_MESSAGE_BYTES = 25 * 1024 * 1024
"""The largest message that is taken."""

_THREADS = 4


class Fetcher:
    """Fetches accounts of all companies. Another process may do the same."""

    def __init__(
        self,
        companies: Companies,
        *,
        pause: timedelta = PAUSE,
        turn: timedelta = TURN,
        max_bytes: int = MAX_MESSAGE_BYTES,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._companies = companies
        self._pause = pause
        self._turn = turn
        self._max_bytes = max_bytes
        self._context = context
        self._is_stopping = False
        self._threads = ThreadPoolExecutor(_THREADS, "fetch")
        self._sessions: dict[tuple[int, int], AccountSession] = {}

    def fetch_due(self) -> int:
        """Fetches the accounts whose time has come; returns the number of messages that came."""
        return sum(begun.result() for begun in self.begin_due())

    def begin_due(self) -> list[Future[int]]:
        """Begins to fetch the accounts whose time has come."""
        begun: list[Future[int]] = []
        for company in self._companies.platform.list_companies():
            user_id = users.any_active_user_id(company)
            for account in self._companies.run(company, user_id, mail_accounts.list_due, write=False):
                if self._is_stopping:
                    return begun
                if (company.id, account.id) not in self._sessions:
                    begun.append(self._begin(company, account))
        return begun

    def stop(self) -> None:
        """Ends all sessions with servers; messages that are being stored are stored before."""
        self._is_stopping = True
        for session in list(self._sessions.values()):
            session.cut_off()
        self._threads.shutdown(cancel_futures=True)

    def _begin(self, company: Company, account: MailAccount) -> Future[int]:
        session = AccountSession(
            *(self._companies, company, account),
            turn=self._turn,
            max_bytes=self._max_bytes,
            context=self._context,
        )
        key = company.id, account.id
        self._sessions[key] = session
        future = self._threads.submit(self._fetch, session, company, account)
        future.add_done_callback(lambda _: self._sessions.pop(key))
        return future

    def _fetch(self, session: AccountSession, company: Company, account: MailAccount) -> int:
        """Fetches what is new in an account, unless somebody else does; returns the number of messages.

        Whatever goes wrong is noted with the account.
        """
        run = partial(self._companies.run, company, account.user_id)
        try:
            if not run(lambda crm: mail_accounts.claim(crm, account), write=True):
                return 0
            is_complete = session.fetch()
        except InactiveUser:
            return session.fetched_count
        except Exception as error:
            if self._is_stopping:
                return session.fetched_count
            if isinstance(error, ImapError | UndecryptableSecret):
                reason = str(error)
                log.warning("The mail of account %s of %s: %s", account.id, company.domain, reason)
            else:
                reason = type(error).__name__
                log.exception("The mail of account %s of %s could not be fetched", account.id, company.domain)
            _metrics.MAIL_SESSIONS.add("failed")
            run(lambda crm: mail_accounts.account_failed(crm, account, reason, self._pause), write=True)
            return session.fetched_count
        _metrics.MAIL_SESSIONS.add("succeeded")
        if session.fetched_count:
            log.info("%s messages came from account %s of %s", session.fetched_count, account.id, company.domain)
        pause = self._pause if is_complete else timedelta(0)
        run(lambda crm: mail_accounts.account_fetched(crm, account, pause), write=True)
        return session.fetched_count
