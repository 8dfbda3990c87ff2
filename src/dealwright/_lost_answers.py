"""Answers that never come: what a sandbox raises in their place, and what channels make of it."""

from __future__ import annotations


class AnswerLost(Exception):
    """The client gets no answer: its connection breaks, or it ``timed_out`` waiting."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__("no answer in time" if timed_out else "the connection was cut")
        self.timed_out = timed_out
