"""Fields that hold dates and times of day: ``date``, ``daterange``, ``time``, ``timerange``."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._days import day_of_moment
from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import timezones
from dealwright.crm.fields.comparisons import Comparison, days, times
from dealwright.crm.fields.option_ids import Options
from dealwright.crm.fields.parsing import parse_date, parse_number, parse_time_of_day
from dealwright.crm.fields.types.field_type import CompositeType, FieldType, Formatter, Part
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork


class DateType(FieldType):
    """A day."""

    noun = "date"
    comparison = days.DATE

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        return day_of_moment(raw) if isinstance(raw, str) else raw

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        return _require_date(self, field, value)


class DateRangeType(CompositeType):
    """Several days in a row; the last may be open."""

    noun = "date range"
    comparison = days.DATE_RANGE
    parts = (Part("value", "Start date of {}", "date"), Part("until", "End date of {}", "date"))

    def derive_value(self, field: Field, parts: Mapping[str, Json]) -> Json:
        return _beginning(self, field, parts)

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        assert isinstance(raw, dict)
        return {key: day_of_moment(day) if isinstance(day, str) else day for key, day in raw.items()}

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        members = self.validate_parts(field, value)
        first = _require_date(self, field, members["value"])
        last = None if members.get("until") is None else _require_date(self, field, members["until"])
        if last is not None and last < first:
            raise self.invalid_value(field, "ends before it begins")
        return {"value": first, "until": last}


class TimeType(CompositeType):
    """A time of day in a time zone: the actor's, unless another one is sent."""

    noun = "time"
    comparison: Comparison = times.TIME
    derived_parts = ("timezone_name",)
    parts: tuple[Part, ...] = (Part("value", "Time of {}", "time"), Part("timezone_id", "Time zone of {}", "int"))

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        assert isinstance(raw, dict)
        return {**raw, "timezone_id": parse_number(raw.get("timezone_id"))}

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        members = self.validate_parts(field, value)
        times = {
            part.key: None if members.get(part.key) is None else _require_time(self, field, members[part.key])
            for part in self.parts
            if part.field_type == "time"
        }
        return {**times, "timezone_id": self._timezone_id(crm, field, members)}

    def formatter_v2(self, options: Options) -> Formatter:
        def view(value: Json) -> Json:
            assert isinstance(value, dict)
            return {**value, "timezone_name": timezones.NAMES.get(value["timezone_id"])}  # type: ignore[arg-type]

        return view

    def _timezone_id(self, crm: UnitOfWork, field: Field, members: dict[str, Json]) -> int:
        id, name = members.get("timezone_id"), members.get("timezone_name")
        if id is None and name is None:
            name = crm.actor.timezone_name
        if isinstance(name, str):
            # The name is decisive; the number may come from another company.
            id = timezones.IDS.get(name)
        if not isinstance(id, int) or isinstance(id, bool) or id not in timezones.NAMES:
            raise self.invalid_value(field, "has no time zone that exists")
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

    def derive_value(self, field: Field, parts: Mapping[str, Json]) -> Json:
        return _beginning(self, field, parts)


def _beginning(type: FieldType, field: Field, parts: Mapping[str, Json]) -> Json:
    """Returns None, because nothing else says when a range begins. Raises `Invalid` when there is an end."""
    if parts.get("until") is not None:
        raise type.invalid_value(field, f"needs a beginning, as '{field.key}', for its end")
    return None


def _require_date(type: FieldType, field: Field, raw: Json) -> str:
    parsed = parse_date(raw)
    if parsed is None:
        raise _invalid_format(type, field, "a date, YYYY-MM-DD")
    return parsed.isoformat()


def _require_time(type: FieldType, field: Field, raw: Json) -> str:
    parsed = parse_time_of_day(raw)
    if parsed is None:
        raise _invalid_format(type, field, "a time, HH:MM:SS")
    return parsed


def _invalid_format(type: FieldType, field: Field, what: str) -> Invalid:
    return type.invalid_value(field, f"is not {what}" if not type.parts else f"holds what is not {what}")
