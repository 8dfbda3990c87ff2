"""Invented files on deals and organizations, and pictures of some persons."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.crm import files, imaging, pictures
from dealwright.crm.demo import times, words
from dealwright.crm.demo.story import Deal, Organization, Person, Story
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE, PICTURE
from dealwright.crm.model.persons import PERSON
from dealwright.crm.values import Values
from dealwright.storage.files import FilesOfUnit

_ON_ORGANIZATION = 0.2
# Whoever looks at the first page of persons finds them.
_FIRST_PERSONS = 60
_EDGE = 1024
_GROUNDS = ("#c9dbe8", "#e8d5c9", "#d3e3cd", "#ded3e8", "#e8e3c9")
_COATS = ("#2f4858", "#6b3f3f", "#3f5b45", "#4b3f6b", "#5c5236")
_FACES = ("#f1cfb5", "#e0ac87", "#b97f58", "#8a5a3c", "#5f3d2a")
_HAIRS = ("#2b1d14", "#6d4a2c", "#b98b4e", "#8b8b8b", "#1c1c1c")


class Attachments:
    """The values of files and of pictures by id. Their content goes into the store at once."""

    def __init__(self, story: Story, store: FilesOfUnit) -> None:
        self._story = story
        self._store = store
        self.files: dict[int, Values] = {}
        self.pictures: dict[int, Values] = {}

    def add_files(self, count: int, deals: Sequence[Deal], organizations: Sequence[Organization]) -> None:
        """Makes up files in the order in which they were added."""
        story, chance = self._story, self._story.chance
        live_deals = [deal for deal in deals if not deal.values["is_deleted"]]
        live_organizations = [one for one in organizations if not one.values["is_deleted"]]
        plans: list[tuple[int, Deal | Organization]] = []
        for _ in range(count if live_deals else 0):
            if live_organizations and chance.random() < _ON_ORGANIZATION:
                organization = story.one_of(live_organizations)
                plans.append((story.between(organization.added, story.now), organization))
            else:
                deal = story.one_of(live_deals)
                plans.append((story.between(deal.added, deal.ended or story.now), deal))
        for id, (added, subject) in enumerate(sorted(plans, key=lambda plan: plan[0]), 1):
            self._add_file(id, added, subject)

    def _add_file(self, id: int, added: int, subject: Deal | Organization) -> None:
        story = self._story
        author = subject.values["owner_id"]
        assert isinstance(author, int)
        deal = subject if isinstance(subject, Deal) else None
        name, content_type, text = self._document(subject)
        content, key = text.encode(), self._key()
        self._store.put(content, key)
        values: Values = {
            **files.values_of(name, content_type, len(content), key),
            "user_id": author,
            "deal_id": deal.id if deal else None,
            "org_id": None if deal else subject.id,
            "add_time": times.text(added),
            "update_time": times.text(added),
        }
        story.log.created(FILE, id, values, added, author)
        if deal:
            story.log.touched(DEAL, deal.id, deal.values, added, author)
        self.files[id] = values

    def _document(self, subject: Deal | Organization) -> tuple[str, str, str]:
        """Name, media type and text of a file."""
        chance = self._story.chance
        title = str(subject.values["title" if isinstance(subject, Deal) else "name"])
        kind = chance.random()
        if kind < 0.4 and isinstance(subject, Deal):
            lines = [f"{point};{1 + int(chance.random() * 9)}" for point in chance.sample(words.NOTE_POINTS, 3)]
            return f"Quote {subject.id}.csv", "text/csv", "\n".join(["Position;Number", *lines, ""])
        if kind < 0.7:
            lines = [f"- {point}" for point in chance.sample(words.NOTE_POINTS, 3)]
            return "Next steps.txt", "text/plain", "\n".join([title, "", *lines, ""])
        return "Meeting notes.txt", "text/plain", "\n".join([title, "", *chance.sample(words.NOTE_SENTENCES, 4), ""])

    def add_pictures(self, count: int, persons: Sequence[Person]) -> None:
        """Gives pictures to some of the first persons."""
        story, chance = self._story, self._story.chance
        live = [person for person in persons[:_FIRST_PERSONS] if not person.values["is_deleted"]]
        chosen = chance.sample(live, min(count, len(live)))
        plans = sorted((story.between(person.added, story.now), person.id) for person in chosen)
        for id, (added, person_id) in enumerate(plans, 1):
            person = persons[person_id - 1]
            squares = self._portrait()
            key = self._key()
            for size, square in squares.items():
                self._store.put(square, pictures.stored_under(key, size))
            values: Values = {
                "person_id": person.id,
                "content_key": key,
                "file_size": len(squares[max(squares)]),
                "added_by_user_id": person.owner_id,
                "add_time": times.text(added),
            }
            # A picture is deleted without a moment of its own.
            story.log.created(PICTURE, id, dict(values), added, person.owner_id)
            story.log.changed(PERSON, person.id, person.values, added, person.owner_id, {"picture_id": id})
            self.pictures[id] = values

    def _portrait(self) -> dict[int, bytes]:
        """Head and shoulders of nobody, in all sizes."""
        # Only who makes pictures pays for the library.
        from PIL import Image, ImageDraw  # noqa: PLC0415

        story = self._story
        image = Image.new("RGB", (_EDGE, _EDGE), story.one_of(_GROUNDS))
        draw = ImageDraw.Draw(image)
        draw.ellipse((152, 704, 872, 1440), story.one_of(_COATS))
        draw.ellipse((296, 136, 728, 640), story.one_of(_HAIRS))
        draw.rounded_rectangle((432, 560, 592, 784), 72, face := story.one_of(_FACES))
        draw.ellipse((336, 240, 688, 688), face)
        # Larger than anybody sees it: made smaller, its edges are smooth.
        return {size: imaging.jpeg(image.reduce(_EDGE // size)) for size in pictures.SIZES}

    def _key(self) -> str:
        """A key of the store, the same again for the same seed."""
        return f"{self._story.chance.getrandbits(160):040x}"
