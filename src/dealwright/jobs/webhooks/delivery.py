"""The job that delivers an event to a webhook.

Every attempt is an attempt of the job. Jobs about one record and webhook follow each other, also over attempts that fail, so
that a receiver is told of the changes of a record in their order.
"""

from __future__ import annotations

import base64
import os
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from dealwright._version import __version__
from dealwright.crm import webhook_deliveries, webhook_events
from dealwright.crm.oauth import installations
from dealwright.crm.oauth.grants import Owner
from dealwright.crm.settings import Webhook
from dealwright.crm.unit import Crm
from dealwright.crm.webhook_deliveries import Attempt, Delivery, Receiver
from dealwright.crm.webhook_events import Event
from dealwright.jobs.registry import Work, job
from dealwright.jobs.webhooks import sending, signing, v1, v2
from dealwright.storage import engines

RETRIES_VARIABLE = "DEALWRIGHT_WEBHOOK_RETRIES"
"""The delays before the second, third and fourth attempt, in seconds, with commas between: for tests and measurements."""


def _retries() -> tuple[float, ...]:
    return tuple(float(delay) for delay in os.environ.get(RETRIES_VARIABLE, "3,30,150").split(","))


class Undelivered(Exception):
    """An attempt has failed."""


class _Message(NamedTuple):
    url: str
    content: bytes
    headers: dict[str, str]


@job("deliver_webhook", retries=_retries())
def deliver(work: Work) -> None:
    """Delivers an event, unless there is nobody any more to be told. Raises `Undelivered` for another attempt."""
    id = work.arguments["delivery_id"]
    assert isinstance(id, int)
    with work.company.database.read() as db:
        delivery = webhook_deliveries.get(db, id)
        receiver = None if delivery is None else webhook_deliveries.receiver(db, delivery)
    if delivery is None or delivery.state != "waiting":
        return
    message = _message(work, delivery, receiver)
    if isinstance(message, str):
        reason = message
        engines.change(work.company.database, lambda db: webhook_deliveries.lose(db, id, reason))
        return
    outcome = sending.post(message.url, message.content, message.headers, work.companies.webhook_reach)
    attempt = Attempt(work.attempt, work.last, outcome.status, outcome.error)
    # Whatever it takes to write that down: what was sent is not sent anew for it.
    matters = engines.change(
        work.company.database, lambda db: webhook_deliveries.record(db, delivery, attempt, work.now)
    )
    # What failed for good is in the log of deliveries, from where it can be repeated.
    if outcome.error is not None and matters and not work.last:
        raise Undelivered(outcome.error)


def _message(work: Work, delivery: Delivery, receiver: Receiver | None) -> _Message | str:
    """What to send, as the webhook's user sees it; or why there is nothing to send."""
    if receiver is None:
        return "the webhook is gone"
    if receiver.was_banned and work.attempt == 1:
        return "the webhook was banned"
    try:
        with work.companies.unit(work.company, receiver.user_id, write=False) as crm:
            hook = crm.settings.webhooks.get(delivery.webhook_id)
            event = webhook_events.get(crm, delivery.event_id)
            if hook is None or event is None or not hook.is_active:
                return "the webhook is gone"
            owner = Owner(work.company.id, hook.owner_id)
            if hook.app and not installations.is_let_in(work.companies.platform, hook.app, owner, work.now):
                return "the app is gone"
            return _written(crm, hook, event, delivery, work.attempt)
    except LookupError as error:
        if type(error) is not LookupError:
            raise
        return "the webhook's user is no longer active"


def _written(crm: Crm, hook: Webhook, event: Event, delivery: Delivery, attempt: int) -> _Message:
    if hook.version == "1.0":
        payload: dict[str, Any] = v1.payload(crm, hook, event, attempt)
    else:
        payload = v2.payload(crm, hook, event, delivery.uuid, attempt)
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
        headers |= signing.headers(hook.secret, delivery.uuid, int(crm.time.timestamp()), content)
    return _Message(hook.subscription_url, content, headers)
