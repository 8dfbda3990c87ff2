"""What the bell costs does not grow with the notifications of others, nor with those that one has read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dealwright.crm.kernel.cache import CAPACITY_VARIABLE
from dealwright.storage.engines import SqliteDatabase
from tests import company
from tests.api import Api, Response
from tests.company import add_user
from tests.growth.test_endpoints import run_inline
from tests.growth.test_neighbours import SLACK, TOLERANCE, counting_connect

BELL = "/app/api/notifications"
MANY = 10_000


class Counted(NamedTuple):
    """A company on SQLite, whose virtual machine counts its steps."""

    api: Api
    steps: list[int]

    def count(self, call: Callable[[], Response]) -> int:
        call()
        self.steps[0] = 0
        assert call().status < 400
        return self.steps[0]


@pytest.fixture
def counted(template_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    steps = [0]
    monkeypatch.setenv(CAPACITY_VARIABLE, "0")
    monkeypatch.setattr(SqliteDatabase, "_connect", counting_connect(steps))
    api = company.open_api(company.copy_folder(template_folder, tmp_path / "platform"))
    run_inline(api.app)
    monkeypatch.setattr(api.app, "_reads_on_event_loop", False)
    yield Counted(api, steps)
    company.close(api)


def test_ten_thousand_neighbours_cost_nothing(counted: Counted) -> None:
    api, rep = counted.api, add_user(counted.api, "Rep")
    for number in range(30):
        api.clock.advance(minutes=2)
        api.post("/api/v2/deals", {"title": f"Deal {number}", "owner_id": 2})
    id = rep.get(BELL).body["items"][-1]["id"]

    def hand_over() -> Response:
        # To the colleague and back, so that there is always something to tell.
        api.patch("/api/v2/deals/1", {"owner_id": 1})
        return api.patch("/api/v2/deals/1", {"owner_id": 2})

    def measure() -> list[int]:
        calls = (
            lambda: rep.get(BELL),
            lambda: rep.get(BELL, cursor=str(id)),
            lambda: rep.post(f"{BELL}/{id}/read"),
            lambda: rep.post(f"{BELL}/read", {"up_to": id}),
            hand_over,
        )
        return [counted.count(call) for call in calls]

    few = measure()
    with api.principal.company.database.write() as db:
        names = "kind, object, record_id, details, time"
        numbers = f"with recursive n (i) as (select 1 union all select i + 1 from n where i < {MANY}) "
        for user_id, read_time in ((1, "null"), (2, "time")):
            db.execute_sql(
                f"{numbers} insert into notifications (user_id, {names}, read_time) select {user_id}, {names}, {read_time} "
                "from notifications, n where notifications.id = (select min(id) from notifications)"
            )
    many = measure()
    for before, after in zip(few, many, strict=True):
        assert after <= before * TOLERANCE + SLACK, (few, many)
