"""``dealwright trigger``: makes an event happen, by really doing it with a record made for the purpose."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import typer

from dealwright.cli import output
from dealwright.cli.completion import connection_option
from dealwright.connectors.client import Client

SAMPLE = "Sample of dealwright trigger"

ACTION_ALIASES: Mapping[str, str] = {
    "create": "create",
    "added": "create",
    "change": "change",
    "updated": "change",
    "delete": "delete",
    "deleted": "delete",
    "merge": "merge",
    "merged": "merge",
}
"""The action for each of its names."""


class Sample(NamedTuple):
    """The actions and bodies that create, change, delete and merge a record; ``needs`` are the records it requires."""

    create: str
    new: Mapping[str, Any]
    change: str
    changes: Mapping[str, Any]
    delete: str | None
    merge: str | None = None
    needs: tuple[tuple[str, str], ...] = ()


SAMPLES: Mapping[str, Sample] = {
    "activity": Sample(
        "v2.post_activities",
        {"subject": SAMPLE},
        "v2.patch_activities_by_id",
        {"done": True},
        "v2.delete_activities_by_id",
    ),
    "activityType": Sample(
        "v1.post_activity_types",
        {"name": SAMPLE, "icon_key": "bell"},
        "v1.put_activity_types_by_id",
        {"name": f"{SAMPLE}, changed"},
        "v1.delete_activity_types_by_id",
    ),
    "deal": Sample(
        "v2.post_deals",
        {"title": SAMPLE, "value": 100},
        "v2.patch_deals_by_id",
        {"value": 200},
        "v2.delete_deals_by_id",
        merge="v1.put_deals_by_id_merge",
    ),
    "lead": Sample(
        "v1.post_leads",
        {"title": SAMPLE},
        "v1.patch_leads_by_id",
        {"title": f"{SAMPLE}, changed"},
        "v1.delete_leads_by_id",
        needs=(("person_id", "person"),),
    ),
    "note": Sample(
        "v1.post_notes",
        {"content": SAMPLE},
        "v1.put_notes_by_id",
        {"content": f"{SAMPLE}, changed"},
        "v1.delete_notes_by_id",
        needs=(("deal_id", "deal"),),
    ),
    "organization": Sample(
        "v2.post_organizations",
        {"name": SAMPLE},
        "v2.patch_organizations_by_id",
        {"name": f"{SAMPLE}, changed"},
        "v2.delete_organizations_by_id",
        merge="v1.put_organizations_by_id_merge",
    ),
    "person": Sample(
        "v2.post_persons",
        {"name": SAMPLE},
        "v2.patch_persons_by_id",
        {"name": f"{SAMPLE}, changed"},
        "v2.delete_persons_by_id",
        merge="v1.put_persons_by_id_merge",
    ),
    "pipeline": Sample(
        "v2.post_pipelines",
        {"name": SAMPLE},
        "v2.patch_pipelines_by_id",
        {"name": f"{SAMPLE}, changed"},
        "v2.delete_pipelines_by_id",
    ),
    "product": Sample(
        "v2.post_products",
        {"name": SAMPLE},
        "v2.patch_products_by_id",
        {"name": f"{SAMPLE}, changed"},
        "v2.delete_products_by_id",
    ),
    "stage": Sample(
        "v2.post_stages",
        {"name": SAMPLE},
        "v2.patch_stages_by_id",
        {"name": f"{SAMPLE}, changed"},
        "v2.delete_stages_by_id",
        needs=(("pipeline_id", "pipeline"),),
    ),
    "user": Sample("v1.post_users", {}, "v1.put_users_by_id", {"active_flag": False}, None),
}


def trigger(
    event: Annotated[
        str,
        typer.Argument(
            help="OBJECT.ACTION or ACTION.OBJECT, as deal.create, change.person or merged.deal.", metavar="EVENT"
        ),
    ],
    connection: Annotated[str, connection_option()] = "local",
) -> None:
    """Have an event happen on a connection: a sample record is made, and then changed, deleted or merged.

    It is the real thing: webhooks are told, and what is not deleted stays. What a record cannot be without is made for it.
    """
    object, action = _parse_event(event)
    with Client(connection) as client:
        sample = SAMPLES[object]
        id = _create_sample(client, object)
        if action == "change":
            _print_result(sample.change, client.request(sample.change, {"id": id, "data": dict(sample.changes)}).body)
        elif action == "delete":
            assert sample.delete is not None
            _print_result(sample.delete, client.request(sample.delete, {"id": id}).body)
        elif action == "merge":
            assert sample.merge is not None
            merged = client.request(
                sample.merge, {"id": _create_sample(client, object), "data": {"merge_with_id": id}}
            ).body
            _print_result(sample.merge, merged)


def _parse_event(event: str) -> tuple[str, str]:
    """Returns the type of record and the action. Raises `typer.BadParameter`."""
    first, _, second = event.partition(".")
    object, name = (first, second) if first in SAMPLES else (second, first)
    sample, action = SAMPLES.get(object), ACTION_ALIASES.get(name)
    if sample is None or action is None:
        raise typer.BadParameter(
            f"'{event}' is not OBJECT.ACTION with one of {', '.join(SAMPLES)} and one of {', '.join(ACTION_ALIASES)}"
        )
    if (action == "delete" and sample.delete is None) or (action == "merge" and sample.merge is None):
        raise typer.BadParameter(f"nothing can {action} a record of the kind {object}")
    return object, action


def _create_sample(client: Client, object: str) -> int | str:
    """Creates a sample, and the records that it requires; returns its id."""
    sample = SAMPLES[object]
    body = dict(sample.new)
    if object == "user":
        body["email"] = f"sample-{secrets.token_hex(4)}@example.com"
    for name, other in sample.needs:
        body[name] = _create_sample(client, other)
    made = client.request(sample.create, {"data": body}).body
    _print_result(sample.create, made)
    id: int | str = made["data"]["id"]
    return id


def _print_result(action: str, answer: Any) -> None:
    data = answer.get("data")
    output.say(f"{action}: {data['id']}" if isinstance(data, dict) and "id" in data else action)
