"""Texts that are awkward for scanners, and a check that what is done with them takes no more than twice as long for twice the text."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

FLOOR_SECONDS = 0.02
"""What takes less than this tells nothing about growth."""
MAX_GROWTH = 2.5
ATTEMPTS = 5

AWKWARD = (
    *(
        "<",
        ">",
        "<a ",
        "<a b=",
        "<a b='",
        "<!--",
        "<!-- --",
        "</",
        "<ul><li>",
        "<b><p></b>",
        "<div><table><tr><td></div>",
    ),
    *("<title", "<title>", "&", "&#", "&amp;", "<script>", "\\", '\\"', '"', "'", ":(", ")", "(", "[", "{", "]"),
    *("@", "a@", ".", "a@b.", "9", "0.", "-", "+", ",", "1,", ";", "a=", "=", "%", "%41", "_", "*", "/", "../", "?"),
    *(
        " ",
        "\t",
        " a",
        "a b ",
        "\n",
        "x",
        "Zo\u00eb ",
        "e\u0301",
        "\u0301\u0316",
        "\u0301",
        "\u6f22",
        "\u0130",
        "\u00df",
    ),
    *("\U0001f408", "\U0001f408\u200d", "\u202e", "\ufb03", "\u1100\u1161", "\u05d0", "--", "-->", "<x", "a:", "://"),
)
"""Units to repeat: a scanner that goes back, or that looks ahead to the end, meets every beginning with them and no end."""

MOST_AWKWARD = ("<", "<!--", "<ul><li>", "&#", "9", ",", "%", "\u0301\u0316", "\u6f22", "a@b.")
"""Those that differ most in what they do, for places of which there are many."""

HEAD_AWKWARD = (*MOST_AWKWARD, "\\", '\\"', ":(", ")", ";", "a=", "=", "/", "../")
"""Those that the parts of a request's head are made of."""


def repeat(unit: str, length: int, end: str = "@~") -> str:
    """A text of about that length, which ends in something else than it repeats."""
    return unit * (length // len(unit)) + end


def assert_linear(prepare: Callable[[int], Callable[[], object]], length: int, what: str) -> None:
    """Raises AssertionError when what `prepare` makes takes much more than twice the CPU time for twice the length.

    The best of several attempts counts, because the machine is shared; and it must be so for half the length too, because a
    text that no longer fits into the processor's caches takes a step.
    """
    call = prepare(2 * length)
    if cpu_seconds(call) < FLOOR_SECONDS:
        return
    long, short = best_seconds(call), best_seconds(prepare(length))
    if long < FLOOR_SECONDS or long <= MAX_GROWTH * short:
        return
    half = best_seconds(prepare(length // 2))
    # Once more, for what came in between.
    long = min(long, best_seconds(call))
    assert long <= MAX_GROWTH * max(short, MAX_GROWTH * half), (
        f"{what}: {half * 1000:.1f} ms for {length // 2}, {short * 1000:.1f} for {length}, {long * 1000:.1f} for {2 * length}"
    )


def best_seconds(call: Callable[[], object]) -> float:
    """The least CPU time that several attempts took."""
    return min(cpu_seconds(call) for _ in range(ATTEMPTS))


def cpu_seconds(call: Callable[[], object]) -> float:
    """The CPU time that this thread takes for a call; the garbage collector runs before it."""
    gc.collect(0)
    gc.disable()
    try:
        begin = time.thread_time()
        call()
        return time.thread_time() - begin
    finally:
        gc.enable()
