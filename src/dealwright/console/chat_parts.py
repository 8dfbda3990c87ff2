"""What messages of a conversation consist of: texts, questions, answers, cards and errors, as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dealwright.chat import drafts
from dealwright.chat.drafts import Draft
from dealwright.console import shown_records
from dealwright.console.agents import AgentPlan, AgentRefusal, AgentRun
from dealwright.console.shown_records import Readable
from dealwright.contract import catalogue
from dealwright.contract.app.integration import conversations as contract
from dealwright.contract.app.integration.runs import MemberChange
from dealwright.crm.integration import proposals, runs
from dealwright.crm.values.formats import dumps, format_time_ms, parse_time

CLAIM = timedelta(minutes=10)
"""After how long a card that somebody has let run counts as interrupted: its process was ended."""

MAX_TOLD_RECORDS = 20
MAX_TOLD_MEMBERS = 40
MAX_PARAMS_SIZE = 32 * 1024
MAX_VALUE_SIZE = 500

_NEXT_STEPS: Mapping[str, str] = {
    "InvalidParams": "Correct the parameters and say it again",
    "NotFound": "Look whether its id is right",
    "Conflict": "Look at the record and say it again",
    "Forbidden": "Ask an admin for the permission, or somebody who has it",
    "NotPermitted": "Let the connection run this action, in Connections",
    "Unauthorized": "Connect again, in Connections",
    "MissingScope": "Connect again with this scope, in Connections",
    "RateLimited": "Wait a moment and say it again",
    "Unavailable": "Wait a moment, and look whether it was done before you say it again",
    "UnusableConnection": "Look at the connection, in Connections",
    "ApiError": "Correct it and say it again",
    "InternalError": "Try once more",
}


Part = dict[str, Any]
"""A part of a message: its ``type``, and the member that this names."""


def text(words: str) -> Part:
    """Returns a text."""
    return {"type": "text", "text": words}


def error(refusal: AgentRefusal) -> Part:
    """Returns what went wrong, with what a person can do about it."""
    told: contract.ChatError = {
        "kind": refusal.kind,
        "message": refusal.message,
        "next_step": _NEXT_STEPS.get(refusal.kind, refusal.next_step),
    }
    return {"type": "error", "error": told}


def choice(options: Sequence[str], words: str) -> Part:
    """Returns a question for one of several actions."""
    choices: list[contract.QuestionChoice] = [{"value": name, "label": _summary(name)} for name in options]
    return _question(None, None, words, choices)


def value(call: Draft, path: str) -> Part:
    """Returns a question for a parameter of a call."""
    known = drafts.question(call, path)
    choices: list[contract.QuestionChoice] = [{"value": one, "label": one} for one in known.choices]
    return _question(call.action, path, known.description, choices)


def _question(action: str | None, path: str | None, description: str, choices: list[contract.QuestionChoice]) -> Part:
    asked: contract.Question = {
        "action": action,
        "summary": None if action is None else _summary(action),
        "path": path,
        "description": description,
        "choices": choices,
        "is_open": True,
    }
    return {"type": "question", "question": asked}


def answer(ran: AgentRun, connection: str, params: Mapping[str, Any], readable: Readable) -> Part:
    """Returns what was run and what it answered."""
    told: contract.RunAnswer = {
        "run_id": ran.id,
        "action": ran.entry.qualified_name,
        "connection": connection,
        "duration_ms": ran.duration_ms,
        "cost": ran.cost,
        "records": shown_records.reduce(ran.entry, params, ran.answer, readable),
    }
    return {"type": "answer", "answer": told}


def card(plan: AgentPlan, connection: str, now: datetime) -> Part:
    """Returns a card for a plan. ``is_whole`` says whether its parameters are all there, so that it can be planned again."""
    proposal = plan.proposal
    params, had_secrets = runs.without_secrets(proposal.entry.attribute, dict(proposal.wanted.params))
    is_large = len(dumps(params)) > MAX_PARAMS_SIZE
    told = {
        "plan_id": plan.id,
        "action": proposal.entry.qualified_name,
        "summary": _summary(proposal.entry.qualified_name),
        "connection": connection,
        "params": None if is_large else params,
        "records": [_record(one) for one in proposal.records[:MAX_TOLD_RECORDS]],
        "total": proposal.total,
        "jobs": list(dict.fromkeys(proposal.jobs)),
        "cost": proposal.cost,
        "is_exact": proposal.is_exact,
        "expire_time": format_time_ms(now + proposals.LIFETIME),
        "state": "waiting",
        "run_id": None,
        "is_whole": not had_secrets and not is_large,
        "claim_time": None,
    }
    return {"type": "card", "card": told}


def state_of(card: Mapping[str, Any], now: datetime) -> contract.CardState:
    """Returns the state of a card by now: nobody writes that one has expired."""
    state: contract.CardState = card["state"]
    if state == "waiting" and parse_time(card["expire_time"]) < now:
        return "expired"
    if state == "running" and parse_time(card["claim_time"]) + CLAIM < now:
        return "failed"
    return state


def _summary(action: str) -> str:
    return catalogue.entries()[action].summary.rstrip(".")


def fit(parts: Sequence[Part], max_bytes: int) -> list[Part]:
    """Returns parts that fit into a message: of those that do not, fewer records and members are told. Databases keep no NUL."""
    fitted: list[Part] = [_clean(part) for part in parts]
    for most in (10, 3, 1, 0):
        if len(dumps(fitted)) <= max_bytes:
            break
        for part in fitted:
            if part["type"] == "card":
                told = part["card"]["records"][: most or 1]
                part["card"]["records"] = [{**one, "members": one["members"][: most * 3]} for one in told]
                part["card"] |= {"params": None, "is_whole": False}
            elif part["type"] == "answer":
                part["answer"]["records"]["rows"] = part["answer"]["records"]["rows"][: most * 3]
    return fitted


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {name: _clean(one) for name, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def _record(one: Mapping[str, Any]) -> contract.PlannedRecord:
    return {
        "object": one["object"],
        "id": None if one["id"] is None else str(one["id"]),
        "name": one["name"],
        "noun": one["noun"],
        "action": one["action"],
        "members": [_member(member) for member in one["members"][:MAX_TOLD_MEMBERS]],
    }


def _member(one: Mapping[str, Any]) -> MemberChange:
    return {
        "key": one["key"],
        "name": one["name"],
        "before": _brief(one["before"]),
        "after": _brief(one["after"]),
        "before_text": _cut(one["before_text"]),
        "after_text": _cut(one["after_text"]),
        "before_currency": one.get("before_currency"),
        "after_currency": one.get("after_currency"),
    }


def _brief(value: Any) -> Any:
    """Returns a value; of a long one its text alone is told."""
    return None if len(dumps(value)) > MAX_VALUE_SIZE else value


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= MAX_VALUE_SIZE else f"{text[:MAX_VALUE_SIZE]}…"
