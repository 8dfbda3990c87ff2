"""What comes of texts that are too long, too deep or too odd: a clear answer, and nothing lost of what is taken."""

from __future__ import annotations

import pytest

from dealwright.crm.values.html import MAX_BYTES
from dealwright.server.v1.sorting import MAX_TERMS
from tests.api import Api

LONG = " " * 1100
"""What makes a note long enough to be closed before it is cleaned."""


def note(api: Api, content: str) -> str:
    deal = api.post("/v1/deals", {"title": "Deal"}).data["id"]
    cleaned: str = api.post("/v1/notes", {"content": content, "deal_id": deal}).data["content"]
    return cleaned


@pytest.mark.parametrize(
    "content",
    [
        "a & b < c &copy; &amp;lt; <b>x &lt;script&gt;</b>",
        "\ue000<p>q&nbsp;r</p>",
        "<a href='java&#115;cript:alert(1)' title='&copy=1 &amp; \"q\"'>x</a><a href='?a=1&copy=2&b=3'>y</a>",
        "<img src=x onerror=alert(1)><b onclick='x'>y</b><script>alert('<b>')</script><style>p{}</style>z",
        "<ul><li>a</li><li>b<ul><li>c</ul></ul><table><tr><td>1<td>2<tr><td>3</table><p>x<p>y<br/>z",
    ],
)
def test_long_notes_are_cleaned_as_short_ones(api: Api, content: str) -> None:
    assert note(api, content + LONG).replace(LONG, "") == note(api, content)


def test_elements_that_nobody_closes_are_closed(api: Api) -> None:
    depth = 400
    cleaned = note(api, "<div>x" * depth + "end")
    assert cleaned.count("<div>") == cleaned.count("</div>") == cleaned.count("x") == depth
    assert "end" in cleaned


def test_a_note_that_is_too_large_is_refused(api: Api) -> None:
    deal = api.post("/v1/deals", {"title": "Deal"}).data["id"]
    for content in ("<ul><li>" * 50_000, "x" * (MAX_BYTES + 1), "\u6f22" * (MAX_BYTES // 2)):
        answer = api.post("/v1/notes", {"content": content, "deal_id": deal})
        assert (answer.status, "content" in answer.error) == (400, True)
        assert api.post("/v1/activities", {"note": content * 3}).status == 400
    assert api.get("/v1/notes").data in (None, [])


def test_odd_references_in_what_is_searched(api: Api) -> None:
    text = f"&#{'1' * 5000}; needle &amp; <p>thread"
    person = api.post("/api/v2/persons", {"name": "P", "notes": text}).data["id"]
    found = api.get("/api/v2/itemSearch", term="needle").data["items"]
    assert [one["item"]["id"] for one in found] == [person]
    assert "needle & thread" in found[0]["item"]["notes"][0]


def test_accents_in_any_number_are_left_out_of_searches(api: Api) -> None:
    api.post("/api/v2/persons", {"name": "e\u0301\u0316cole A\ufb03ne", "notes": "\u0316\u0301" * 50_000})
    for term in ("ecole", "\u00c9COLE", "affine"):
        assert len(api.get("/api/v2/itemSearch", term=term).data["items"]) == 1


@pytest.mark.parametrize("path", ["/v1/deals", "/api/v2/deals", "/v1/filters", "/v1/persons", "/api/v2/activities"])
def test_what_is_nested_too_deep(api: Api, path: str) -> None:
    for raw in (b'{"a":' * 1000 + b"1" + b"}" * 1000, b'{"title": ' + b"[" * 1000 + b"]" * 1000 + b"}"):
        answer = api.send("POST", path, raw)
        assert (answer.status, "nested" in answer.error) == (400, True)


def test_there_are_not_any_number_of_fields_to_sort_by(api: Api) -> None:
    assert api.get("/v1/deals", sort=",".join(["id"] * MAX_TERMS)).status == 200
    for number in (MAX_TERMS + 1, 300, 2500):
        answer = api.get("/v1/deals", sort=",".join(["id"] * number))
        assert (answer.status, "sort" in answer.error) == (400, True)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\\b.txt", "b.txt"),
        ("a\r\nb.txt", "ab.txt"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("..", "file"),
    ],
)
def test_a_file_is_renamed_to_what_upload_would_call_it(api: Api, sent: str, name: str) -> None:
    api.upload("POST", "/v1/files", {"file": ("old.txt", "text/plain", b"text")})
    assert api.put("/v1/files/1", {"name": sent}).data["name"] == name
    assert f'filename="{name}"' in api.get("/v1/files/1/download").headers["content-disposition"]
