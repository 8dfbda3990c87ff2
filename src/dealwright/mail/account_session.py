"""A session with the mail server of an account: what is new is fetched, each message once, in the server's order.

How far a folder has come is stored in the transaction that stores a message, so that none is lost or fetched in vain.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from time import monotonic
from typing import TypeVar

from dealwright import _metrics
from dealwright._database_errors import find_problem
from dealwright.crm.companies import Companies, InactiveUser
from dealwright.crm.correspondence import mail_accounts
from dealwright.crm.correspondence.mail_accounts import MailAccount, MailFolder
from dealwright.crm.correspondence.mail_storage import Arrival
from dealwright.crm.correspondence.mail_threads import Folder
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values import mail
from dealwright.crm.values.formats import format_time, parse_time
from dealwright.crm.values.mail import Mail
from dealwright.mail.delivery import deliver
from dealwright.mail.imap import ImapClient, ImapError, ImapRefusal, MessageInfo
from dealwright.storage.platform import Company

log = logging.getLogger(__name__)

MAX_FAILURES = 3
"""How often a message is tried that cannot be stored or that its server refuses; then it is left out."""

MAX_BROKEN_SESSIONS = 10
"""How often a message is tried at which the session ends; then those behind it have their turn."""

_BATCH = 100

T = TypeVar("T")


class AccountSession:
    """A session, which ends after its turn at the end of a message, and soon after that in any case."""

    def __init__(
        self,
        companies: Companies,
        company: Company,
        account: MailAccount,
        *,
        turn: timedelta,
        max_bytes: int,
        context: ssl.SSLContext | None,
    ) -> None:
        self._companies = companies
        self._company = company
        self._account = account
        self._turn_seconds = turn.total_seconds()
        self._max_bytes = max_bytes
        self._own_addresses = {account.email_address.lower(), account.username.lower()}
        self._client = ImapClient(
            *(account.host, account.port, account.security),
            max_message_bytes=max_bytes,
            longest=2 * turn,
            context=context,
        )
        self.fetched_count = 0

    def cut_off(self) -> None:
        """Ends the session at once, from another thread."""
        self._client.cut_off()

    def fetch(self) -> bool:
        """Fetches what is new; returns whether that is all. Raises `ImapError`, and what keeps messages from being stored."""
        end = monotonic() + self._turn_seconds
        account = self._account
        password = self._run(lambda crm: mail_accounts.password(crm, account.id), write=False)
        with self._client as client:
            client.log_in(account.username, password)
            folders = self._folders()
            if not folders:
                found = client.find_folders()
                self._run(lambda crm: _add_folders_to(crm, account.id, found))
                folders = self._folders()
            return all(self._fetch_folder(folder, end) for folder in folders)

    def _run(self, work: Callable[[UnitOfWork], T], *, write: bool = True) -> T:
        return self._companies.run(self._company, self._account.user_id, work, write=write)

    def _folders(self) -> list[MailFolder]:
        return self._run(lambda crm: mail_accounts.folders(crm, self._account.id), write=False)

    def _fetch_folder(self, folder: MailFolder, end: float) -> bool:
        """Fetches what is new in a folder; returns whether that is all."""
        try:
            validity, following = self._client.open_folder(folder.name)
        except ImapRefusal as refusal:
            reason = str(refusal)
            self._run(lambda crm: mail_accounts.folder_failed(crm, folder, reason))
            return True
        self._run(lambda crm: mail_accounts.begin_folder(crm, folder, validity))
        after = folder.last_uid if folder.uid_validity == validity else 0
        for info in self._new_messages(after, following):
            self._fetch_message(folder, info)
            if monotonic() > end:
                return False
        self._run(lambda crm: mail_accounts.folder_fetched(crm, folder))
        return True

    def _new_messages(self, after: int, following: int) -> Iterator[MessageInfo]:
        """Yields the messages between two numbers, in order."""
        waiting: list[int] = []
        for uid in self._client.uids(after, following, parse_time(self._account.since)):
            waiting.append(uid)
            if len(waiting) == _BATCH:
                yield from self._describe(waiting)
                waiting = []
        yield from self._describe(waiting)

    def _describe(self, uids: list[int]) -> list[MessageInfo]:
        if uids:
            self._run(lambda crm: mail_accounts.renew(crm, self._account))
        return self._client.describe(uids)

    def _fetch_message(self, folder: MailFolder, info: MessageInfo) -> None:
        if info.size > self._max_bytes:
            reason = f"it has {info.size} bytes, and may have {self._max_bytes}"
            self._run(lambda crm: mail_accounts.message_skipped(crm, folder, info.uid, reason))
            _metrics.MAIL_FETCHED.add("skipped")
            return
        try:
            raw = self._client.fetch(info.uid)
            if raw is not None:
                self._deliver(folder, info, raw)
        except Exception as error:
            if isinstance(error, InactiveUser | OSError) or find_problem(error) is not None:
                # It is not the message: no other one could be stored either.
                raise
            if not isinstance(error, ImapError):
                log.exception("Message %s of folder %s could not be stored", info.uid, folder.id)
            self._note_failure(folder, info, error)

    def _note_failure(self, folder: MailFolder, info: MessageInfo, error: Exception) -> None:
        """Raises an error again, unless the message has failed often enough to be left out."""
        is_session_broken = isinstance(error, ImapError) and not isinstance(error, ImapRefusal)
        most = MAX_BROKEN_SESSIONS if is_session_broken else MAX_FAILURES
        reason = str(error) if isinstance(error, ImapError) else type(error).__name__
        is_left_out = self._run(lambda crm: mail_accounts.message_failed(crm, folder, info.uid, reason, most))
        if is_left_out:
            _metrics.MAIL_FETCHED.add("skipped")
        if is_session_broken or not is_left_out:
            raise error

    def _deliver(self, folder: MailFolder, info: MessageInfo, raw: bytes) -> None:
        read = mail.read(raw)
        came = (info.time or self._companies.clock()).astimezone(UTC)
        arrival = Arrival(
            account_id=self._account.uuid,
            folder=self._folder_of(read, folder.folder),
            time=format_time(min(came, self._companies.clock())),
            is_read=info.is_seen or folder.folder != "inbox",
            is_private=self._account.is_private,
            is_synced=True,
        )
        deliver(
            *(self._companies, self._company, self._account.user_id, read),
            lambda _crm: arrival,
            after=lambda crm: mail_accounts.message_fetched(crm, folder, info.uid),
        )
        self.fetched_count += 1
        _metrics.MAIL_FETCHED.add("stored")

    def _folder_of(self, read: Mail, folder: Folder) -> Folder:
        """Returns where a message belongs: what the user has sent is sent, also in the archive."""
        is_own = bool(self._own_addresses.intersection(read.senders()))
        return "sent" if folder == "archive" and is_own else folder


def _add_folders_to(crm: UnitOfWork, account_id: int, found: dict[str, Folder]) -> None:
    for name, folder in found.items():
        mail_accounts.add_folder(crm, account_id, name, folder)
