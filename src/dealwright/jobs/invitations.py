"""Sends invitations: mail with a one-time link, with which a user sets a password."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from dealwright.crm.kernel.unit_of_work import UnitOfWork, UserRef
from dealwright.crm.team import sign_in_links, sign_in_mail
from dealwright.crm.team.sign_in_mail import PASSWORD_VARIABLE, SENDER_VARIABLE, SERVER_VARIABLE, is_configured
from dealwright.jobs.registry import JobContext, PermanentFailure, job
from dealwright.server import urls
from dealwright.storage.engines import run_in_transaction

TIMEOUT_SECONDS = 30.0
DEFAULT_PORTS = {"smtp": 25, "smtps": 465}


def _end(context: JobContext, error: Exception | None = None) -> None:
    """Tells who has invited the user how that went."""
    user_id, inviter_id = context.arguments["user_id"], context.arguments.get("inviter_id")
    # Jobs of an older version do not say whose they are.
    if isinstance(user_id, int) and isinstance(inviter_id, int):
        reason = None if error is None else str(error)
        run_in_transaction(
            context.company.database,
            lambda db: sign_in_mail.end_invitation(db, user_id, inviter_id, context.now, reason),
        )


@job("send_invitation", retries=(30, 300, 1800), on_failure=_end)
def send_invitation(context: JobContext) -> None:
    """Sends a user a link of its own, beside the one that an admin may have handed over already."""
    user_id, base_url = context.arguments["user_id"], context.arguments["base_url"]
    assert isinstance(user_id, int)
    assert isinstance(base_url, str)
    if not is_configured():
        raise PermanentFailure(f"{SERVER_VARIABLE} and {SENDER_VARIABLE} are not set where jobs run")

    def recipient(crm: UnitOfWork) -> tuple[str, str, str] | None:
        user = crm.company_data.users.get(user_id)
        return (user.name, user.email, crm.company_data.company.name) if user and user.is_enabled else None

    found = context.read(recipient)
    if found is None:
        _end(context, PermanentFailure("the user has been deactivated"))
        return
    name, email, company = found
    with _connect() as server:
        # Made only now: an attempt that does not get this far leaves no link.
        owner = UserRef(context.company.id, user_id)
        token = sign_in_links.create(context.companies.platform, owner, "password", context.now)
        link = f"{base_url}{urls.PASSWORD_PAGE}?token={token}"
        message = compose(email, name, company, str(context.arguments["invited_by"]), link)
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise PermanentFailure(f"the mail server does not take mail for this user: {error}") from error
    _end(context)


def compose(email: str, name: str, company: str, invited_by: str, link: str) -> EmailMessage:
    """Returns an invitation."""
    message = EmailMessage()
    message["From"] = os.environ[SENDER_VARIABLE]
    message["To"] = email
    message["Subject"] = f"Your access to {_one_line(company)}"
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=os.environ[SENDER_VARIABLE].rpartition("@")[2].strip("> "))
    days = sign_in_links.LIFETIMES["password"].days
    message.set_content(
        f"Hello {_one_line(name)},\n\n{_one_line(invited_by)} gives you access to {_one_line(company)}.\n"
        f"Set your password here:\n\n{link}\n\nThe link works once, within {days} days. "
        "If you did not expect this mail, you need not do anything.\n"
    )
    return message


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _connect() -> smtplib.SMTP:
    """Returns a connection to the mail server, encrypted where that is possible, and always where there is a password."""
    address = urlsplit(os.environ[SERVER_VARIABLE])
    host, port = address.hostname or "", address.port or DEFAULT_PORTS[address.scheme]
    tls, password = ssl.create_default_context(), os.environ.get(PASSWORD_VARIABLE)
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=tls)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        server.ehlo()
        if password or server.has_extn("starttls"):
            server.starttls(context=tls)
    if address.username and password:
        server.login(unquote(address.username), password)
    return server
