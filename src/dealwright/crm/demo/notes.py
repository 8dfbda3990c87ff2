"""Invented notes, and comments on them."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from dealwright.crm.demo import times, words
from dealwright.crm.demo.story import Deal, Organization, Story
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.notes import NOTE
from dealwright.crm.values import Values

_ON_ORGANIZATION = 0.2
_PINNED = 0.08
_WITH_POINTS = 0.2
_COMMENTED = 0.15
_CHANGED = 0.08


class Comment(NamedTuple):
    """A comment on a note."""

    uuid: str
    note_id: int
    content: str
    user_id: int
    added: int

    def row(self) -> dict[str, object]:
        """The row to store."""
        time = f"{times.text(self.added)}.{int(self.uuid[:4], 16) % 1000:03d}"
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

    def __init__(self, story: Story, deals: list[Deal], organizations: list[Organization]) -> None:
        self._story = story
        self._deals = [deal for deal in deals if not deal.values["is_deleted"]]
        self._organizations = [one for one in organizations if not one.values["is_deleted"]]
        self.notes: dict[int, Values] = {}
        self.comments: list[Comment] = []

    def add(self, count: int) -> None:
        """Makes up notes in the order in which they were added."""
        story, chance = self._story, self._story.chance
        plans: list[tuple[int, Deal | Organization]] = []
        for _ in range(count if self._deals else 0):
            if self._organizations and chance.random() < _ON_ORGANIZATION:
                organization = story.one_of(self._organizations)
                plans.append((story.between(organization.added, story.now), organization))
            else:
                deal = story.one_of(self._deals)
                plans.append((story.between(deal.added, deal.ended or story.now), deal))
        for id, (added, subject) in enumerate(sorted(plans, key=lambda plan: plan[0]), 1):
            self._add(id, added, subject)

    def _add(self, id: int, added: int, subject: Deal | Organization) -> None:
        story, chance = self._story, self._story.chance
        author = subject.values["owner_id"]
        assert isinstance(author, int)
        deal = subject if isinstance(subject, Deal) else None
        pinned = chance.random() < _PINNED
        values: Values = {
            "add_time": times.text(added),
            "update_time": times.text(added),
            "deal_id": subject.id if deal else None,
            "person_id": deal.person.id if deal and deal.person and chance.random() < 0.3 else None,
            "org_id": None if deal else subject.id,
            "pinned_to_deal_flag": pinned and deal is not None,
            "pinned_to_organization_flag": pinned and deal is None,
            "content": self._content(),
            "user_id": author,
            "last_update_user_id": author,
        }
        story.log.created(NOTE, id, values, added, author)
        if deal:
            story.log.touched(DEAL, deal.id, deal.values, added, author)
        at = story.later(added, chance.random() * 4, after=added)
        if chance.random() < _CHANGED and at <= story.now:
            story.log.changed(NOTE, id, values, at, author, {"content": self._content()})
        self.notes[id] = values
        while chance.random() < _COMMENTED:
            uuid = str(UUID(int=chance.getrandbits(128), version=4))
            at = min(story.later(added, chance.random() * 3, after=added), story.now)
            self.comments.append(Comment(uuid, id, story.one_of(words.COMMENTS), story.team.member(chance), at))

    def _content(self) -> str:
        chance = self._story.chance
        text = " ".join(chance.sample(words.NOTE_SENTENCES, 1 + int(chance.random() * 2.5)))
        if chance.random() > _WITH_POINTS:
            return f"<p>{text}</p>"
        points = "".join(f"<li>{point}</li>" for point in chance.sample(words.NOTE_POINTS, 3))
        return f"<p>{text}</p><ul>{points}</ul>"
