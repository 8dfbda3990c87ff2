"""Finding routes."""

from __future__ import annotations

from dealwright.contract import catalogue
from dealwright.server import oauth
from dealwright.server.binding import handlers
from dealwright.server.router import MAX_CACHED_PATH_LENGTH
from dealwright.server.routes import build_router


def test_every_action_has_a_handler() -> None:
    served = {
        (endpoint.method, endpoint.path) for endpoint, _ in handlers().values() if endpoint.version in ("v1", "v2")
    }
    of_the_provider = {(endpoint.method, endpoint.path) for endpoint in oauth.ENDPOINTS}
    assert served.isdisjoint(of_the_provider)
    assert served | of_the_provider == {(entry.method, entry.path) for entry in catalogue.entries().values()}


def test_long_paths_of_strangers_are_not_kept() -> None:
    router = build_router()
    router._find_cached.cache_clear()
    for number in range(2000):
        assert router.find("GET", f"/v1/deals/{number}{'0' * MAX_CACHED_PATH_LENGTH}").target is not None
        assert router.find("GET", f"/{number}{'x' * MAX_CACHED_PATH_LENGTH}").target is None
    assert router._find_cached.cache_info().currsize == 0
    assert router.find("GET", "/v1/deals/1").variables == ("1",)
    assert router._find_cached.cache_info().currsize == 1
