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

ACTION_TIMEOUT_MS = 15_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yields a headless browser; skips the tests where none can be installed."""
    from playwright.sync_api import sync_playwright

    try:
        program = chromium.find_or_install()
    except Unavailable as reason:
        pytest.skip(f"Browser: {reason}")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(chromium.FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Yields an empty page in a new browser context, without cookies and stored data."""
    context = browser.new_context()
    context.set_default_timeout(ACTION_TIMEOUT_MS)
    yield context.new_page()
    context.close()
