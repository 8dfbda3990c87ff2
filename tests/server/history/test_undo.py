"""What a run has changed is taken back, or nothing of it and the reason is told."""

from __future__ import annotations

from typing import Any

import pytest

from dealwright.crm.errors import Conflict, Forbidden, NotFound
from tests.api import Api
from tests.company import add_user, set_permissions
from tests.undo import difference, last_run, new_run, read_state, take_back


def post(api: Api, path: str, **values: object) -> Any:
    return api.post(path, values).data["id"]


def test_a_deal_that_was_added_is_deleted_and_comes_back(api: Api) -> None:
    before = read_state(api)
    run_id, run = new_run(api)
    deal = post(run, "/api/v2/deals", title="Roof", value=10)
    undo_run_id = take_back(api, run_id)
    assert difference(before, read_state(api)) == {}
    assert api.get(f"/api/v2/deals/{deal}").status == 404
    take_back(api, undo_run_id)
    assert api.get(f"/api/v2/deals/{deal}").data["title"] == "Roof"
    take_back(api, run_id)
    assert difference(before, read_state(api)) == {}


def test_changed_members_get_their_former_values(api: Api) -> None:
    field = api.post("/v1/dealFields", {"name": "Colour", "field_type": "varchar"}).data["key"]
    persons = [post(api, "/api/v2/persons", name=f"Person {n}") for n in (1, 2)]
    deal = post(api, "/api/v2/deals", title="Roof", value=10, person_id=persons[0], custom_fields={field: "red"})
    stages = [stage["id"] for stage in api.get("/api/v2/stages").data]
    before = read_state(api)
    run_id, run = new_run(api)
    api.clock.advance(hours=1)
    run.patch(
        f"/api/v2/deals/{deal}",
        {
            "title": "Wall",
            "value": 20,
            "person_id": persons[1],
            "stage_id": stages[1],
            "custom_fields": {field: "blue"},
        },
    )
    run.patch(f"/api/v2/deals/{deal}", {"stage_id": stages[2], "status": "lost", "lost_reason": "price"})
    run.post(f"/v1/deals/{deal}/followers", {"user_id": 1})
    api.clock.advance(hours=1)
    take_back(api, run_id)
    assert difference(before, read_state(api)) == {}


def test_what_others_have_changed_since_is_named(api: Api) -> None:
    deal = post(api, "/api/v2/deals", title="Roof")
    run_id, run = new_run(api)
    run.patch(f"/api/v2/deals/{deal}", {"title": "Wall", "value": 3})
    other = add_user(api, "Otto", admin=True)
    other.patch(f"/api/v2/deals/{deal}", {"value": 4})
    before = read_state(api)
    with pytest.raises(Conflict, match=f"Deal {deal}, value: Otto has changed it since"):
        take_back(api, run_id)
    assert difference(before, read_state(api)) == {}


def test_other_members_may_change_in_between(api: Api) -> None:
    deal = post(api, "/api/v2/deals", title="Roof")
    run_id, run = new_run(api)
    run.patch(f"/api/v2/deals/{deal}", {"title": "Wall"})
    api.patch(f"/api/v2/deals/{deal}", {"value": 4})
    take_back(api, run_id)
    assert api.get(f"/api/v2/deals/{deal}").data["title"] == "Roof"
    assert api.get(f"/api/v2/deals/{deal}").data["value"] == 4


def test_what_is_used_by_others_since_stays(api: Api) -> None:
    run_id, run = new_run(api)
    person = post(run, "/api/v2/persons", name="Person")
    deal = post(api, "/api/v2/deals", title="Roof", person_id=person)
    with pytest.raises(Conflict, match=f"Person {person}: is used by others since: deals {deal}"):
        take_back(api, run_id)


def test_a_later_run_stands_in_the_way_until_it_is_taken_back(api: Api) -> None:
    deal = post(api, "/api/v2/deals", title="Roof")
    before = read_state(api)
    first_id, first = new_run(api)
    first.patch(f"/api/v2/deals/{deal}", {"title": "Wall"})
    second_id, second = new_run(api)
    second.delete(f"/api/v2/deals/{deal}")
    with pytest.raises(Conflict, match="has deleted it since"):
        take_back(api, first_id)
    take_back(api, second_id)
    take_back(api, first_id)
    assert difference(before, read_state(api)) == {}
    with pytest.raises(Conflict, match="taken back already"):
        take_back(api, first_id)


def test_lines_of_a_deal_and_its_value_come_back(api: Api) -> None:
    product = post(api, "/api/v2/products", name="Tile")
    deal = post(api, "/api/v2/deals", title="Roof", value=500)
    before = read_state(api)
    run_id, run = new_run(api)
    lines = [
        post(run, f"/api/v2/deals/{deal}/products", product_id=product, item_price=price, quantity=2)
        for price in (3, 4)
    ]
    take_back(api, run_id)
    assert difference(before, read_state(api)) == {}
    run_id, run = new_run(api)
    lines = [post(api, f"/api/v2/deals/{deal}/products", product_id=product, item_price=3, quantity=2)]
    run.post(f"/api/v2/deals/{deal}/discounts", {"description": "x", "amount": 5, "type": "percentage"})
    before = read_state(api)
    run_id, run = new_run(api)
    run.delete(f"/api/v2/deals/{deal}/products/{lines[0]}")
    assert api.get(f"/api/v2/deals/{deal}").data["value"] == 0
    take_back(api, run_id)
    assert difference(before, read_state(api)) == {}


@pytest.mark.parametrize("object", ["deals", "persons", "organizations"])
def test_merges_cannot_be_taken_back(api: Api, object: str) -> None:
    name = "title" if object == "deals" else "name"
    ids = [post(api, f"/api/v2/{object}", **{name: "One"}) for _ in range(2)]
    run_id, run = new_run(api)
    run.put(f"/v1/{object}/{ids[0]}/merge", {"merge_with_id": ids[1]})
    before = read_state(api)
    with pytest.raises(Conflict, match="cannot be taken back: two records have become one"):
        take_back(api, run_id)
    assert difference(before, read_state(api)) == {}


def test_only_those_who_may_do_the_opposite_take_back(api: Api) -> None:
    set_permissions(api, "can_edit_products")
    user = add_user(api, "Rita")
    run_id, run = new_run(user)
    deal = post(run, "/api/v2/deals", title="Roof")
    with pytest.raises(Forbidden):
        take_back(user, run_id)
    set_permissions(api, "can_delete_deals")
    take_back(user, run_id)
    assert user.get(f"/api/v2/deals/{deal}").status == 404


def test_nobody_takes_back_what_he_does_not_see(api: Api) -> None:
    user = add_user(api, "Rita")
    run_id, run = new_run(api)
    post(run, "/api/v2/deals", title="Roof", visible_to=1)
    with pytest.raises(NotFound):
        take_back(user, run_id)


def test_a_stranger_cannot_name_a_run(api: Api) -> None:
    run_id, run = new_run(api)
    [(name, sealed)] = run.run_headers.items()
    user = add_user(api, "Rita")
    for headers in ({name: run_id}, {name: sealed}, {name: "x" * 5000}, {name: ""}):
        user.send("POST", "/api/v2/deals", b'{"title": "Roof"}', headers={"x-api-token": user.token, **headers})
        assert last_run(api) is None
    run.post("/api/v2/deals", {"title": "Roof"})
    assert last_run(api) == run_id
