"""The job that delivers an event to a webhook.

Every attempt is an attempt of the job. Jobs about one record and webhook follow each other, also over attempts that
fail, so that a receiver gets the changes of a record in their order.
"""

from __future__ import annotations

import base64
import os
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from dealwright import _metrics
from dealwright._version import __version__
from dealwright.crm.companies import InactiveUser
from dealwright.crm.integration import webhook_deliveries, webhook_events, webhooks
from dealwright.crm.integration.model import Webhook
from dealwright.crm.integration.oauth import installations
from dealwright.crm.integration.webhook_deliveries import Attempt, Delivery, Receiver
from dealwright.crm.integration.webhook_events import Event
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.unit_of_work import UnitOfWork, UserRef
from dealwright.jobs.registry import JobContext, Postponed, job
from dealwright.jobs.webhooks import admission, signing, v1, v2
from dealwright.jobs.webhooks.admission import NotAdmitted, Sharers
from dealwright.server import outbound_http
from dealwright.server.outbound_http import HttpResult
from dealwright.storage import engines
from dealwright.storage.encryption import UndecryptableSecret

RETRIES_VARIABLE = "DEALWRIGHT_WEBHOOK_RETRIES"
"""The delays before the second, third and fourth attempt, in seconds, with commas between: for tests and measurements."""

INACTIVE_USER = "the webhook's user is no longer active"


def _retries() -> tuple[float, ...]:
    return tuple(float(delay) for delay in os.environ.get(RETRIES_VARIABLE, "3,30,150").split(","))


class DeliveryFailed(Exception):
    """An attempt has failed."""


class _Message(NamedTuple):
    url: str
    content: bytes
    headers: dict[str, str]


@job("deliver_webhook", retries=_retries())
def deliver(context: JobContext) -> None:
    """Delivers an event, unless its receiver is gone. Raises `DeliveryFailed` when there is to be another attempt."""
    id = context.arguments["delivery_id"]
    assert isinstance(id, int)
    with context.company.database.read() as db:
        delivery = webhook_deliveries.find(db, id)
        receiver = None if delivery is None else webhook_deliveries.find_receiver(db, delivery)
    if delivery is None or delivery.state != "waiting":
        return
    try:
        message = _prepare_message(context, delivery, receiver)
    except UndecryptableSecret as error:
        # The operator may still put the key back: this is tried again, and can be repeated.
        outcome = HttpResult(None, str(error))
    else:
        if isinstance(message, str):
            reason = message
            engines.run_in_transaction(
                context.company.database, lambda db: webhook_deliveries.mark_lost(db, id, reason)
            )
            return
        assert receiver is not None
        outcome = _send(context, receiver, message)
    attempt = Attempt(context.attempt, context.is_last_attempt, outcome.status, outcome.error)
    # Only the transaction is repeated on a conflict: the request itself has been sent.
    matters = engines.run_in_transaction(
        context.company.database, lambda db: webhook_deliveries.record_attempt(db, delivery, attempt, context.now)
    )
    # After the last attempt the failure is in the log of deliveries, from which it can be repeated.
    if outcome.error is not None and matters and not context.is_last_attempt:
        raise DeliveryFailed(outcome.error)


def _send(context: JobContext, receiver: Receiver, message: _Message) -> HttpResult:
    """Sends a message when it is admitted, and returns how it was answered. Raises `Postponed`.

    While a host does not answer, a webhook whose own last attempt has failed there fails at once: it goes on to its ban.
    Others, which may be answered, wait.
    """
    company = context.company.id
    sharers = Sharers((company, receiver.owner_id), company)
    try:
        with admission.of_process.admit(urlsplit(message.url).netloc, sharers) as learn:
            outcome = outbound_http.post(message.url, message.content, message.headers, context.companies.webhook_reach)
            learn(outcome)
            _metrics.DELIVERIES.add(outcome.kind)
            return outcome
    except NotAdmitted as error:
        if error.is_open and receiver.is_failing:
            _metrics.DELIVERIES.add("refused")
            return HttpResult(None, str(error))
        _metrics.DELIVERIES.add("postponed")
        raise Postponed(error.seconds) from None


def _prepare_message(context: JobContext, delivery: Delivery, receiver: Receiver | None) -> _Message | str:
    """Returns the message, as the webhook's user sees the record; or the reason why there is nothing to send."""
    if receiver is None:
        return "the webhook is gone"
    if receiver.was_banned and context.attempt == 1:
        return "the webhook was banned"
    try:
        with context.companies.unit_of_work(context.company, receiver.user_id, write=False) as crm:
            hook = crm.company_data.webhooks.get(delivery.webhook_id)
            event = webhook_events.find(crm, delivery.event_id)
            if hook is None or event is None or not hook.is_active:
                return "the webhook is gone"
            if not crm.company_data.users[hook.owner_id].is_enabled:
                return INACTIVE_USER
            owner = UserRef(context.company.id, hook.owner_id)
            if hook.app and not installations.is_installed(context.companies.platform, hook.app, owner, context.now):
                return "the app is gone"
            return _build_message(crm, hook, event, delivery, context.attempt)
    except InactiveUser:
        return INACTIVE_USER


def build_payload(crm: UnitOfWork, hook: Webhook, event: Event, delivery: Delivery, attempt: int) -> dict[str, Any]:
    """Returns the body of an attempt, in the version of the webhook, as the actor sees the record."""
    if hook.version == "1.0":
        return v1.build_payload(crm, hook, event, attempt)
    return v2.build_payload(crm, hook, event, delivery.uuid, attempt)


def _build_message(crm: UnitOfWork, hook: Webhook, event: Event, delivery: Delivery, attempt: int) -> _Message:
    content = orjson.dumps(build_payload(crm, hook, event, delivery, attempt))
    # Webhooks of older versions may have URLs that are not in this form yet.
    url = outbound_policy.sendable_url(hook.subscription_url) or hook.subscription_url
    headers = {
        "host": urlsplit(url).netloc,
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(content)),
        "user-agent": f"dealwright/{__version__}",
        "accept": "*/*",
    }
    password = webhooks.http_auth_password(crm, hook)
    if hook.http_auth_user or password:
        credentials = f"{hook.http_auth_user or ''}:{password or ''}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    secret = webhooks.signing_secret(crm, hook)
    if secret is not None:
        headers |= signing.signature_headers(secret, delivery.uuid, int(crm.time.timestamp()), content)
    return _Message(url, content, headers)
