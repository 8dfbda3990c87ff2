"""The language model that plans in the chat."""

from __future__ import annotations

from dealwright.console import models
from dealwright.console.endpoints.browsers import console_of
from dealwright.contract.app.integration import chat_model as contract
from dealwright.crm.integration import chat_models, connection_secrets
from dealwright.crm.integration.chat_models import ChatModel
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import BrowserSession, implements, implements_in_session


@implements(contract.get_chat_model)
def get_chat_model(crm: UnitOfWork) -> contract.ChatModelState:
    stored = chat_models.get(crm)
    given = None if stored is not None else models.of_environment()
    can_change = crm.actor.is_admin("account_settings")
    settings: contract.ModelSettings | None = None
    if stored is not None and can_change:
        settings = {"kind": stored.kind, "name": stored.name, "url": stored.url, "has_key": stored.has_key}
    active = stored or given
    return {
        "name": active.name if active else None,
        "origin": "company" if stored else "environment" if given else None,
        "is_installed": models.is_installed(),
        "can_change": can_change,
        "settings": settings,
    }


@implements_in_session(contract.put_chat_model, waits=True)
def put_chat_model(browser: BrowserSession, data: contract.ModelToUse) -> contract.ChatModelState:
    principal, console = console_of(browser)
    model = _written(data)
    _require_admin(browser)
    chat_models.check(model)
    models.check_address(console, model)
    keeps_key = not isinstance(data.key, str | None)
    # Encrypted before the transaction, which others wait for.
    sealed_key = None if model.key is None else connection_secrets.seal_text(principal.company.cipher, model.key)

    def work(crm: UnitOfWork) -> contract.ChatModelState:
        chat_models.change(crm, model, sealed_key, keeps_key=keeps_key)
        return get_chat_model(crm)

    return console.companies.run(principal.company, principal.user_id, work, write=True)


@implements(contract.delete_chat_model)
def delete_chat_model(crm: UnitOfWork) -> contract.ChatModelState:
    chat_models.remove(crm)
    return get_chat_model(crm)


@implements_in_session(contract.post_chat_model_test, waits=True)
def post_chat_model_test(browser: BrowserSession, data: contract.ModelToUse) -> contract.ModelTest:
    principal, console = console_of(browser)
    _require_admin(browser)
    keeps_key = not isinstance(data.key, str | None)
    model = models.complete(console, principal, _written(data), keeps_key=keeps_key)
    tested = models.test(console, model)
    return {"ok": tested.ok, "message": tested.message, "duration_ms": tested.duration_ms}


def _written(data: contract.ModelToUse) -> ChatModel:
    return ChatModel(data.kind, data.name, data.url or None, data.key if isinstance(data.key, str) else None)


def _require_admin(browser: BrowserSession) -> None:
    """Raises `Forbidden`: nobody else makes this server call an address."""
    principal, console = console_of(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        access.require_admin(crm, "account_settings")
