"""Measures the web app in Chromium over a company of BENCH_ROWS deals (100,000 unless given), beside its budgets.

    make bench-web
    BENCH_ROWS=1000 BENCH_STEPS=200 make bench-web      quickly

Times are taken in the page: from the beginning of a navigation, or from a key, to the frame in which the answer is shown. The
median of several rounds counts; what people notice most is printed with the slowest one, too. Sizes are those on the wire.
"""

from __future__ import annotations

import gzip
import os
import re
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench import company
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.server.web_app import FOLDER
from dealwright.storage.platform import Platform
from scripts import browser as chromium
from scripts.apt import Unavailable
from tests.sandbox import run_serve_command

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
STEPS = int(os.environ.get("BENCH_STEPS", "2000"))
ROUNDS = 7
KB, MB = 1024, 1024 * 1024
EMAIL, PASSWORD = "owner@bench.example", "a good pass phrase"
TYPED = "create a deal"
KEY_PAUSE_MS = 400

# Asked for frame by frame in the page: its policy forbids what Playwright would wait with.
USABLE = """async () => {
  const isUsable = () => document.querySelector("h1") && !document.querySelector("[aria-busy]:not([aria-busy=false], button)");
  while (!isUsable() || document.fonts.status !== "loaded") await new Promise(requestAnimationFrame);
  return performance.now();
}"""
FOLLOW_KEYS = """(selector) => {
  // The time from a key to the frame that shows the first of what it changed.
  window.answers = [];
  let pressed = 0;
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  new MutationObserver(async () => {
    const began = pressed;
    pressed = 0;
    if (!began) return;
    await frame();
    window.answers.push(performance.now() - began);
  }).observe(document.querySelector(selector), { subtree: true, childList: true, characterData: true });
  addEventListener("keydown", (event) => { if (event.key !== "Control") pressed = event.timeStamp; }, true);
}"""
TAKE_ANSWERS = "window.answers.splice(0)"


class Figure(NamedTuple):
    """What was measured, beside its budget, if there is one."""

    name: str
    value: float
    budget: float | None
    unit: str
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.value / self.budget if self.budget else 0.0


class Company(NamedTuple):
    """The server that is measured, and the cookies of its owner's browser."""

    url: str
    cookies: Mapping[str, str]


def main() -> int:
    """Prints the table; returns 1 when something is over its budget."""
    try:
        program = chromium.find_or_install()
    except Unavailable as reason:
        print(f"Nothing is measured: {reason}", file=sys.stderr)
        return 1
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - which checks of types alone do without

    with _run_company() as served, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=[*chromium.FLAGS, "--js-flags=--expose-gc"])
        figures = list(_measure(opened, served))
        opened.close()
    _print(figures)
    return int(any(figure.ratio > 1 for figure in figures))


@contextmanager
def _run_company() -> Iterator[Company]:
    """Yields a server with a large company, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="dealwright-bench-web-") as folder:
        location = str(Path(folder) / "data")
        company.create_company(location)
        company.load_rows(location, ROWS)
        platform = Platform(location)
        logins.set_password(platform, UserRef(1, 1), EMAIL, PASSWORD)
        platform.close()
        with run_serve_command("--database", location, "--files", folder, "--port", "0") as (_, line):
            address = re.search(r"http://\S+", line)
            assert address, line
            yield Company(address[0], _sign_in(address[0]))


def _sign_in(url: str) -> Mapping[str, str]:
    import httpx2  # noqa: PLC0415 - which takes a while to load

    with httpx2.Client(base_url=url, timeout=60) as client:
        headers = {"x-csrf-token": client.get("/app/api/session").json()["csrf_token"]}
        answer = client.post("/app/api/session", json={"email": EMAIL, "password": PASSWORD}, headers=headers)
        answer.raise_for_status()
        return dict(client.cookies.items())


def _measure(browser: Browser, served: Company) -> Iterator[Figure]:
    yield from _sizes(browser, served)
    for name, path in (("first page", "/"), ("actions", "/actions")):
        cold, warm = _times_of_loads(browser, served, path)
        yield Figure(f"{name} usable, cold", statistics.median(cold), 1500, "ms", _slowest(cold))
        yield Figure(f"{name} usable, warm", statistics.median(warm), 600, "ms", _slowest(warm))
    keys, palette = _times_of_keys(browser, served)
    yield Figure("key in the index of actions", statistics.median(keys), 100, "ms", _slowest(keys))
    yield Figure("command palette opens or answers a key", statistics.median(palette), 150, "ms", _slowest(palette))
    yield from _memory(browser, served)


def _slowest(times: Sequence[float]) -> str:
    return f"slowest of {len(times)}: {max(times):.0f} ms"


def _open_page(browser: Browser, served: Company) -> Page:
    """Returns a page in a new context: nothing is cached in it."""
    context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 800})
    for name, value in served.cookies.items():
        context.add_cookies([{"name": name, "value": value, "url": served.url}])
    return context.new_page()


def _time_of_load(page: Page, path: str) -> float:
    page.goto(path, wait_until="commit")
    return float(page.evaluate(USABLE))


def _times_of_loads(browser: Browser, served: Company, path: str) -> tuple[list[float], list[float]]:
    cold, warm = [], []
    for _ in range(ROUNDS):
        page = _open_page(browser, served)
        cold.append(_time_of_load(page, path))
        page.wait_for_load_state("load")
        warm.append(_time_of_load(page, path))
        page.context.close()
    return cold, warm


def _sizes(browser: Browser, served: Company) -> Iterator[Figure]:
    """Yields the sizes of the first load, of the largest other chunk, and of all of it in the wheel."""
    page = _open_page(browser, served)
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    _time_of_load(page, "/")
    page.wait_for_load_state("load")
    sizes = {one.url: (one.resource_type, one.sizes()["responseBodySize"]) for one in finished}
    page.context.close()
    code = sum(size for kind, size in sizes.values() if kind in ("document", "script", "stylesheet"))
    fonts = sum(size for kind, size in sizes.values() if kind == "font")
    yield Figure("first load: page, scripts, styles", code / KB, 230, "KB")
    yield Figure("first load: fonts", fonts / KB, None, "KB")
    loaded = {url.rpartition("/")[2] for url in sizes}
    others = [path for path in FOLDER.rglob("*.js") if path.name not in loaded]
    largest = max(others, key=lambda path: path.stat().st_size)
    packed = len(gzip.compress(largest.read_bytes(), 9))
    yield Figure("largest other chunk", packed / KB, 200, "KB", f"{largest.name}, of {len(others)}")
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as wheel:
            for path in FOLDER.rglob("*"):
                wheel.write(path, path.relative_to(FOLDER))
        yield Figure("share of the wheel", target.tell() / MB, 1.2, "MB")


def _times_of_keys(browser: Browser, served: Company) -> tuple[list[float], list[float]]:
    """Returns how long keys take to be answered: in the index, which shows all actions, and in the command palette."""
    page = _open_page(browser, served)
    _time_of_load(page, "/actions?version=all")
    page.evaluate(FOLLOW_KEYS, "main section")
    keys: list[float] = []
    for _ in range(3):
        page.get_by_role("searchbox").focus()
        page.keyboard.type(TYPED, delay=KEY_PAUSE_MS)
        for _ in TYPED:
            page.keyboard.press("Backspace", delay=0)
            page.wait_for_timeout(KEY_PAUSE_MS)
        keys += page.evaluate(TAKE_ANSWERS)
    page.evaluate(FOLLOW_KEYS, "body")
    palette: list[float] = []
    for _ in range(ROUNDS):
        page.keyboard.press("Control+k")
        page.wait_for_timeout(KEY_PAUSE_MS)
        page.keyboard.type("run", delay=KEY_PAUSE_MS)
        page.wait_for_timeout(KEY_PAUSE_MS)
        palette += page.evaluate(TAKE_ANSWERS)
        page.keyboard.press("Escape")
        page.wait_for_timeout(KEY_PAUSE_MS)
        page.evaluate(TAKE_ANSWERS)
    page.context.close()
    return keys, palette


def _memory(browser: Browser, served: Company) -> Iterator[Figure]:
    """Walks through the app, and yields what the tab holds then."""
    page = _open_page(browser, served)
    _time_of_load(page, "/actions")
    before = _renderer_megabytes(browser, page)
    _walk(page)
    after = _renderer_megabytes(browser, page)
    yield Figure(f"memory of a tab after {STEPS:,} steps", after, 150, "MB", f"{before:.0f} MB before them")
    heap = page.evaluate("(gc(), gc(), performance.memory.usedJSHeapSize)")
    yield Figure("of these, objects of scripts", heap / MB, None, "MB")
    page.context.close()


def _walk(page: Page) -> None:
    """Goes from page to page by links and keys, and types."""
    rail = page.get_by_role("navigation", name="Main").first
    steps = 0
    while steps < STEPS:
        for place in ("Connections", "Actions", "Runs", "Settings", "Actions"):
            rail.get_by_role("link", name=place, exact=True).click()
            page.evaluate(USABLE)
            steps += 1
        page.get_by_role("searchbox").fill("")
        page.keyboard.type("deal field", delay=0)
        steps += len("deal field")
        page.locator("[data-row]").nth(steps % 5).click()
        page.evaluate(USABLE)
        page.go_back()
        page.locator("[data-row]").first.wait_for()
        steps += 3


def _renderer_megabytes(browser: Browser, page: Page) -> float:
    """Returns what the page's process holds for itself alone, after it has let go of what is not needed."""
    page.evaluate("(gc(), gc())")
    page.wait_for_timeout(1000)
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    held = [_anonymous_megabytes(int(one["id"])) for one in processes if one["type"] == "renderer"]
    # Beside the page's there may be a spare one, which is small.
    return max(held)


def _anonymous_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    assert found, status
    return int(found[1]) / KB


def _print(figures: Sequence[Figure]) -> None:
    print(f"\n{f'{ROWS:,} deals':<42}{'figure':>10}{'budget':>10}{'ratio':>7}")
    for name, value, budget, unit, note in figures:
        shown = f"{value:.2f}" if value < 10 else f"{value:.0f}"
        beside = f"{budget:g} {unit}" if budget else ""
        ratio = f"{value / budget:.2f}" if budget else ""
        print(f"{name:<42}{f'{shown} {unit}':>10}{beside:>10}{ratio:>7}  {note}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
