"""A real browser, as fixtures for all tests.

While it is open no other event loop can run in the thread, so such a module talks to servers in processes of their
own (`sandbox`), not to the application in this one (`api`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from scripts import browser as chromium
from scripts.apt import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ACTION_MILLISECONDS = 15_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window; skips the tests where it cannot be had."""
    from playwright.sync_api import sync_playwright

    try:
        program = chromium.program()
    except Unavailable as reason:
        pytest.skip(f"Browser: {reason}")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(chromium.FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of somebody who has never been here: no cookies, nothing remembered."""
    context = browser.new_context()
    context.set_default_timeout(ACTION_MILLISECONDS)
    yield context.new_page()
    context.close()
