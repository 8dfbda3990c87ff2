"""A real browser for the tests of pages: Chromium, found or, as root on Debian, installed.

    python -m scripts.browser

installs it or says why it cannot be had. The tests drive it with Playwright, which brings no browser of its own here.
"""

from __future__ import annotations

import os
import shutil
import sys

from scripts import apt
from scripts.apt import Unavailable

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run"),
    # Nothing is asked of anybody but the server under test.
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # Chromium's sandbox does not work for root.
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
)


def find_or_install() -> str:
    """Returns the path of the browser, installing it where that can be done. Raises Unavailable with the reason."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or apt.find_or_install("chromium", "chromium")


def main() -> int:
    """Installs; a browser that cannot be had is said, and is no failure: its tests say so again and are skipped."""
    try:
        find_or_install()
    except Unavailable as reason:
        print(f"The browser is left out: {reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
