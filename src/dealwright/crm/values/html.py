"""HTML that users write: removes unsafe parts, and extracts the text.

Both take time in proportion to the length of the text, whatever is in it. A tag is found by `str.find`, never by a pattern, and
in what nh3 gets every element is closed, and few are in one another: the parser inside of it looks through all open elements at
every tag.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape, unescape
from typing import Any, Literal, NamedTuple, NewType

import nh3

from dealwright.crm.errors import Invalid

SafeHtml = NewType("SafeHtml", str)
"""HTML that `sanitize` has returned. Rules store no other, so that they cannot be called before it is sanitized."""

MAX_BYTES = 100 * 1024
"""The maximum size of HTML, before and after it is sanitized."""

MAX_NESTING = 200_000
"""The maximum sum, over all tags, of how many elements are open there. Browsers and `nh3` take longer the more are open."""

MAX_ATTRIBUTES = 50
"""How many attributes of a tag are kept."""
MAX_ATTRIBUTE_LENGTH = 4096
"""How long the value of an attribute may be that is kept."""

MENTION_ATTRIBUTES = ("data-mentions", "data-mention")
"""The attributes that hold the id of the user who is mentioned there."""

_SHORT = 1000
_LONGEST_REFERENCE = 40
_MENTION_TAGS = ("a", "span")
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    **{tag: {*nh3.ALLOWED_ATTRIBUTES.get(tag, ()), *MENTION_ATTRIBUTES} for tag in _MENTION_TAGS},
}
_BREAKS = frozenset(
    [
        "p",
        "div",
        "br",
        "hr",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "table",
        "tr",
        "td",
        "th",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
    ],
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_DROPPED = frozenset({"script", "style"})
# What a new element of some kind ends, when it is the innermost one.
_ENDED_BY = {
    "li": frozenset({"li", "p"}),
    "dt": frozenset({"dt", "dd", "p"}),
    "dd": frozenset({"dt", "dd", "p"}),
    "tr": frozenset({"td", "th", "tr"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    **dict.fromkeys(_BREAKS - {"br", "li", "dt", "dd", "tr", "td", "th"}, frozenset({"p"})),
}


_SPACES = " \t\n\r\f"
_VALUE_ENDS = f"{_SPACES}>"
_NAME_ENDS = f"{_SPACES}/>"
_ATTRIBUTE_ENDS = f"{_NAME_ENDS}="
# The longest tag without attributes that is read at once.
_PLAIN_TAG = 16

Attributes = tuple[tuple[str, str], ...]


class _Token(NamedTuple):
    """A piece of HTML: a text as it stands there, or a tag with its name in lower case."""

    kind: Literal["text", "start", "end"]
    text: str
    attributes: Attributes = ()


def sanitize(html: str, path: str) -> SafeHtml:
    """Returns HTML without scripts, styles and event handlers; formatting, links, lists, tables, images and mentions stay.

    A text without tags stays as it is. Raises `Invalid` for HTML that is too large or nested too deeply.
    """
    _check_size(html, path, MAX_BYTES)
    if "<" not in html:
        return SafeHtml(html)
    cleaned = _clean(html, path, link_rel=None, attributes=_ATTRIBUTES)
    _check_size(cleaned, path, MAX_BYTES)
    return SafeHtml(cleaned)


def sanitize_mail(html: str, path: str, max_bytes: int) -> SafeHtml:
    """Returns the HTML of a message as `sanitize` does, and without anything that a browser would load from elsewhere.

    Of images those stay that came with the message (``cid:``). Raises `Invalid`.
    """
    _check_size(html, path, max_bytes)
    schemes = {"http", "https", "mailto", "tel", "cid"}
    cleaned = _clean(html, path, url_schemes=schemes, attribute_filter=_keep_own_images)
    _check_size(cleaned, path, max_bytes)
    return SafeHtml(cleaned)


def mentioned_ids(html: SafeHtml) -> frozenset[int]:
    """Returns the ids of the users whom HTML mentions."""
    if MENTION_ATTRIBUTES[1] not in html:
        return frozenset()
    values = (
        value
        for token in _tokens(html)
        if token.kind == "start" and token.text in _MENTION_TAGS
        for name, value in token.attributes
        if name in MENTION_ATTRIBUTES
    )
    return frozenset(int(value) for value in values if value.isascii() and value.isdecimal() and len(value) < 16)


def from_text(text: str) -> SafeHtml:
    """Returns a text as HTML that looks like it."""
    return SafeHtml(escape(text, quote=False).replace("\n", "<br>\n"))


def _keep_own_images(tag: str, attribute: str, value: str) -> str | None:
    is_elsewhere = attribute not in ("href", "title", "alt") and not value.startswith("cid:") and ":" in value
    return None if is_elsewhere or (tag == "img" and attribute == "src" and not value.startswith("cid:")) else value


def _clean(html: str, path: str, **options: Any) -> str:
    if len(html) <= _SHORT:
        return nh3.clean(html, **options)
    # For nh3 the ampersands of texts are a character like any other: at every reference it copies the text before it.
    used = set(html)
    ampersand = next(character for code in range(0xE000, 0x110000) if (character := chr(code)) not in used)
    return nh3.clean(_balanced(html, ampersand, path), **options).replace(ampersand, "&")


def _check_size(html: str, path: str, max_bytes: int) -> None:
    if len(html) > max_bytes or len(html.encode(errors="surrogatepass")) > max_bytes:
        raise Invalid(f"may not be larger than {max_bytes} bytes", path)


def to_text(html: str) -> str:
    """Returns the text of HTML, without tags: a space separates lines and table cells."""
    if "<" in html:
        pieces = (
            token.text if token.kind == "text" else " " if token.text in _BREAKS else "" for token in _tokens(html)
        )
        html = " ".join("".join(pieces).split())
    return _unescape(html) if "&" in html else html


def _unescape(text: str) -> str:
    """Returns a text with its character references replaced. The standard library fails at numbers of thousands of digits."""
    first, *others = text.split("&")
    return first + "".join(unescape(f"&{other[:_LONGEST_REFERENCE]}") + other[_LONGEST_REFERENCE:] for other in others)


def _balanced(html: str, ampersand: str, path: str) -> str:
    """Returns HTML in which every element is closed. Raises `Invalid` when too many elements are in one another.

    ``ampersand`` is what ampersands of texts are replaced by.
    """
    found: list[str] = []
    open_elements: list[str] = []
    nesting = 0
    dropping = ""
    for kind, text, attributes in _tokens(html):
        if dropping:
            dropping = "" if kind == "end" and text == dropping else dropping
            continue
        if kind == "text":
            found.append(escape(_unescape(text), quote=False).replace("&", ampersand))
            continue
        nesting += len(open_elements) + 1
        if nesting > MAX_NESTING:
            raise Invalid("nests too many tags: close them, or send fewer", path)
        if kind == "start":
            if text in _DROPPED:
                dropping = text
            elif text in nh3.ALLOWED_TAGS:
                _open(found, open_elements, text, attributes)
        elif text in open_elements:
            while (closed := open_elements.pop()) != text:
                found.append(f"</{closed}>")
            found.append(f"</{text}>")
    found += [f"</{name}>" for name in reversed(open_elements)]
    return "".join(found)


def _open(found: list[str], open_elements: list[str], name: str, attributes: Attributes) -> None:
    """Appends the tag that opens an element, after those that close what it ends."""
    while open_elements and open_elements[-1] in _ENDED_BY.get(name, ()):
        found.append(f"</{open_elements.pop()}>")
    if name not in _VOID:
        open_elements.append(name)
    written = "".join(f' {key}="{_escape_value(value)}"' for key, value in attributes)
    found.append(f"<{name}{written}>")


def _escape_value(value: str) -> str:
    """Returns the value of an attribute in quotes, in which nothing but whole character references begins with an ampersand."""
    first, *others = value.split("&")
    references = (other[:_LONGEST_REFERENCE].partition(";") for other in others)
    joined = first + "".join(
        f"&{other}" if end and name.removeprefix("#").isalnum() else f"&amp;{other}"
        for other, (name, end, _) in zip(others, references, strict=True)
    )
    return joined.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _tokens(html: str) -> Iterator[_Token]:
    """Yields the pieces of HTML, without comments. A tag that does not end is text."""
    position = 0
    while (start := html.find("<", position)) >= 0:
        if start > position:
            yield _Token("text", html[position:start])
        after = html[start + 1 : start + 2]
        closing = after == "/"
        first = html[start + 2 : start + 3] if closing else after
        if first.isascii() and first.isalpha():
            tag, position = _read_tag(html, start + 1 + closing)
            if tag is None:
                yield _Token("text", html[start:])
                return
            yield _Token("end" if closing else "start", *tag)
        elif after in ("!", "?") or closing:
            is_comment = html.startswith("<!--", start)
            end = html.find("-->", start + 4) if is_comment else html.find(">", start)
            if end < 0:
                return
            position = end + (3 if is_comment else 1)
        else:
            yield _Token("text", "<")
            position = start + 1
    if position < len(html):
        yield _Token("text", html[position:])


def _read_tag(html: str, position: int) -> tuple[tuple[str, Attributes] | None, int]:
    """Returns name and attributes of the tag whose name begins at a position, and where it ends; None when it does not."""
    end = html.find(">", position, position + _PLAIN_TAG)
    if end >= 0 and (name := html[position:end]).isalnum():
        return (name.lower(), ()), end + 1
    end = _skip(html, position, _NAME_ENDS, until=True)
    name, position = html[position:end].lower(), end
    attributes: dict[str, str] = {}
    while position < len(html):
        if html[position] == ">":
            return (name, tuple(attributes.items())), position + 1
        if html[position] in _NAME_ENDS:
            position += 1
            continue
        # An equals sign in front is part of the name.
        end = _skip(html, position + 1, _ATTRIBUTE_ENDS, until=True)
        key = html[position:end].lower()
        value, position = _read_value(html, _skip(html, end, _SPACES))
        if position < 0:
            break
        is_name = key.isascii() and key.replace("-", "").isalnum()
        if is_name and len(attributes) < MAX_ATTRIBUTES and len(value) <= MAX_ATTRIBUTE_LENGTH:
            attributes.setdefault(key, value)
    return None, -1


def _read_value(html: str, position: int) -> tuple[str, int]:
    """Returns the value of an attribute, empty where there is none, and where it ends: -1 when it does not."""
    if html[position : position + 1] != "=":
        return "", position
    position = _skip(html, position + 1, _SPACES)
    quote = html[position : position + 1]
    if quote not in ('"', "'"):
        end = _skip(html, position, _VALUE_ENDS, until=True)
        return html[position:end], end
    end = html.find(quote, position + 1)
    return html[position + 1 : end], end + 1 if end >= 0 else -1


def _skip(html: str, position: int, characters: str, *, until: bool = False) -> int:
    """Returns the first position behind these characters, or with ``until`` the first one that has one of them."""
    while position < len(html) and (html[position] in characters) != until:
        position += 1
    return position
