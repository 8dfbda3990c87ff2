"""Measures what changes and pages cost beside few and beside many other records of the same organization and person."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from bench import scenarios
from bench.servers import Scenario

FEW, MANY = 100, 10_000
ROUNDS = 40
HEADING = f"\n{f'beside {FEW:,} and {MANY:,} neighbours':<34}{'ms':>8}{'ms':>8}{'ratio':>7}"

Call = Callable[[], object]


class Neighbourhood:
    """An organization and a person with ever more deals, activities and notes."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._size = 0
        self.organization = self.send("POST", "/api/v2/organizations", {"name": "Neighbours"})["id"]
        person = {"name": "Neighbour", "org_id": self.organization}
        self.person = self.send("POST", "/api/v2/persons", person)["id"]
        self.links = {"org_id": self.organization, "person_id": self.person}
        self.fields = {
            self.send("POST", "/api/v2/dealFields", {"field_name": f"Measured {type}", "field_type": type})[
                "field_code"
            ]: value
            for type, value in (("varchar", "Text"), ("double", 1.5))
        }

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Sends a request and returns the data of the answer."""
        return scenarios.send(self._port, self._token, method, path, body)["data"]

    def add_deal(self) -> Any:
        """Creates a deal as people do: with organization, person and two custom fields."""
        return self.send("POST", "/api/v2/deals", {"title": "Deal", **self.links, "custom_fields": self.fields})

    def add_activity(self) -> Any:
        """Creates an activity."""
        participants = [{"person_id": self.person, "primary": True}]
        body = {"subject": "Call", "org_id": self.organization, "participants": participants}
        return self.send("POST", "/api/v2/activities", body)

    def add_note(self) -> Any:
        """Creates a note."""
        return self.send("POST", "/v1/notes", {"content": "Note", **self.links})

    def grow(self, size: int) -> None:
        """Adds records until there are so many of each kind."""
        while self._size < size:
            self._size += 1
            self.add_deal()
            self.add_activity()
            self.add_note()

    def calls(self) -> dict[str, Call]:
        """Returns what is measured, by name."""
        deal, activity = self.add_deal()["id"], self.add_activity()["id"]
        organization, person = f"/v1/organizations/{self.organization}", f"/v1/persons/{self.person}"

        def change(*values: dict[str, object]) -> Call:
            return lambda: [self.send("PATCH", f"/api/v2/deals/{deal}", one) for one in values]

        def finish() -> None:
            for done in (True, False):
                self.send("PATCH", f"/api/v2/activities/{activity}", {"done": done})

        def read(path: str) -> Call:
            return lambda: self.send("GET", path)

        return {
            "create a deal without links": lambda: self.send("POST", "/api/v2/deals", {"title": "Deal"}),
            "create a deal": self.add_deal,
            "win a deal and reopen it": change({"status": "won"}, {"status": "open"}),
            "take a deal away and back": change({"person_id": None, "org_id": None}, self.links),
            "create and delete a deal": lambda: self.send("DELETE", f"/api/v2/deals/{self.add_deal()['id']}"),
            "create an activity": self.add_activity,
            "an activity done and undone": finish,
            "create a note": self.add_note,
            "10 deals of the organization": read(f"{organization}/deals?limit=10"),
            "10 deals of the person": read(f"{person}/deals?limit=10"),
            "10 activities of the organization": read(f"{organization}/activities?limit=10"),
            "10 entries of its flow": read(f"{organization}/flow?limit=10"),
            "10 entries of the person's flow": read(f"{person}/flow?limit=10"),
        }


def rows(port: int, token: str) -> list[str]:
    """Returns the rows of the table."""
    neighbourhood = Neighbourhood(port, token)
    measured: dict[str, list[float]] = {}
    for size in (FEW, MANY):
        neighbourhood.grow(size)
        for name, call in neighbourhood.calls().items():
            measured.setdefault(name, []).append(median_ms(call))
    return [f"{name:<34}{few:>8.2f}{many:>8.2f}{many / few:>6.2f}x" for name, (few, many) in measured.items()]


def deals_as_people_create_them(port: int, token: str) -> Scenario:
    """Returns the load of deals with organization, person and two custom fields."""
    neighbourhood = Neighbourhood(port, token)
    body = {"title": "Measured deal", **neighbourhood.links, "custom_fields": neighbourhood.fields}
    return Scenario("create a deal with links", "POST", ["/api/v2/deals"], scenarios.encode(body))


def median_ms(call: Call) -> float:
    """Returns how long a call takes: the median of `ROUNDS` times, after one that is not counted."""
    call()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)
