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

from dealwright._version import __version__
from dealwright.crm.integration import webhook_deliveries, webhook_events
from dealwright.crm.integration.model import Webhook
from dealwright.crm.integration.oauth import installations
from dealwright.crm.integration.webhook_deliveries import Attempt, Delivery, Receiver
from dealwright.crm.integration.webhook_events import Event
from dealwright.crm.kernel.unit_of_work import UnitOfWork, UserRef
from dealwright.jobs.registry import JobContext, job
from dealwright.jobs.webhooks import http_client, signing, v1, v2
from dealwright.storage import engines

RETRIES_VARIABLE = "DEALWRIGHT_WEBHOOK_RETRIES"
"""The delays before the second, third and fourth attempt, in seconds, with commas between: for tests and measurements."""


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
    message = _prepare_message(context, delivery, receiver)
    if isinstance(message, str):
        reason = message
        engines.run_in_transaction(context.company.database, lambda db: webhook_deliveries.mark_lost(db, id, reason))
        return
    outcome = http_client.post(message.url, message.content, message.headers, context.companies.webhook_reach)
    attempt = Attempt(context.attempt, context.is_last_attempt, outcome.status, outcome.error)
    # Only the transaction is repeated on a conflict: the request itself has been sent.
    matters = engines.run_in_transaction(
        context.company.database, lambda db: webhook_deliveries.record_attempt(db, delivery, attempt, context.now)
    )
    # After the last attempt the failure is in the log of deliveries, from which it can be repeated.
    if outcome.error is not None and matters and not context.is_last_attempt:
        raise DeliveryFailed(outcome.error)


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
            owner = UserRef(context.company.id, hook.owner_id)
            if hook.app and not installations.is_installed(context.companies.platform, hook.app, owner, context.now):
                return "the app is gone"
            return _build_message(crm, hook, event, delivery, context.attempt)
    except LookupError as error:
        if type(error) is not LookupError:
            raise
        return "the webhook's user is no longer active"


def _build_message(crm: UnitOfWork, hook: Webhook, event: Event, delivery: Delivery, attempt: int) -> _Message:
    if hook.version == "1.0":
        payload: dict[str, Any] = v1.build_payload(crm, hook, event, attempt)
    else:
        payload = v2.build_payload(crm, hook, event, delivery.uuid, attempt)
    content = orjson.dumps(payload)
    headers = {
        "host": urlsplit(hook.subscription_url).netloc,
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(content)),
        "user-agent": f"dealwright/{__version__}",
        "accept": "*/*",
    }
    if hook.http_auth_user or hook.http_auth_password:
        credentials = f"{hook.http_auth_user or ''}:{hook.http_auth_password or ''}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    if hook.secret is not None:
        headers |= signing.signature_headers(hook.secret, delivery.uuid, int(crm.time.timestamp()), content)
    return _Message(hook.subscription_url, content, headers)
