"""The log of limits that are reached: one line for each limit in ten seconds, however many clients reach it."""

from __future__ import annotations

import logging
import time

from dealwright import _metrics

LOG_INTERVAL_SECONDS = 10.0

log = logging.getLogger(__name__)


class LimitLog:
    """Writes one line for each limit that is reached, but not more than one in ten seconds for the same limit.

    The next line says how many there were meanwhile, so that nobody can fill a disk with them.
    """

    def __init__(self) -> None:
        self._logged_at: dict[str, float] = {}
        self._omitted: dict[str, int] = {}

    def report(self, limit: str, address: str) -> None:
        """Logs that a client has reached a limit. ``limit`` is one of a fixed number of texts."""
        _metrics.LIMITS_REACHED.add(limit)
        now = time.monotonic()
        if now - self._logged_at.get(limit, -LOG_INTERVAL_SECONDS) < LOG_INTERVAL_SECONDS:
            self._omitted[limit] = self._omitted.get(limit, 0) + 1
            return
        self._logged_at[limit] = now
        omitted = self._omitted.pop(limit, 0)
        # Behind a proxy, the address is a text that the proxy has passed on.
        shown = "".join(character for character in address[:64] if character.isprintable())
        log.warning(
            "%s: %s%s",
            shown or "A client",
            limit,
            f" ({omitted} more since the last line)" if omitted else "",
            extra={"limit": limit, "address": shown, "omitted": omitted},
        )


limit_log = LimitLog()
"""The log of this process."""
