"""Accounts at mail servers, from which the mail of users is fetched: where they are, and how far each folder has come."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.correspondence.mail_threads import Folder
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.contact_values import is_email
from dealwright.crm.values.formats import format_time
from dealwright.storage.tables import mail_accounts, mail_folders

Security = Literal["tls", "starttls", "none"]
"""How a connection to a mail server is encrypted: from its first byte, after a command, or not at all."""

DEFAULT_HISTORY = timedelta(days=90)
CLAIM = timedelta(minutes=2)
"""How long an account is left to the process that has begun to fetch it, and that may have been killed."""

_MAX_TEXT_LENGTH = 255
_MAX_ERROR_LENGTH = 500
_LONGEST_PAUSE = timedelta(hours=1)


class NewAccount(NamedTuple):
    """An account of a user. ``folders`` are those to fetch, by name; without any they are found on the server."""

    user_id: int
    email_address: str
    host: str
    port: int
    security: Security
    username: str
    password: str
    is_private: bool = True
    history: timedelta = DEFAULT_HISTORY
    folders: Mapping[str, Folder] = {}


class MailAccount(NamedTuple):
    """An account, without its password. ``error`` is what went wrong last, ``failures`` how often in a row."""

    id: int
    uuid: str
    user_id: int
    email_address: str
    host: str
    port: int
    security: Security
    username: str
    is_private: bool
    since: str
    fetch_time: str | None
    error: str | None
    failures: int
    next_fetch_time: str | None


class MailFolder(NamedTuple):
    """A folder of an account: what it holds, the last message that was fetched, and what went wrong."""

    id: int
    mail_account_id: int
    name: str
    folder: Folder
    uid_validity: int | None
    last_uid: int
    fetch_time: str | None
    fetched_count: int
    skipped_count: int
    error: str | None
    failed_uid: int | None
    failures: int


_ACCOUNT_COLUMNS = [mail_accounts.c[name] for name in MailAccount._fields]


def add(crm: UnitOfWork, account: NewAccount) -> MailAccount:
    """Adds an account of a user. Raises `Invalid`."""
    access.require_assignable_user(crm, account.user_id, "user_id")
    if not is_email(account.email_address, with_dot=False):
        raise Invalid("is not an e-mail address", "email_address")
    for name in ("host", "username", "password"):
        if not 0 < len(getattr(account, name)) <= _MAX_TEXT_LENGTH:
            raise Invalid(f"is not 1 to {_MAX_TEXT_LENGTH} characters long", name)
    if any(character.isspace() or not character.isprintable() for character in account.host):
        raise Invalid("is not the name of a host", "host")
    id: int = crm.db.insert_returning(
        mail_accounts,
        {
            "uuid": uuid.uuid4().hex,
            **{name: getattr(account, name) for name in ("user_id", "email_address", "host", "port", "security")},
            "username": account.username,
            "sealed_password": crm.company.cipher.encrypt(account.password),
            "is_private": account.is_private,
            "since": format_time(crm.time - account.history),
            "add_time": crm.now,
        },
    )[0]
    for name, folder in account.folders.items():
        add_folder(crm, id, name, folder)
    return get(crm, id)


def get(crm: UnitOfWork, id: int) -> MailAccount:
    """Returns an account. Raises `NotFound`."""
    found = crm.db.row(sa.select(*_ACCOUNT_COLUMNS).where(mail_accounts.c.id == id))
    if found is None:
        raise NotFound("Mail account not found")
    return _to_account(found)


def list_all(crm: UnitOfWork) -> list[MailAccount]:
    """Returns all accounts."""
    return [_to_account(row) for row in crm.db.rows(sa.select(*_ACCOUNT_COLUMNS).order_by(mail_accounts.c.id))]


def list_due(crm: UnitOfWork) -> list[MailAccount]:
    """Returns the accounts whose time has come, of users who may act."""
    users = crm.company_data.users
    return [
        one
        for one in list_all(crm)
        if (one.next_fetch_time or "") <= crm.now and one.user_id in users and users[one.user_id].is_enabled
    ]


def claim(crm: UnitOfWork, account: MailAccount) -> bool:
    """Takes an account whose time has come from other processes for a while; returns whether none of them has it."""
    due = mail_accounts.c.next_fetch_time
    these = (mail_accounts.c.id == account.id) & (due.is_(None) | (due <= crm.now))
    return crm.db.execute(sa.update(mail_accounts).where(these).values(_claimed(crm))) > 0


def renew(crm: UnitOfWork, account: MailAccount) -> None:
    """Keeps an account for a while longer."""
    crm.db.execute(sa.update(mail_accounts).where(mail_accounts.c.id == account.id).values(_claimed(crm)))


def _claimed(crm: UnitOfWork) -> dict[str, object]:
    return {"next_fetch_time": format_time(crm.time + CLAIM)}


def password(crm: UnitOfWork, id: int) -> str:
    """Returns the password of an account. Raises `UndecryptableSecret`."""
    return crm.company.cipher.decrypt(
        str(crm.db.value(sa.select(mail_accounts.c.sealed_password).where(mail_accounts.c.id == id)))
    )


def remove(crm: UnitOfWork, id: int) -> None:
    """Removes an account; what it has brought stays. Raises `NotFound`."""
    get(crm, id)
    crm.db.execute(sa.delete(mail_folders).where(mail_folders.c.mail_account_id == id))
    crm.db.execute(sa.delete(mail_accounts).where(mail_accounts.c.id == id))


def folders(crm: UnitOfWork, account_id: int) -> list[MailFolder]:
    """Returns the folders of an account that are fetched."""
    columns = mail_folders.c
    statement = sa.select(mail_folders).where(columns.mail_account_id == account_id).order_by(columns.id)
    return [MailFolder(*row) for row in crm.db.rows(statement)]


def add_folder(crm: UnitOfWork, account_id: int, name: str, folder: Folder) -> None:
    """Has a folder of an account fetched, unless it is already. Raises `Invalid`."""
    if not 0 < len(name) <= _MAX_TEXT_LENGTH:
        raise Invalid(f"is not 1 to {_MAX_TEXT_LENGTH} characters long", "name")
    if all(known.name != name for known in folders(crm, account_id)):
        crm.db.insert_later(mail_folders, {"mail_account_id": account_id, "name": name, "folder": folder})


def begin_folder(crm: UnitOfWork, folder: MailFolder, uid_validity: int) -> None:
    """Begins a folder anew when its server numbers its messages anew."""
    if folder.uid_validity != uid_validity:
        _update_folder(crm, folder.id, {"uid_validity": uid_validity, "last_uid": 0, "failed_uid": None, "failures": 0})


def message_fetched(crm: UnitOfWork, folder: MailFolder, uid: int) -> None:
    """Notes that a message of a folder was stored."""
    count = mail_folders.c.fetched_count + 1
    _update_folder(crm, folder.id, {"last_uid": uid, "fetched_count": count, "failed_uid": None, "failures": 0})


def message_skipped(crm: UnitOfWork, folder: MailFolder, uid: int, reason: str) -> None:
    """Notes that a message of a folder is left out, and why."""
    count = mail_folders.c.skipped_count + 1
    values = {"last_uid": uid, "skipped_count": count, "failed_uid": None, "failures": 0}
    _update_folder(crm, folder.id, {**values, "error": _one_line(f"message {uid}: {reason}")})


def message_failed(crm: UnitOfWork, folder: MailFolder, uid: int, reason: str, most: int) -> bool:
    """Notes that a message could not be fetched; returns whether it is left out, having failed that many times."""
    failures = folder.failures + 1 if folder.failed_uid == uid else 1
    if failures >= most:
        message_skipped(crm, folder, uid, reason)
        return True
    error = _one_line(f"message {uid}: {reason}")
    _update_folder(crm, folder.id, {"failed_uid": uid, "failures": failures, "error": error})
    return False


def folder_fetched(crm: UnitOfWork, folder: MailFolder) -> None:
    """Notes that nothing is left to fetch of a folder."""
    _update_folder(crm, folder.id, {"fetch_time": crm.now})


def folder_failed(crm: UnitOfWork, folder: MailFolder, reason: str) -> None:
    """Notes why a folder could not be fetched."""
    _update_folder(crm, folder.id, {"error": _one_line(reason)})


def account_fetched(crm: UnitOfWork, account: MailAccount, pause: timedelta) -> None:
    """Notes that an account was fetched, and when it is the next time."""
    values = {"fetch_time": crm.now, "error": None, "failures": 0, "next_fetch_time": format_time(crm.time + pause)}
    crm.db.execute(sa.update(mail_accounts).where(mail_accounts.c.id == account.id).values(values))


def account_failed(crm: UnitOfWork, account: MailAccount, reason: str, pause: timedelta) -> None:
    """Notes why an account could not be fetched. It is tried again after a pause that grows with the failures in a row."""
    failures = account.failures + 1
    later = min(pause * 2 ** min(failures, 10), max(pause, _LONGEST_PAUSE))
    values = {"error": _one_line(reason), "failures": failures, "next_fetch_time": format_time(crm.time + later)}
    crm.db.execute(sa.update(mail_accounts).where(mail_accounts.c.id == account.id).values(values))


def _to_account(row: tuple[object, ...]) -> MailAccount:
    found = MailAccount(*row)  # type: ignore[arg-type]
    return found._replace(is_private=bool(found.is_private))


def _update_folder(crm: UnitOfWork, id: int, values: Mapping[str, object]) -> None:
    crm.db.execute(sa.update(mail_folders).where(mail_folders.c.id == id).values(dict(values)))


def _one_line(text: str) -> str:
    """Returns what a server has said, without characters that a terminal obeys."""
    visible = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(visible.split())[:_MAX_ERROR_LENGTH]
