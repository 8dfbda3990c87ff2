"""Methods of the actions on the CRM: what they are called, what they send, and that there is one for every action."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dealwright import AsyncClient, Client
from dealwright.connectors import InvalidParams, connections
from dealwright.connectors.typed.methods import Method
from dealwright.contract import catalogue
from tests.connectors.isolated_user import isolated_environment

ROOT = Path(__file__).parents[2]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with isolated_environment(tmp_path), Client(connections.embedded("crm", tmp_path / "crm")) as client:
        yield client


def test_every_action_has_a_method() -> None:
    client = Client()
    for entry in catalogue.entries().values():
        found: Any = client
        for name in [entry.version, *entry.python_name.split(".")]:
            found = getattr(found, name)
        assert isinstance(found, Method)
        assert entry.summary in (found.__doc__ or "")
        assert entry.path in repr(found)


def test_the_types_are_those_of_the_declarations() -> None:
    # In a process of its own, as `make index` writes them: `typing` may give one that has seen much unions in another order.
    done = subprocess.run([sys.executable, "-m", "scripts.typed_methods", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_records_are_made_changed_listed_and_deleted(client: Client) -> None:
    deal = client.v2.deals.create(data={"title": "Roof", "value": 12000})["data"]
    assert client.v2.deals.update(deal["id"], data={"title": "New roof"})["data"]["title"] == "New roof"
    assert client.v2.deals.get(id=deal["id"])["data"]["value"] == 12000
    assert [one["id"] for one in client.v2.deals.list(status="open", limit=1)["data"]] == [deal["id"]]
    me = client.v1.users.me()["data"]["id"]
    client.v2.deals.followers.create(deal["id"], data={"user_id": me})
    assert [one["user_id"] for one in client.v2.deals.followers.iterate(deal["id"])] == [me]
    client.v2.deals.followers.delete(deal["id"], me)
    client.v2.deals.delete(deal["id"])
    assert client.v2.deals.list()["data"] == []


def test_methods_of_tasks(client: Client) -> None:
    async def main() -> list[str]:
        async with AsyncClient(client.connection) as own:
            made = await asyncio.gather(*(own.v2.deals.create(data={"title": f"Roof {n}"}) for n in range(20)))
            listed = [one["title"] async for one in own.v2.deals.iterate(limit=7)]
            assert {one["data"]["title"] for one in made} == set(listed)
            return listed

    assert len(asyncio.run(main())) == 20


def test_wrong_calls_say_what_is_right(client: Client) -> None:
    wrong: Any = client
    with pytest.raises(AttributeError, match="did you mean 'deals'"):
        wrong.v2.dels  # noqa: B018
    with pytest.raises(TypeError, match=r"those of the path \(id\)"):
        wrong.v2.deals.get(7, 8)
    with pytest.raises(TypeError, match="'id' twice"):
        wrong.v2.deals.get(7, id=8)
    with pytest.raises(InvalidParams, match="did you mean 'status'"):
        wrong.v2.deals.list(statu="open")
    assert "list" in dir(client.v2.deals)
    assert "followers" in repr(client.v2.deals)
