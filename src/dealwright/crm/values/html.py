"""HTML that users write: removes unsafe parts, and extracts the text."""

from __future__ import annotations

import re
from html import unescape

import nh3

_BREAK = re.compile(r"</?(?:p|div|br|hr|li|ul|ol|dl|dt|dd|table|tr|td|th|h[1-6]|blockquote|pre)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def sanitize(html: str) -> str:
    """Returns HTML without scripts, styles and event handlers; formatting, links, lists, tables and images stay.

    A text without tags stays as it is.
    """
    return nh3.clean(html, link_rel=None) if "<" in html else html


def to_text(html: str) -> str:
    """Returns the text of HTML, without tags: a space separates lines and table cells."""
    if "<" in html:
        html = " ".join(_TAG.sub("", _BREAK.sub(" ", html)).split())
    return unescape(html) if "&" in html else html
