"""The body of a delivery to a webhook, as its receiver gets it."""

from __future__ import annotations

from typing import Any

from dealwright.contract.app.integration import webhooks as contract
from dealwright.crm.companies import InactiveUser
from dealwright.crm.integration import webhook_deliveries, webhook_events, webhooks
from dealwright.crm.integration.webhook_deliveries import Delivery
from dealwright.jobs.webhooks.delivery import INACTIVE_USER, build_payload
from dealwright.server.binding import BrowserSession, implements_in_session


@implements_in_session(contract.get_webhook_deliveries_by_id_payload)
def get_webhook_deliveries_by_id_payload(browser: BrowserSession, id: int) -> contract.Payload:
    with browser.open(browser.require_chosen()) as crm:
        delivery = webhook_deliveries.get(crm, id)
        receiver = webhooks.get(crm, delivery.webhook_id).user_id
    try:
        return {"payload": _build(browser, delivery, receiver), "reason": None}
    except InactiveUser:
        return {"payload": None, "reason": INACTIVE_USER}


def _build(browser: BrowserSession, delivery: Delivery, user_id: int) -> dict[str, Any] | None:
    """Returns the body as the user of the webhook sees the record; None when the event is gone."""
    own = browser.require_chosen()
    with browser.open(own._replace(user_id=user_id)) as crm:
        event = webhook_events.find(crm, delivery.event_id)
        hook = crm.company_data.webhooks.get(delivery.webhook_id)
        if event is None or hook is None:
            return None
        return build_payload(crm, hook, event, delivery, max(1, delivery.attempts))
