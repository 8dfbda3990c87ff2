"""Fetches the mail of users from their accounts: each message once, in the order of the server, folder by folder.

How far a folder has come is stored in the transaction that stores a message, so that none is lost or fetched in vain.
"""

from __future__ import annotations

import logging
import ssl
from datetime import UTC, timedelta
from functools import partial

from dealwright.crm.companies import Companies, InactiveUser
from dealwright.crm.correspondence import mail_accounts
from dealwright.crm.correspondence.mail_accounts import MailAccount, MailFolder
from dealwright.crm.correspondence.mail_storage import Arrival
from dealwright.crm.correspondence.mail_threads import Folder
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import users
from dealwright.crm.values import mail
from dealwright.crm.values.formats import format_time, parse_time
from dealwright.crm.values.mail import Mail
from dealwright.mail.delivery import deliver
from dealwright.mail.imap import ImapClient, ImapError, MessageInfo
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.platform import Company

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
"""How long after an account was fetched it is fetched again."""

MAX_MESSAGE_BYTES = 25 * 1024 * 1024
"""The largest message that is taken."""

_DESCRIBED = 200


class Fetcher:
    """Fetches the accounts of all companies whose time has come."""

    def __init__(
        self,
        companies: Companies,
        *,
        pause: timedelta = PAUSE,
        max_bytes: int = MAX_MESSAGE_BYTES,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._companies = companies
        self._pause = pause
        self._max_bytes = max_bytes
        self._context = context
        self.is_stopping = False

    def fetch_due(self) -> int:
        """Fetches the accounts whose time has come; returns the number of messages that came."""
        fetched = 0
        for company in self._companies.platform.list_companies():
            user_id = users.any_active_user_id(company)
            for account in self._companies.run(company, user_id, mail_accounts.list_due, write=False):
                if self.is_stopping:
                    return fetched
                fetched += self.fetch(company, account)
        return fetched

    def fetch(self, company: Company, account: MailAccount) -> int:
        """Fetches what is new in an account; returns the number of messages. Whatever goes wrong is noted with the account."""
        run = partial(self._companies.run, company, account.user_id)
        try:
            fetched = self._fetch(company, account)
        except (ImapError, UndecryptableSecret) as error:
            reason = str(error)
            log.warning("The mail of account %s of %s: %s", account.id, company.domain, reason)
            run(lambda crm: mail_accounts.account_failed(crm, account.id, reason, self._pause), write=True)
            return 0
        except InactiveUser:
            return 0
        except Exception as error:
            log.exception("The mail of account %s of %s could not be fetched", account.id, company.domain)
            failure = type(error).__name__
            run(lambda crm: mail_accounts.account_failed(crm, account.id, failure, self._pause), write=True)
            return 0
        run(lambda crm: mail_accounts.account_fetched(crm, account.id, self._pause), write=True)
        if fetched:
            log.info("%s messages came from account %s of %s", fetched, account.id, company.domain)
        return fetched

    def _fetch(self, company: Company, account: MailAccount) -> int:
        run = partial(self._companies.run, company, account.user_id)
        password = run(lambda crm: mail_accounts.password(crm, account.id), write=False)
        with ImapClient(account.host, account.port, account.security, context=self._context) as client:
            client.log_in(account.username, password)
            folders = run(lambda crm: mail_accounts.folders(crm, account.id), write=False)
            if not folders:
                found = client.find_folders()
                run(lambda crm: _add_folders_to(crm, account.id, found), write=True)
                folders = run(lambda crm: mail_accounts.folders(crm, account.id), write=False)
            return sum(self._fetch_folder(company, account, folder, client) for folder in folders)

    def _fetch_folder(self, company: Company, account: MailAccount, folder: MailFolder, client: ImapClient) -> int:
        run = partial(self._companies.run, company, account.user_id)
        try:
            validity, following = client.open_folder(folder.name)
        except ImapError as error:
            reason = str(error)
            run(lambda crm: mail_accounts.folder_failed(crm, folder, reason), write=True)
            return 0
        run(lambda crm: mail_accounts.begin_folder(crm, folder, validity), write=True)
        after = folder.last_uid if folder.uid_validity == validity else 0
        fetched = 0
        waiting: list[int] = []
        for uid in client.uids(after, following, parse_time(account.since)):
            waiting.append(uid)
            if len(waiting) == _DESCRIBED:
                fetched += self._fetch_messages(company, account, folder, client, waiting)
                waiting = []
        fetched += self._fetch_messages(company, account, folder, client, waiting)
        if not self.is_stopping:
            run(lambda crm: mail_accounts.folder_fetched(crm, folder), write=True)
        return fetched

    def _fetch_messages(
        self, company: Company, account: MailAccount, folder: MailFolder, client: ImapClient, uids: list[int]
    ) -> int:
        run = partial(self._companies.run, company, account.user_id)
        fetched = 0
        for info in client.describe(uids):
            if self.is_stopping:
                return fetched
            if info.size > self._max_bytes:
                reason = f"it has {info.size} bytes, and may have {self._max_bytes}"
                run(partial(mail_accounts.message_skipped, folder=folder, uid=info.uid, reason=reason), write=True)
                continue
            raw = client.fetch(info.uid)
            if raw is None:
                continue
            try:
                self._deliver(company, account, folder, info, raw)
                fetched += 1
            except Exception as error:
                if isinstance(error, InactiveUser):
                    raise
                log.exception("Message %s of folder %s could not be stored", info.uid, folder.id)
                failure = type(error).__name__
                failed = partial(mail_accounts.message_failed, folder=folder, uid=info.uid, reason=failure)
                if not run(failed, write=True):
                    raise
        return fetched

    def _deliver(
        self, company: Company, account: MailAccount, folder: MailFolder, info: MessageInfo, raw: bytes
    ) -> None:
        read = mail.read(raw)
        own = {account.email_address.lower(), account.username.lower()}
        time = (info.time or self._companies.clock()).astimezone(UTC)
        arrival = Arrival(
            account_id=account.uuid,
            folder=_folder_of(read, folder.folder, own),
            time=format_time(min(time, self._companies.clock())),
            is_read=info.is_seen or folder.folder != "inbox",
            is_private=account.is_private,
            is_synced=True,
        )
        deliver(
            self._companies,
            company,
            account.user_id,
            read,
            lambda _crm: arrival,
            after=lambda crm: mail_accounts.message_fetched(crm, folder, info.uid),
        )


def _folder_of(read: Mail, folder: Folder, own: set[str]) -> Folder:
    """Returns where a message belongs: what the user has sent is sent, also in the archive."""
    is_own = bool(own.intersection(read.senders()))
    return "sent" if folder == "archive" and is_own else folder


def _add_folders_to(crm: UnitOfWork, account_id: int, found: dict[str, Folder]) -> None:
    for name, folder in found.items():
        mail_accounts.add_folder(crm, account_id, name, folder)
