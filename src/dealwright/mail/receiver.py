"""Receives mail for the addresses for copies (Smart Bcc), over SMTP.

A user sends a copy of a mail to the address of the company or of a deal or lead, and it is in the user's mailbox. What a contact
sends to a deal or a lead is in the mailbox of its owner. All other mail is refused. Who has sent a mail is what the mail
says: a server in front of this one checks whether that is so.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from dealwright import _metrics
from dealwright._limit_log import limit_log
from dealwright.crm.companies import Companies
from dealwright.crm.correspondence import mail_links, smart_bcc
from dealwright.crm.correspondence.mail_storage import SMART_BCC_ACCOUNT, Arrival
from dealwright.crm.correspondence.smart_bcc import Recipient
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import CrmError
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.team import users
from dealwright.crm.values import mail
from dealwright.crm.values.formats import format_time
from dealwright.crm.values.mail import Mail
from dealwright.crm.values.mail_domain import mail_domain
from dealwright.mail.delivery import deliver

log = logging.getLogger(__name__)

MAX_RECIPIENTS = 50
MAX_CONNECTIONS = 20
TIMEOUT_SECONDS = 300
"""How long a client may take from one mail to the end of the next."""
_START_SECONDS = 30
_STOP_SECONDS = 30
_LOOK_SECONDS = 0.02

ACCEPTED = "250 2.0.0 OK"
UNKNOWN_ADDRESS = "550 5.1.1 There is no such address here"
UNKNOWN_SENDER = "550 5.7.1 The sender is neither a user nor a contact of the company"
TOO_MANY = "452 4.5.3 Too many recipients"
TRY_LATER = "451 4.3.0 The mail could not be stored, try again later"
TOO_LARGE = "552 5.3.4 The mail is too large"
UNREADABLE = "500 5.5.2 The command cannot be read"
BUSY = b"421 4.7.0 Too many connections, try again later\r\n"

TOO_MANY_CONNECTIONS = "too many connections that bring mail"
TOO_MANY_BYTES = "mail without an end"
UNREADABLE_COMMAND = "a mail command that cannot be read"

_BREAK = b"\r\n"
_END = b"\r\n.\r\n"

_THREADS = 4
_SLACK_BYTES = 1024 * 1024


class Refused(Exception):
    """A mail is not taken; the message is the answer to its sender."""


class Handler:
    """Answers the commands of those who send."""

    def __init__(self, companies: Companies, threads: ThreadPoolExecutor) -> None:
        self._companies = companies
        self._threads = threads

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers whether mail for an address is taken."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return TOO_MANY
        recipient = smart_bcc.parse(address)
        loop = asyncio.get_running_loop()
        find = self._companies.platform.find_company_by_domain
        try:
            if recipient is None or await loop.run_in_executor(self._threads, find, recipient.company) is None:
                return UNKNOWN_ADDRESS
        except Exception:
            log.exception("The company that %s belongs to could not be found", address)
            return TRY_LATER
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return ACCEPTED

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Delivers a mail, and answers when it is stored."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        deliver_to = partial(self._deliver, raw, list(envelope.rcpt_tos))
        return await asyncio.get_running_loop().run_in_executor(self._threads, deliver_to)

    async def handle_exception(self, _error: Exception) -> str:
        """Answers a command at which the library has failed."""
        limit_log.report(UNREADABLE_COMMAND, "")
        return UNREADABLE

    def _deliver(self, raw: bytes, addresses: Sequence[str]) -> str:
        """Delivers a mail to all addresses; it is taken when one of them takes it."""
        read = mail.read(raw)
        refusals = []
        for address in dict.fromkeys(addresses):
            recipient = smart_bcc.parse(address)
            assert recipient is not None
            try:
                self._deliver_to(recipient, read)
            except Refused as refusal:
                log.info("Mail to %s was refused: %s", address, refusal)
                refusals.append(str(refusal))
            except Exception:
                log.exception("Mail to %s could not be stored", address)
                _metrics.MAIL_RECEIVED.add("deferred")
                return TRY_LATER
        is_accepted = len(refusals) < len(set(addresses))
        _metrics.MAIL_RECEIVED.add("accepted" if is_accepted else "refused")
        return ACCEPTED if is_accepted else refusals[0]

    def _deliver_to(self, recipient: Recipient, read: Mail) -> None:
        """Delivers a mail to one address. Raises `Refused`."""
        company = self._companies.platform.find_company_by_domain(recipient.company)
        if company is None:
            raise Refused(UNKNOWN_ADDRESS)
        reader = users.any_active_user_id(company)
        senders = read.senders()
        user_id = self._companies.run(company, reader, lambda crm: _find_user(crm, senders), write=False)
        is_sent = user_id is not None
        if user_id is None:
            user_id = self._companies.run(company, reader, lambda crm: _find_owner(crm, recipient), write=False)
        if user_id is None:
            raise Refused(UNKNOWN_SENDER)
        deliver(self._companies, company, user_id, read, lambda crm: _arrival(crm, recipient, read, is_sent=is_sent))


def _find_user(crm: UnitOfWork, senders: Sequence[str]) -> int | None:
    """Returns the id of the active user who has sent a mail; None when it is somebody else."""
    users = crm.company_data.users.values()
    return next((user.id for user in users if user.is_enabled and user.email.lower() in senders), None)


def _find_owner(crm: UnitOfWork, recipient: Recipient) -> int | None:
    """Returns the id of the active user who owns the deal or the lead that a mail was sent to; None for none."""
    owner_id = None
    if recipient.deal_id is not None:
        owner_id = next((deal.owner_id for deal in records.in_bulk(crm, DEAL, [recipient.deal_id]).values()), None)
    elif recipient.lead_id is not None:
        owner_id = next((lead.owner_id for lead in leads.in_bulk(crm, [recipient.lead_id]).values()), None)
    user = crm.company_data.users.get(owner_id) if owner_id is not None else None
    return user.id if user is not None and user.is_enabled else None


def _arrival(crm: UnitOfWork, recipient: Recipient, read: Mail, *, is_sent: bool) -> Arrival:
    """Returns how a mail arrives in the actor's mailbox. Raises `Refused`."""
    if not is_sent and not mail_links.find_persons(crm, read.senders()):
        raise Refused(UNKNOWN_SENDER)
    try:
        records.require_linked(crm, DEAL, recipient.deal_id, "deal_id")
        leads.require_linked(crm, recipient.lead_id, "lead_id")
    except CrmError:
        raise Refused(UNKNOWN_ADDRESS) from None
    return Arrival(
        account_id=SMART_BCC_ACCOUNT,
        folder="sent" if is_sent else "inbox",
        time=format_time(crm.time),
        is_read=is_sent,
        is_smart_bcc=True,
        deal_id=recipient.deal_id,
        lead_id=recipient.lead_id,
        finds_deal=recipient.deal_id is None and recipient.lead_id is None,
    )


class _Busy(asyncio.Protocol):
    """A connection too many: it is told so and closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername") or ("",)
        limit_log.report(TOO_MANY_CONNECTIONS, str(peer[0]))
        assert isinstance(transport, asyncio.Transport)
        transport.write(BUSY)
        transport.close()


class _Session(SMTP):
    """A connection, which may send so many bytes, and take so long, from one mail to the next."""

    def __init__(self, open_sessions: set[_Session], max_bytes: int, *values: Any, **named: Any) -> None:
        # First, because the library sets the state when it begins.
        self._open_sessions = open_sessions
        self._max_mail_bytes = max_bytes
        self._received = 0
        self.is_storing = False
        super().__init__(*values, **named)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open_sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._open_sessions.discard(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Takes in what has come. The library keeps a line without an end, however long it gets."""
        self._received += len(data)
        if self._received > self._max_mail_bytes + self._max_mail_bytes // 8 + _SLACK_BYTES:
            limit_log.report(TOO_MANY_BYTES, str((self.session.peer or ("",))[0]) if self.session else "")
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
            return
        super().data_received(data)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        """Takes in a mail. The library keeps an object for each of its lines, of which there may be millions."""
        assert self.envelope is not None
        if await self.check_helo_needed():
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 5.5.4 DATA has no arguments" if arg else "503 5.5.1 There are no recipients")
            return
        # So that a mail that is only the line that ends it ends as others do.
        self._reader.feed_data(_BREAK)
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self.envelope.content = await self._read_mail()
        self.is_storing = True
        try:
            status = TOO_LARGE if self.envelope.content is None else await self._call_handler_hook("DATA")
            self._set_post_data_state()
            super()._reset_timeout()
            await self.push(status)
        finally:
            self.is_storing = False

    async def _read_mail(self) -> bytes | None:
        """Returns a mail, read to its end; None for one that is too large."""
        pieces: list[bytes] = []
        size = -len(_BREAK)
        is_over = False
        while not is_over:
            try:
                piece = await self._reader.readuntil(_END)
                is_over = True
            except asyncio.LimitOverrunError as overrun:
                piece = await self._reader.read(overrun.consumed)
            size += len(piece)
            if size <= self._max_mail_bytes:
                pieces.append(piece)
            else:
                pieces.clear()
        if size > self._max_mail_bytes:
            return None
        # A line that begins with a dot is sent with one more.
        mail = b"".join(pieces)[: len(_BREAK) - len(_END)]
        return mail.replace(_BREAK + b".", _BREAK)[len(_BREAK) :]

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Begins the time that a client has. No command but a mail gives it more."""
        if self._timeout_handle is None:
            super()._reset_timeout(duration)

    def _set_post_data_state(self) -> None:
        self._received = 0
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    def _set_rset_state(self) -> None:
        self._received = 0
        super()._set_rset_state()  # type: ignore[no-untyped-call]


class Receiver(Controller):
    """Receives mail in a thread of its own, from `start` to `stop`."""

    def __init__(
        self,
        companies: Companies,
        host: str,
        port: int,
        *,
        max_bytes: int,
        max_connections: int = MAX_CONNECTIONS,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "mail")
        self._open_sessions: set[_Session] = set()
        self._max_bytes = max_bytes
        self._max_connections = max_connections
        # It logs every line of every mail.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        super().__init__(
            Handler(companies, self._threads),
            hostname=host,
            port=port,
            server_hostname=mail_domain(),
            data_size_limit=max_bytes,
            timeout=TIMEOUT_SECONDS,
            tls_context=tls_context,
            ident="Dealwright",
            ready_timeout=_START_SECONDS,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
        )

    def start(self) -> None:
        """Begins to receive. Raises OSError when that cannot be at the address."""
        try:
            super().start()
        except BaseException:
            self.loop.close()
            self._threads.shutdown()
            raise

    def factory(self) -> asyncio.Protocol:
        """Returns what answers a new connection."""
        if len(self._open_sessions) >= self._max_connections:
            return _Busy()
        return _Session(self._open_sessions, self._max_bytes, self.handler, loop=self.loop, **self.SMTP_kwargs)

    def address(self) -> tuple[str, int]:
        """Returns the host and the port on which mail comes in."""
        assert isinstance(self.server, asyncio.Server)
        host, port, *_ = self.server.sockets[0].getsockname()
        return host, port

    def _run(self, ready_event: threading.Event) -> None:
        super()._run(ready_event)
        # When it could not begin, nobody waits for that any longer.
        ready_event.set()

    def _trigger_server(self) -> None:
        """Connects once, as the library wants it: to the port that it has, which may have been any free one."""
        if self._thread_exception is not None:
            raise self._thread_exception
        with socket.create_connection(self.address(), timeout=TIMEOUT_SECONDS):
            pass

    def stop(self, no_assert: bool = False) -> None:
        """Takes in no more mail, and ends all connections when what has come is stored and acknowledged."""
        asyncio.run_coroutine_threadsafe(self._finish(), self.loop).result()
        super().stop(no_assert)
        self._threads.shutdown()

    async def _finish(self) -> None:
        assert self.server is not None
        self.server.close()
        end = self.loop.time() + _STOP_SECONDS
        while any(session.is_storing for session in self._open_sessions) and self.loop.time() < end:
            await asyncio.sleep(_LOOK_SECONDS)
        for session in list(self._open_sessions):
            assert isinstance(session.transport, asyncio.Transport)
            session.transport.abort()
