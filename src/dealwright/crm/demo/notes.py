"""Generates notes, and comments on them."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from dealwright.crm.correspondence.model import NOTE
from dealwright.crm.deals.model import DEAL
from dealwright.crm.demo import times, words
from dealwright.crm.demo.context import Deal, DemoContext, Organization
from dealwright.crm.values.formats import Values

_ON_ORGANIZATION_RATE = 0.2
_PINNED_RATE = 0.08
_LIST_RATE = 0.2
_COMMENT_RATE = 0.15
_CHANGED_RATE = 0.08


class Comment(NamedTuple):
    """A comment on a note."""

    uuid: str
    note_id: int
    content: str
    user_id: int
    added: int

    def row(self) -> dict[str, object]:
        """Returns the row to store."""
        time = f"{times.format_time(self.added)}.{int(self.uuid[:4], 16) % 1000:03d}"
        return {
            "uuid": self.uuid,
            "note_id": self.note_id,
            "content": self.content,
            "user_id": self.user_id,
            "updater_id": self.user_id,
            "add_time": time,
            "update_time": time,
        }


class Notes:
    """The values of notes by id, and the comments on them."""

    def __init__(self, context: DemoContext, deals: list[Deal], organizations: list[Organization]) -> None:
        self._context = context
        self._deals = [deal for deal in deals if not deal.values["is_deleted"]]
        self._organizations = [one for one in organizations if not one.values["is_deleted"]]
        self.notes: dict[int, Values] = {}
        self.comments: list[Comment] = []

    def add(self, count: int) -> None:
        """Generates notes in the order in which they were added."""
        context, rng = self._context, self._context.rng
        plans: list[tuple[int, Deal | Organization]] = []
        for _ in range(count if self._deals else 0):
            if self._organizations and rng.random() < _ON_ORGANIZATION_RATE:
                organization = context.choice(self._organizations)
                plans.append((context.work_time_between(organization.added, context.now), organization))
            else:
                deal = context.choice(self._deals)
                plans.append((context.work_time_between(deal.added, deal.ended or context.now), deal))
        for id, (added, subject) in enumerate(sorted(plans, key=lambda plan: plan[0]), 1):
            self._add(id, added, subject)

    def _add(self, id: int, added: int, subject: Deal | Organization) -> None:
        context, rng = self._context, self._context.rng
        author = subject.values["owner_id"]
        assert isinstance(author, int)
        deal = subject if isinstance(subject, Deal) else None
        pinned = rng.random() < _PINNED_RATE
        values: Values = {
            "add_time": times.format_time(added),
            "update_time": times.format_time(added),
            "deal_id": subject.id if deal else None,
            "person_id": deal.person.id if deal and deal.person and rng.random() < 0.3 else None,
            "org_id": None if deal else subject.id,
            "pinned_to_deal_flag": pinned and deal is not None,
            "pinned_to_organization_flag": pinned and deal is None,
            "content": self._content(),
            "user_id": author,
            "last_update_user_id": author,
        }
        context.log.create(NOTE, id, values, added, author)
        if deal:
            context.log.touch(DEAL, deal.id, deal.values, added, author)
        timestamp = context.later_work_time(added, rng.random() * 4, after=added)
        if rng.random() < _CHANGED_RATE and timestamp <= context.now:
            context.log.update(NOTE, id, values, timestamp, author, {"content": self._content()})
        self.notes[id] = values
        while rng.random() < _COMMENT_RATE:
            uuid = str(UUID(int=rng.getrandbits(128), version=4))
            timestamp = min(context.later_work_time(added, rng.random() * 3, after=added), context.now)
            self.comments.append(
                Comment(uuid, id, context.choice(words.COMMENTS), context.team.random_member(rng), timestamp)
            )

    def _content(self) -> str:
        rng = self._context.rng
        text = " ".join(rng.sample(words.NOTE_SENTENCES, 1 + int(rng.random() * 2.5)))
        if rng.random() > _LIST_RATE:
            return f"<p>{text}</p>"
        points = "".join(f"<li>{point}</li>" for point in rng.sample(words.NOTE_POINTS, 3))
        return f"<p>{text}</p><ul>{points}</ul>"
