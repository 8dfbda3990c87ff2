"""HTML that users write: what of it is kept, and what it says."""

from __future__ import annotations

import re
from html import unescape

import nh3

_BREAK = re.compile(r"</?(?:p|div|br|hr|li|ul|ol|dl|dt|dd|table|tr|td|th|h[1-6]|blockquote|pre)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def sanitized(html: str) -> str:
    """HTML with its formatting, links, lists, tables and images, but without scripts, styles and event handlers.

    A text without tags stays as it is.
    """
    return nh3.clean(html, link_rel=None) if "<" in html else html


def text(html: str) -> str:
    """What HTML says, without its tags: what stood in lines or cells of its own has a space between."""
    if "<" in html:
        html = " ".join(_TAG.sub("", _BREAK.sub(" ", html)).split())
    return unescape(html) if "&" in html else html
