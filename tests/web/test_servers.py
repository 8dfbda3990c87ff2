"""What a page does while its server changes: many tabs, a worker that dies, a server that is gone."""

from __future__ import annotations

import os
import re
import signal
from functools import partial

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.storage.platform import Platform
from tests.app_browser import EMAIL, PASSWORD
from tests.server_process import ServerProcess, run_server, wait_until, workers
from tests.web.app_page import AppPage
from tests.web.conftest import OpenApp, Site

TABS = 10
BROKEN = r"net::ERR_|status of 50[234]|Failed to load resource"


def test_ten_tabs_have_one_stream(app: AppPage, site: Site) -> None:
    """With one for each tab, the seventh could ask for nothing: browsers open six connections to a host."""

    def streams() -> list[str]:
        return [line for line in site.log.read_text().splitlines() if "/app/api/changes" in line]

    before = len(streams())
    with app.page.expect_event("request", lambda one: "/app/api/changes" in one.url, timeout=60_000):
        app.open("/connections")
    tabs = [app.page]
    for _ in range(TABS - 1):
        tab = app.context.new_page()
        tab.goto("/actions")
        tab.locator("[data-row]").first.wait_for()
        tabs.append(tab)
    asked = [one for one in app.requested if "/app/api/changes" in one.url]
    assert len(asked) == 1
    # The tab that listens is closed: another one goes on.
    with app.context.expect_event("request", lambda one: "/app/api/changes" in one.url, timeout=60_000) as next_one:
        tabs.pop(0).close()
    listening = next_one.value.frame.page
    # It is closed last: each of the others would go on in its place.
    for tab in sorted(tabs, key=lambda tab: tab is listening):
        tab.close()
    # The server writes a line when a stream has ended.
    wait_until(lambda: len(streams()) >= before + 2, "the streams did not end")
    assert len(streams()) == before + 2


def test_a_page_outlives_workers_and_tells_when_nobody_answers(location: str, open_app: OpenApp, site: Site) -> None:
    with run_server(location, "--workers", "2") as server:
        platform = Platform(location)
        logins.set_password(platform, UserRef(1, 1), EMAIL, PASSWORD)
        platform.close()
        app = open_app(site, signed_in=False, url=server.url)
        app.open("/")
        app.sign_in(EMAIL, PASSWORD)
        app.heading("Connections").wait_for()
        with app.expecting(BROKEN):
            # One of the two answers this page: each is killed once.
            for path in ("Actions", "Runs"):
                before = workers(server)
                os.kill(before[0], signal.SIGKILL)
                app.page.get_by_role("link", name=path, exact=True).first.click()
                app.heading(re.compile(f"^{path}")).wait_for()
                app.settle()
                assert app.page.get_by_role("heading", name="This did not load").count() == 0
                wait_until(partial(_is_replaced, server, before[0]), "nobody took its place")
            app.open("/runs")
            app.heading("Runs").wait_for()
            server.process.terminate()
            server.process.wait(60)
            app.page.get_by_role("link", name="Actions", exact=True).first.click()
            app.page.get_by_text("The server cannot be reached.").first.wait_for()
            app.keep("unreachable")
        app.close()


def _is_replaced(server: ServerProcess, worker: int) -> bool:
    found = workers(server)
    return len(found) == 2 and worker not in found
