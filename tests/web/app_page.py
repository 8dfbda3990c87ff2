"""A page of the web app in a real browser, which notes whatever should not happen while somebody uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from scripts import web
from tests.browser import ACTION_TIMEOUT_MS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AXE = web.FOLDER / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}"""
WIDTH_TOO_MUCH = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class AppPage:
    """One browser of one person: a context with one page, or several; ``check`` tells what went wrong in it."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        screenshots: Path,
        *,
        cookies: Mapping[str, str] | None = None,
        other_hosts: Sequence[str] = (),
    ) -> None:
        self.url = url
        self.problems: list[str] = []
        self.requested: list[Request] = []
        self._screenshots = screenshots
        self._hosts = {urlsplit(address).netloc for address in (url, *other_hosts)}
        self._expected: list[str] = []
        # What moves would be at another place in each picture, and of another colour for axe.
        self.context: BrowserContext = browser.new_context(
            base_url=url,
            viewport=WIDE,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        for name, value in (cookies or {}).items():
            self.context.add_cookies([{"name": name, "value": value, "url": url}])
        self.context.set_default_timeout(ACTION_TIMEOUT_MS)
        self.context.on("console", self._note_message)
        self.context.on("weberror", lambda error: self._note(f"Uncaught: {error.error}"))
        self.context.on("request", self._note_request)
        self.page: Page = self.context.new_page()

    def _note(self, problem: str) -> None:
        if not any(re.search(expected, problem) for expected in self._expected):
            self.problems.append(problem)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"Console: {message.text} ({message.location.get('url', '')})")

    def _note_request(self, request: Request) -> None:
        self.requested.append(request)
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self._hosts:
            self._note(f"Another host was asked: {request.url}")

    @contextmanager
    def expecting(self, *problems: str) -> Iterator[None]:
        """Takes what matches these patterns for no problem inside: what the browser says of an answer with an error."""
        self._expected += problems
        yield
        # What the page says of it may come a little later.
        self.page.wait_for_timeout(100)
        del self._expected[-len(problems) :]

    def check(self) -> None:
        """Raises AssertionError if anything went wrong since the page was opened."""
        assert not self.problems, "\n".join(self.problems)

    def close(self) -> None:
        self.context.close()

    # --- What people do

    def open(self, path: str) -> None:
        self.page.goto(path)

    def sign_in(self, email: str, password: str) -> None:
        """Fills the form of the sign-in, which is shown, and sends it."""
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.button("Sign in").click()

    def choose(self, menu: str | re.Pattern[str], item: str) -> None:
        """Opens a menu by its button, and chooses from it."""
        self.page.get_by_role("button", name=menu).click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    def action(self, name: str) -> Locator:
        """Returns the row of an action: ``v2/post_deals``."""
        return self.page.locator(f"a[href='/actions/{name}']")

    def heading(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("heading", name=name)

    def wait_for_path(self, path: str | re.Pattern[str]) -> None:
        """Waits until the page has this path, or one that matches."""
        expected = path if isinstance(path, re.Pattern) else re.compile(re.escape(path))
        self.page.wait_for_url(lambda url: expected.fullmatch(urlsplit(url).path) is not None)

    def settle(self) -> None:
        """Waits until what is shown is complete: fonts, requests that read, placeholders but those in the gallery."""
        self.page.locator("[aria-busy]:not([aria-busy=false], button, [data-specimen] *)").first.wait_for(
            state="hidden"
        )
        self.page.evaluate("document.fonts.ready.then(() => undefined)")

    # --- What is looked at

    def keep(self, name: str, *, full_check: bool = True) -> None:
        """Keeps pictures of what is shown, light and dark, wide and narrow, and looks for what is wrong in each.

        ``full_check`` is without effect on what is found by looking: only where a page was examined before it is left out.
        """
        self.settle()
        for size in (WIDE, NARROW):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)
                place = f"{name}-{size['width']}-{scheme}"
                self._screenshots.mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=self._screenshots / f"{place}.png", animations="disabled")
                if full_check:
                    self.problems += [f"{place}: {finding}" for finding in self.find_barriers()]
            too_much = self.page.evaluate(WIDTH_TOO_MUCH)
            if too_much > 0:
                self.problems.append(f"{name}: {too_much} px wider than a screen of {size['width']} px")
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")

    def find_barriers(self) -> list[str]:
        """Returns what axe calls serious or critical in what is shown."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text() + "; undefined")
        found: Any = self.page.evaluate(RUN_AXE)
        return [str(finding) for finding in found]
