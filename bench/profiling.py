"""Profiles one kind of request: the application in this process, without sockets, under cProfile.

The profiler makes every call of a Python function slower, so the shares count, not the times.
"""

from __future__ import annotations

import cProfile
import io
import pstats
from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import itemgetter

from dealwright.crm.companies import Companies
from dealwright.server.application import Application
from dealwright.server.requests import Request
from dealwright.storage.platform import Platform

WARM_UP = 50
REQUESTS = 500
FUNCTIONS = 20

# Of pstats: (file, line, function) to (primitive calls, calls, own seconds, cumulative seconds, callers).
Stats = Mapping[tuple[str, int, str], tuple[int, int, float, float, object]]


def profile(location: str, paths: Sequence[str], token: str) -> str:
    """Returns the shares of each layer in GETs of these paths, and the functions that take most time themselves."""
    platform = Platform(location)
    application = Application(Companies(platform))
    try:
        for number in range(WARM_UP):
            _get(application, paths[number % len(paths)], token)
        profiler = cProfile.Profile()
        with profiler:
            for number in range(REQUESTS):
                _get(application, paths[number % len(paths)], token)
    finally:
        application.close()
        platform.close()
    text = io.StringIO()
    stats = pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime")
    stats.print_stats(FUNCTIONS)
    return "\n".join([*_shares(profiler), "", *text.getvalue().strip().splitlines()[2:]])


def _get(application: Application, path: str, token: str) -> None:
    plain, _, query = path.partition("?")
    scope = {
        "method": "GET",
        "path": plain,
        "query_string": query.encode(),
        "headers": [(b"x-api-token", token.encode())],
    }
    answer = application.respond(Request(scope))
    if answer.status != 200:
        raise RuntimeError(f"GET {path} answered {answer.status}: {answer.body[:200]!r}")


def _shares(profiler: cProfile.Profile) -> list[str]:
    profiler.create_stats()
    own: defaultdict[str, float] = defaultdict(float)
    stats: Stats = profiler.stats
    for (file, _line, function), (_primitive, _calls, seconds, _cumulative, _callers) in stats.items():
        own[_layer(file, function)] += seconds
    total = sum(own.values())
    lines = [f"{1e6 * total / REQUESTS:.0f} µs a request under the profiler, of which each layer itself:"]
    return lines + [
        f"  {100 * seconds / total:5.1f} %  {layer}"
        for layer, seconds in sorted(own.items(), key=itemgetter(1), reverse=True)
    ]


def _layer(file: str, function: str) -> str:
    if "/dealwright/" in file:
        return file.rpartition("/dealwright/")[2].partition("/")[0].removesuffix(".py")
    if "sqlite3" in function or "psycopg" in file:
        return "database driver"
    if "orjson" in function:
        return "orjson"
    return file.rpartition("/site-packages/")[2].partition("/")[0] if "/site-packages/" in file else "Python"
