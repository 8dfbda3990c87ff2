"""A company under random operations on its deals, contacts and products, compared with a model of it after every step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests import company
from tests.api import Api
from tests.journeys.model import DEFAULT_VALUES, LINKS, STATUSES, ExpectedRecord, Model

USERS = 3

KINDS = st.sampled_from(["deals", "deals", "persons", "organizations", "products"])
MERGEABLE_KINDS = st.sampled_from(["deals", "persons", "organizations"])
VERSIONS = st.sampled_from(["/v1", "/api/v2"])
NAMES = st.sampled_from(["Ada", "Bo", "Zoë", "Ωmega 7", "a b"])
CHOICE = st.integers(0, 1000)
VALUES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "deals": {
        "title": NAMES,
        "value": st.sampled_from([0, 5, 12.5]),
        "status": st.sampled_from(STATUSES),
        "is_archived": st.sampled_from([False, False, True]),
        "person_id": st.none() | CHOICE,
        "org_id": st.none() | CHOICE,
    },
    "persons": {"name": NAMES, "org_id": st.none() | CHOICE},
    "organizations": {"name": NAMES},
    "products": {"name": NAMES},
}
"""The values that change; a link is chosen among the live records."""

ApiFactory = Callable[[], AbstractContextManager[Api]]


class CompanyMachine(RuleBasedStateMachine):
    """The operations on records, and what must be true after them."""

    def __init__(self, api_factory: ApiFactory) -> None:
        super().__init__()
        self.api_context = api_factory()
        self.api = self.api_context.__enter__()
        self.model = Model()
        self.steps = 0
        for name in ("Bob", "Cem"):
            company.add_user(self.api, name)
        for user_id in range(1, USERS):
            # Linked records, so that every step has records to work on from the beginning.
            org_id = self.create_record("organizations", {"name": "Org"})
            person_id = self.create_record("persons", {"name": "Person", "org_id": org_id})
            self.create_record("deals", {"title": "Deal", "person_id": person_id, "org_id": org_id})
            self.create_record("deals", {"title": "Deal", "person_id": person_id})
            for kind in ("deals", "persons", "organizations"):
                self.follow_as(self.model.live(kind)[-1], "/v1", user_id)
        self.create_record("products", {"name": "Product"})

    def create_record(self, kind: str, values: dict[str, Any], version: str = "/api/v2") -> int:
        id: int = self.api.post(f"{version}/{kind}", values).data["id"]
        self.model.create(kind, id, values)
        return id

    def follow_as(self, record: ExpectedRecord, version: str, user_id: int) -> None:
        answer = self.api.post(f"{version}/{record.kind}/{record.id}/followers", {"user_id": user_id})
        assert (answer.status == 400) == (version == "/api/v2" and user_id in record.followers)
        record.followers.add(user_id)

    def teardown(self) -> None:
        try:
            for record in self.model.records:
                self.check_one(record)
            assert company.find_problems(self.api) == []
        finally:
            self.api_context.__exit__(None, None, None)

    def pick_record(self, kind: str, choice: int, other_than: ExpectedRecord | None = None) -> ExpectedRecord | None:
        """Returns one of the live records of a kind."""
        candidates = [record for record in self.model.live(kind) if record is not other_than]
        return candidates[choice % len(candidates)] if candidates else None

    def resolve_links(self, values: dict[str, Any]) -> dict[str, Any]:
        """Returns the values with links to live records."""
        for name, kind in zip(LINKS, ("persons", "organizations"), strict=True):
            if values.get(name) is not None:
                record = self.pick_record(kind, values[name])
                values = {**values, name: record.id if record else None}
        return values

    @rule(data=st.data(), kind=KINDS, version=VERSIONS)
    def create(self, data: st.DataObject, kind: str, version: str) -> None:
        name, *others = VALUES[kind].items()
        values = self.resolve_links(data.draw(st.fixed_dictionaries(dict([name]), optional=dict(others))))
        self.create_record(kind, values, version)

    @rule(data=st.data(), kind=KINDS, version=VERSIONS, choice=CHOICE)
    def update(self, data: st.DataObject, kind: str, version: str, choice: int) -> None:
        values = self.resolve_links(data.draw(st.fixed_dictionaries({}, optional=VALUES[kind])))
        if record := self.pick_record(kind, choice):
            change = self.api.put if version == "/v1" else self.api.patch
            answer = change(f"{version}/{kind}/{record.id}", values)
            # What a deal with lines is worth follows from these.
            is_refused = bool(record.lines) and values.get("value", record.values["value"]) != record.values["value"]
            if is_refused or (version == "/v1" and not values):
                assert answer.status == 400
                return
            self.model.update(record, values)
            self.check(record, answer.data, version)

    @rule(kind=KINDS, version=VERSIONS, choice=CHOICE)
    def delete(self, kind: str, version: str, choice: int) -> None:
        if record := self.pick_record(kind, choice):
            assert self.api.delete(f"{version}/{kind}/{record.id}").data["id"] == record.id
            record.is_deleted = True

    @rule(choice=CHOICE)
    def restore(self, choice: int) -> None:
        """Restores a product; no other record can be restored."""
        if gone := [one for one in self.model.records if one.kind == "products" and one.is_deleted]:
            record = gone[choice % len(gone)]
            self.api.put(f"/v1/products/{record.id}", {"active_flag": True})
            record.is_deleted = False

    @rule(kind=MERGEABLE_KINDS, choice=CHOICE, other=CHOICE)
    def merge(self, kind: str, choice: int, other: int) -> None:
        gone = self.pick_record(kind, choice)
        if gone and (kept := self.pick_record(kind, other, other_than=gone)):
            assert self.api.put(f"/v1/{kind}/{gone.id}/merge", {"merge_with_id": kept.id}).data["id"] == kept.id
            self.model.merge(gone, kept)

    @rule(kind=KINDS, version=VERSIONS, choice=CHOICE, user_id=st.integers(1, USERS))
    def follow(self, kind: str, version: str, choice: int, user_id: int) -> None:
        if record := self.pick_record(kind, choice):
            self.follow_as(record, version, user_id)

    @rule(kind=KINDS, version=VERSIONS, choice=CHOICE, user_id=st.integers(1, USERS))
    def unfollow(self, kind: str, version: str, choice: int, user_id: int) -> None:
        if record := self.pick_record(kind, choice):
            path = f"{version}/{kind}/{record.id}/followers"
            follower_id = user_id
            if version == "/v1":
                listed = self.api.get(path).data or []
                follower_id = next((one["id"] for one in listed if one["user_id"] == user_id), 0)
            answer = self.api.delete(f"{path}/{follower_id}")
            assert (answer.status == 200) == (user_id in record.followers)
            record.followers.discard(user_id)

    @rule(choice=CHOICE, person=CHOICE)
    def add_participant(self, choice: int, person: int) -> None:
        deal, found = self.pick_record("deals", choice), self.pick_record("persons", person)
        if deal and found:
            self.api.post(f"/v1/deals/{deal.id}/participants", {"person_id": found.id})
            deal.participant_ids.add(found.id)

    @precondition(lambda self: self.model.records)
    @rule(choice=CHOICE)
    def read_one(self, choice: int) -> None:
        self.check_one(self.model.records[choice % len(self.model.records)])

    @rule(version=VERSIONS, kind=st.sampled_from(["persons", "organizations"]), choice=CHOICE)
    def read_linked_deals(self, version: str, kind: str, choice: int) -> None:
        """Compares the deals linked to a record; v1 lists those related to it, too."""
        if record := self.pick_record(kind, choice):
            link = "person_id" if kind == "persons" else "org_id"
            deals = [deal for deal in self.model.live("deals") if not deal.values["is_archived"]]
            own = {deal.id for deal in deals if deal.values[link] == record.id}
            if version == "/api/v2":
                assert {deal["id"] for deal in self.api.get("/api/v2/deals", **{link: record.id}).data} == own
                return
            listed = {deal["id"] for deal in self.api.get(f"/v1/{kind}/{record.id}/deals").data or []}
            related = self.model.counts(record)
            assert own <= listed
            assert len(listed) == related["related_open_deals_count"] + related["related_closed_deals_count"]

    @rule(status=st.sampled_from([None, *STATUSES]), archived=st.booleans())
    def read_summary(self, status: str | None, archived: bool) -> None:
        """Compares the number of deals and their total value."""
        deals = [deal.values for deal in self.model.live("deals") if deal.values["is_archived"] == archived]
        values = [deal["value"] for deal in deals if status in (None, deal["status"])]
        summary = self.api.get(f"/v1/deals/summary{'/archived' if archived else ''}", status=status).data
        assert summary["total_count"] == len(values)
        assert summary["total_currency_converted_value"] == sum(values)

    @invariant()
    def lists_agree(self) -> None:
        """Compares all lists of one version after each step, the versions by turns; advances the clock."""
        self.steps += 1
        self.api.clock.advance(seconds=1)
        version = ("/v1", "/api/v2")[self.steps % 2]
        for kind in DEFAULT_VALUES:
            live = self.model.live(kind)
            self.check_list(kind, version, [one for one in live if not one.values.get("is_archived")])
        archived = [deal for deal in self.model.live("deals") if deal.values["is_archived"]]
        self.check_list("deals", version, archived, path_suffix="/archived")

    def check_list(self, kind: str, version: str, records: list[ExpectedRecord], path_suffix: str = "") -> None:
        counted = {} if version == "/v1" else self.include_fields(kind)
        listed = self.api.get(f"{version}/{kind}{path_suffix}", **counted).data or []
        assert [one["id"] for one in listed] == [record.id for record in records]
        for record, shown in zip(records, listed, strict=True):
            self.check(record, shown, version, counted=True)

    def include_fields(self, kind: str) -> dict[str, str]:
        """Returns the parameter with which a list of v2 has the counts."""
        counts = self.model.counts(ExpectedRecord(kind, 0, dict(DEFAULT_VALUES[kind])))
        return {"include_fields": ",".join(counts)} if counts else {}

    def check_one(self, record: ExpectedRecord) -> None:
        """Compares one record by itself, with its followers."""
        path = f"{record.kind}/{record.id}"
        v1, v2 = self.api.get(f"/v1/{path}"), self.api.get(f"/api/v2/{path}", **self.include_fields(record.kind))
        self.check(record, v1.data, "/v1")
        is_live = not v1.data["deleted"] if record.kind == "deals" else v1.data["active_flag"]
        assert is_live == (v2.status == 200) == (not record.is_deleted)
        if not record.is_deleted:
            self.check(record, v2.data, "/api/v2", counted=True)
            for version in ("/v1", "/api/v2"):
                followers = self.api.get(f"{version}/{path}/followers").data or []
                assert sorted(one["user_id"] for one in followers) == sorted(record.followers)
        if record.kind == "deals":
            people = self.api.get(f"/v1/{path}/participants").data or []
            assert sorted(one["person_id"]["value"] for one in people) == sorted(record.participant_ids)

    def check(self, record: ExpectedRecord, shown: dict[str, Any], version: str, *, counted: bool = False) -> None:
        """Compares one answer with a record."""
        expected = dict(record.values)
        if record.is_deleted:
            # Records that a deleted one was linked to may have changed since.
            expected = {name: value for name, value in expected.items() if name not in LINKS and name != "status"}
        if counted:
            expected |= self.model.counts(record)
            if version == "/v1":
                expected |= self.model.linked_names(record)
        found = {name: shown[name] for name in expected}
        links = {name: found[name]["value"] for name in LINKS if isinstance(found.get(name), dict)}
        assert {**found, **links} == expected
