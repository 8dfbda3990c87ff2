"""Random values of the types that the contract declares, and awkward ones in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

from msgspec import inspect as types

from dealwright.contract.bodies import V1RecordBody
from dealwright.contract.endpoint import Upload, Version
from tests.call_strategies import MAX_SAFE_INTEGER, PNG, Samples
from tests.fuzz.awkward_values import awkward_value

MAX_ID = 60
"""Records that calls make get ids up to this one and further."""

TEXTS = (
    *("Zoë", "\u202e\u0417\u043e\u044f", "\U0001f408\u200d", "a b  c ", "<b>x</b>", "%_\\'\"", "1", "a@example.com"),
    *("Deal 1", "Person 2", "Org", "2026-03-04", "12:30", "+49 30 1234-5", "https://example.com/a?b=c", "EUR", "{}"),
)


class RandomValues:
    """Makes values; each is replaced by an awkward one with the probability ``awkward``."""

    def __init__(
        self,
        random: Random,
        samples: Samples,
        awkward: float,
        *,
        version: Version = "v1",
        fields: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        self.random = random
        self.samples = samples
        self.awkward = awkward
        self.version = version
        self.fields = fields

    def value(self, declared: types.Type) -> Any:
        """Returns a value of a type, as in JSON."""
        if self.awkward and self.random.random() < self.awkward:
            return awkward_value(self.random)
        return self._value(declared)

    def _value(self, declared: types.Type) -> Any:
        random = self.random
        match declared:
            case types.Metadata():
                return self._value(declared.type)
            case types.UnionType():
                return self._value(random.choice(declared.types))
            case types.LiteralType():
                return random.choice(declared.values)
            case types.NoneType():
                return None
            case types.BoolType():
                return random.random() < 0.5
            case types.IntType():
                return self._integer(declared)
            case types.FloatType():
                return random.choice((5, 12.5, 0, -3, 1e9, random.uniform(-1e6, 1e6), random.randint(0, 10**12)))
            case types.StrType():
                return self._text(declared)
            case types.DateTimeType() | types.CustomType():
                return f"{self._date()}T{random.randrange(24):02}:{random.randrange(60):02}:00Z"
            case types.DateType():
                return self._date()
            case types.ListType():
                return [self.value(declared.item_type) for _ in range(random.randint(declared.min_length or 0, 3))]
            case types.DictType():
                return {random.choice(self.samples.keys): self.custom_value() for _ in range(random.randrange(3))}
            case types.CustomType(cls=cls) if cls is Upload:
                return random.choice((PNG, PNG[:40], b"", b"text", random.randbytes(random.choice((1, 60, 4000)))))
            case types.StructType():
                return self._object(declared)
        return self.custom_value()

    def _integer(self, declared: types.IntType) -> int:
        random = self.random
        chance = random.random()
        if chance < 0.85:
            return random.choice(self.samples.ids)
        if chance < 0.97:
            return random.randint(1, MAX_ID)
        low = declared.ge if declared.ge is not None else -MAX_SAFE_INTEGER
        return random.randint(low, declared.le or MAX_SAFE_INTEGER)

    def _date(self) -> str:
        random = self.random
        year = random.choice((2026, 2026, 2025, 2027, 1999, 1, 9999, 1900))
        return f"{year:04}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"

    def _text(self, declared: types.StrType) -> str:
        random = self.random
        if declared.pattern:
            if "a-f" in declared.pattern and "{8}" in declared.pattern:
                return random.choice(self.samples.uuids)
            return random.choice(("12:00", "00AAFF", "1", "12:30:15", random.choice(self.samples.uuids)))
        text = random.choice((*TEXTS, random.choice(self.samples.keys), "x" * random.randint(1, 300)))
        low, high = declared.min_length or 0, declared.max_length or 10**6
        return (text + "x" * max(low - len(text), 0))[:high]

    def _object(self, declared: types.StructType) -> dict[str, Any]:
        random = self.random
        at_root = issubclass(declared.cls, V1RecordBody)
        share = random.choice((0.1, 0.3, 0.9))
        made = {
            field.encode_name: _special_or(self, field.encode_name, lambda field=field: self.value(field.type))  # type: ignore[misc]
            for field in declared.fields
            if not (at_root and field.encode_name == "custom_fields")
            and (field.required or random.random() < share)
            and not (self.awkward and random.random() < 0.02)
        }
        if at_root or "custom_fields" in made:
            custom = self.custom_fields()
            made = {**made, **custom} if at_root else {**made, "custom_fields": custom}
        return made

    def custom_fields(self) -> dict[str, Any]:
        """Returns some custom fields with values."""
        keys = [self.random.choice(self.samples.keys) for _ in range(self.random.randrange(4))]
        return {key: self._custom_value(key) for key in keys}

    def _custom_value(self, key: str) -> Any:
        random = self.random
        if self.awkward and random.random() < self.awkward:
            return awkward_value(random)
        field = self.fields.get(key)
        if field is None or (self.awkward and random.random() < 0.2):
            return self.custom_value()
        kind, options = field["field_type"], [option["id"] for option in field.get("options") or ()]
        is_object = self.version == "v2" and not field.get("is_subfield")
        amount, day, time = random.choice((5, 0, 12.5, 1e9)), self._date(), f"{random.randrange(24):02}:30:00"
        made: dict[str, Any] = {
            "double": amount,
            "monetary": {"value": amount, "currency": "EUR"} if is_object else amount,
            "date": day,
            "daterange": {"value": "2026-01-01", "until": "2026-02-01"} if is_object else day,
            "time": {"value": time} if is_object else time,
            "timerange": {"value": time, "until": "23:59:00"} if is_object else time,
            "address": {"value": "Main St 1"} if is_object else "Main St 1",
            **dict.fromkeys(("user", "org", "people"), random.choice(self.samples.ids)),
            "enum": random.choice(options) if options else None,
            "set": (options if is_object else ",".join(map(str, options))) if options else None,
        }
        return random.choice((made.get(kind, random.choice(TEXTS)),) * 6 + (None,))

    def custom_value(self) -> Any:
        """Returns a value for a field of any type."""
        random = self.random
        if self.awkward and random.random() < self.awkward:
            return awkward_value(random)
        kinds: Sequence[Callable[[], Any]] = (
            lambda: random.choice(TEXTS),
            lambda: random.choice((1, 2, 3, 12.5, "12.5", 1000)),
            self._date,
            lambda: {"value": self._date(), "until": self._date()},
            lambda: {"value": random.choice((5, 1.5)), "currency": random.choice(("EUR", "USD", "XXX"))},
            lambda: f"{random.randrange(24):02}:{random.randrange(60):02}:00",
            lambda: [random.randint(1, 4) for _ in range(random.randrange(4))],
            lambda: ",".join(str(random.randint(1, 4)) for _ in range(random.randint(1, 3))),
            lambda: {"value": "Main St 1", "country": "DE"},
            lambda: None,
        )
        return random.choice(kinds)()

    def conditions(self) -> Any:
        """Returns the conditions of a filter."""
        groups = [
            {"glue": glue, "conditions": [self._condition() for _ in range(self.random.randrange(3))]}
            for glue in ("and", "or")
        ]
        return {"glue": "and", "conditions": groups}

    def _condition(self) -> Any:
        random = self.random
        if self.awkward and random.random() < self.awkward / 4:
            return awkward_value(random)
        operators = (
            "=",
            "!=",
            ">",
            "<",
            ">=",
            "<=",
            "IS NULL",
            "IS NOT NULL",
            "LIKE '%$%'",
            "LIKE '$%'",
            "NOT LIKE '%$'",
        )
        made = {
            "object": random.choice(("deal", "deal", "person", "organization", "product", "activity", "lead")),
            "field_id": random.choice((random.randint(1, 160), str(random.randint(1, 160)), *self.samples.keys)),
            "operator": random.choice(operators),
            "value": self.custom_value(),
            "extra_value": random.choice((None, None, "x")),
        }
        if self.awkward and random.random() < self.awkward:
            made[random.choice(list(made))] = awkward_value(random)
        return made


def _special_or(values: RandomValues, name: str, make: Callable[[], Any]) -> Any:
    """Returns a value for a member that its type says too little of, or what its type gives."""
    random = values.random
    if name == "conditions" and random.random() < 0.9:
        return values.conditions()
    if not values.awkward and random.random() < 0.9:
        if name in ("user_id", "owner_id"):
            return random.randint(1, 4)
        if name in ("pipeline_id", "stage_id"):
            return random.randint(1, 3)
    return make()
