"""Fields that hold dates and times of day: ``date``, ``daterange``, ``time``, ``timerange``."""

from __future__ import annotations

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import timezones
from dealwright.crm.fields.comparisons import Comparison, days, times
from dealwright.crm.fields.option_ids import Options
from dealwright.crm.fields.reading import day, number, time_of_day
from dealwright.crm.fields.types.kind import CompositeType, FieldType, Part, View
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm


class DateType(FieldType):
    """A day."""

    noun = "date"
    comparison = days.DATE

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        return _day(self, field, value)


class DateRangeType(CompositeType):
    """Some days in a row; the last may be open."""

    noun = "date range"
    comparison = days.DATE_RANGE
    parts = (Part("value", "Start date of {}", "date"), Part("until", "End date of {}", "date"))

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        members = self.members(field, value)
        first = _day(self, field, members["value"])
        last = None if members.get("until") is None else _day(self, field, members["until"])
        if last is not None and last < first:
            raise self.unfit(field, "ends before it begins")
        return {"value": first, "until": last}


class TimeType(CompositeType):
    """A time of day in a time zone: the actor's, unless another is given."""

    noun = "time"
    comparison: Comparison = times.TIME
    parts: tuple[Part, ...] = (Part("value", "Time of {}", "time"), Part("timezone_id", "Time zone of {}", "int"))

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        assert isinstance(given, dict)
        return {**given, "timezone_id": number(given.get("timezone_id"))}

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        members = self.members(field, value, "timezone_name")
        times = {
            part.key: None if members.get(part.key) is None else _time(self, field, members[part.key])
            for part in self.parts
            if part.field_type == "time"
        }
        return {**times, "timezone_id": self._timezone_id(crm, field, members)}

    def view_v2(self, options: Options) -> View:
        def view(value: Json) -> Json:
            assert isinstance(value, dict)
            return {**value, "timezone_name": timezones.NAMES.get(value["timezone_id"])}  # type: ignore[arg-type]

        return view

    def _timezone_id(self, crm: Crm, field: Field, members: dict[str, Json]) -> int:
        id, name = members.get("timezone_id"), members.get("timezone_name")
        if id is None and name is None:
            name = crm.actor.timezone_name
        if isinstance(name, str):
            # The name says which one is meant; numbers are another company's own.
            id = timezones.IDS.get(name)
        if not isinstance(id, int) or isinstance(id, bool) or id not in timezones.NAMES:
            raise self.unfit(field, "has no time zone that exists")
        return id


class TimeRangeType(TimeType):
    """From one time of day to another; the end may be open."""

    noun = "time range"
    comparison = times.TIME_RANGE
    parts = (
        Part("value", "Start time of {}", "time"),
        Part("until", "End time of {}", "time"),
        Part("timezone_id", "Time zone of {}", "int"),
    )


def _day(type: FieldType, field: Field, given: Json) -> str:
    read = day(given)
    if read is None:
        raise _not(type, field, "a date, YYYY-MM-DD")
    return read.isoformat()


def _time(type: FieldType, field: Field, given: Json) -> str:
    read = time_of_day(given)
    if read is None:
        raise _not(type, field, "a time, HH:MM:SS")
    return read


def _not(type: FieldType, field: Field, what: str) -> Invalid:
    return type.unfit(field, f"is not {what}" if not type.parts else f"holds what is not {what}")
