"""HTML that users write: what of it is kept."""

from __future__ import annotations

import nh3


def sanitized(html: str) -> str:
    """HTML with its formatting, links, lists, tables and images, but without scripts, styles and event handlers.

    A text without tags stays as it is.
    """
    return nh3.clean(html, link_rel=None) if "<" in html else html
