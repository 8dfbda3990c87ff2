"""Conversations of the chat."""

from __future__ import annotations

from dealwright.console import conversations as console_conversations
from dealwright.console.endpoints.browsers import console_of
from dealwright.console.endpoints.shown_conversations import show_conversation, show_exchange, show_messages
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import conversations as contract
from dealwright.crm.integration import conversations
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import BrowserSession, implements, implements_in_session


@implements(contract.get_conversations)
def get_conversations(crm: UnitOfWork, query: contract.ConversationFilter) -> Items[contract.Conversation]:
    page = conversations.list_conversations(crm, query.text, query)
    return {"items": [show_conversation(one) for one in page.items], "next_cursor": page.next_cursor}


@implements(contract.post_conversations)
def post_conversations(crm: UnitOfWork, data: contract.NewConversation) -> contract.Conversation:
    return show_conversation(conversations.begin(crm, data.name))


@implements(contract.get_conversations_by_id)
def get_conversations_by_id(crm: UnitOfWork, id: int, query: contract.MessagePaging) -> contract.ConversationDetails:
    conversation = conversations.get(crm, id)
    before = None if query.before is None else int(query.before)
    found, has_more = conversations.list_messages(crm, id, before, query.limit)
    return {
        **show_conversation(conversation),
        "items": show_messages(crm, id, found),
        "before": str(found[0].id) if has_more else None,
    }


@implements(contract.patch_conversations_by_id)
def patch_conversations_by_id(crm: UnitOfWork, id: int, data: contract.ConversationChanges) -> contract.Conversation:
    return show_conversation(conversations.rename(crm, id, data.name))


@implements(contract.delete_conversations_by_id)
def delete_conversations_by_id(crm: UnitOfWork, id: int) -> contract.Conversation:
    return show_conversation(conversations.delete(crm, id))


@implements_in_session(contract.post_conversations_by_id_messages, waits=True)
def post_conversations_by_id_messages(browser: BrowserSession, id: int, data: contract.TextToSend) -> contract.Exchange:
    principal, console = console_of(browser)
    told = console_conversations.say(console, principal, id, data.text, data.connection)
    return _show(browser, id, told)


@implements_in_session(contract.post_conversations_by_id_messages_by_message_id_answer, waits=True)
def post_conversations_by_id_messages_by_message_id_answer(
    browser: BrowserSession, id: int, message_id: int, data: contract.QuestionAnswer
) -> contract.Exchange:
    principal, console = console_of(browser)
    told = console_conversations.answer_question(console, principal, id, message_id, data.value, data.connection)
    return _show(browser, id, told)


@implements_in_session(contract.post_conversations_by_id_messages_by_message_id_cards_by_plan_id, waits=True)
def post_conversations_by_id_messages_by_message_id_cards_by_plan_id(
    browser: BrowserSession, id: int, message_id: int, plan_id: str, data: contract.CardAnswer
) -> contract.Exchange:
    principal, console = console_of(browser)
    told = console_conversations.answer_card(console, principal, id, message_id, plan_id, data.answer)
    return _show(browser, id, told)


def _show(browser: BrowserSession, id: int, message_ids: list[int]) -> contract.Exchange:
    principal, console = console_of(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        return show_exchange(crm, id, message_ids)
