"""Generates the calls that activities of their type stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dealwright.crm.correspondence.model import CALL_LOG
from dealwright.crm.demo import times
from dealwright.crm.demo.context import DemoContext, Person
from dealwright.crm.values.formats import Values

_LOGGED_RATE = 0.6
_OUTCOMES = ("connected",) * 6 + ("no_answer",) * 2 + ("left_voicemail", "left_message", "busy", "wrong_number")
_OWN_NUMBER = "+1 202 555 0100"
_MAX_TALK, _MAX_WAIT = 20 * 60, 40


class Calls:
    """The values of calls by id."""

    def __init__(self, context: DemoContext, persons: Sequence[Person]) -> None:
        self._context = context
        self._persons = persons
        self.calls: dict[int, Values] = {}

    def add(self, activities: Mapping[int, Values]) -> None:
        """Generates calls for some of the activities that are done, in the order of these."""
        for id, values in activities.items():
            if values["type"] != "call" or not values["done"] or values["is_deleted"]:
                continue
            if (number := self._number(values["person_id"])) and self._context.rng.random() < _LOGGED_RATE:
                self._add(id, values, number)

    def _number(self, person_id: object) -> str | None:
        """Returns the phone number of a person; None when there is none."""
        if not isinstance(person_id, int):
            return None
        phones = self._persons[person_id - 1].values["phones"]
        assert isinstance(phones, list)
        first = phones[0] if phones else None
        return str(first["value"]) if isinstance(first, dict) else None

    def _add(self, activity_id: int, activity: Values, number: str) -> None:
        context, rng = self._context, self._context.rng
        outcome = context.choice(_OUTCOMES)
        seconds = 20 + int(rng.random() * (_MAX_TALK if outcome == "connected" else _MAX_WAIT))
        ended = times.parse_time(str(activity["marked_as_done_time"]))
        owner = activity["owner_id"]
        assert isinstance(owner, int)
        logged = times.format_time(ended)
        values: Values = {
            "uuid": f"{rng.getrandbits(128):032x}",
            "user_id": owner,
            "activity_id": activity_id,
            **{name: activity[name] for name in ("deal_id", "person_id", "org_id", "subject", "note")},
            "outcome": outcome,
            "duration": seconds,
            "from_phone_number": _OWN_NUMBER,
            "to_phone_number": number,
            "start_time": times.format_time(ended - seconds),
            "end_time": logged,
            "add_time": logged,
            "update_time": logged,
        }
        id = len(self.calls) + 1
        context.log.create(CALL_LOG, id, values, ended, owner)
        self.calls[id] = values
