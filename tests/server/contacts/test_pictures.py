"""Pictures of persons and images of products, and the addresses at which browsers get them."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.api import Api, Response
from tests.company import add_role, add_user

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


def make_picture(
    size: tuple[int, int] = (200, 200), format: str = "PNG", *parts: tuple[tuple[int, int, int, int], Any]
) -> bytes:
    """Returns a red picture with other colours in some parts of it."""
    image = Image.new("RGB", size, RED)
    for box, colour in parts:
        image.paste(colour, box)
    written = io.BytesIO()
    image.save(written, format)
    return written.getvalue()


def upload_picture(api: Api, content: bytes, **crop: int) -> Response:
    return api.upload("POST", "/v1/persons/1/picture", {"file": ("p.png", "image/png", content)}, crop)


def send_image(api: Api, method: str, content: bytes, name: str = "tile.png") -> Response:
    return api.upload(method, "/api/v2/products/1/images", {"data": (name, "application/x-nonsense", content)})


def fetch(api: Api, address: str) -> Response:
    """Returns the answer to a browser, which requests an address without a token."""
    parts = urlsplit(address)
    assert parts.netloc == "localhost"
    return api.send("GET", parts.path, headers={}, raw_query=parts.query.encode())


def is_near(image: Image.Image, position: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    pixel = image.getpixel(position)
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))


@pytest.fixture
def person(api: Api) -> Api:
    api.post("/api/v2/persons", {"name": "Mary"})
    return api


@pytest.fixture
def product(api: Api) -> Api:
    api.post("/api/v2/products", {"name": "Tile"})
    return api


def test_a_picture_becomes_two_squares(person: Api) -> None:
    uploaded = upload_picture(
        person, make_picture((300, 200), "PNG", ((0, 0, 50, 200), GREEN), ((250, 0, 300, 200), GREEN))
    ).data
    assert set(uploaded["pictures"]) == {"128", "512"}
    for size, address in uploaded["pictures"].items():
        answer = fetch(person, address)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        shown = Image.open(io.BytesIO(answer.body))
        assert shown.size == (int(size), int(size))
        # Of a picture that is not square, the middle is kept.
        assert is_near(shown, (3, 3), RED)
        assert is_near(shown, (int(size) - 3, 3), RED)


@pytest.mark.parametrize("format", ["GIF", "JPEG", "PNG"])
def test_a_part_of_a_picture_can_be_chosen(person: Api, format: str) -> None:
    content = make_picture((400, 300), format, ((200, 100, 300, 200), BLUE))
    uploaded = upload_picture(person, content, crop_x=200, crop_y=100, crop_width=100, crop_height=100).data
    shown = Image.open(io.BytesIO(fetch(person, uploaded["pictures"]["128"]).body))
    assert all(is_near(shown, position, BLUE) for position in ((5, 5), (122, 5), (64, 64), (122, 122)))


def test_pictures_are_upright_opaque_and_without_their_hidden_data(person: Api) -> None:
    image = Image.new("RGB", (200, 200), RED)
    image.paste(BLUE, (0, 0, 200, 100))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 3, "taken at home"
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif)
    body = fetch(person, upload_picture(person, written.getvalue()).data["pictures"]["512"]).body
    assert is_near(Image.open(io.BytesIO(body)), (10, 10), RED)
    assert b"taken at home" not in body
    written = io.BytesIO()
    Image.new("RGBA", (200, 200), (0, 0, 0, 0)).save(written, "PNG")
    body = fetch(person, upload_picture(person, written.getvalue()).data["pictures"]["128"]).body
    assert is_near(Image.open(io.BytesIO(body)), (10, 10), (255, 255, 255))


def test_persons_have_a_picture_in_v1_and_its_id_in_v2(person: Api) -> None:
    assert person.get("/v1/persons/1").data["picture_id"] is None
    assert person.get("/api/v2/persons/1/picture").status == 404
    uploaded = upload_picture(person, make_picture()).data
    assert (uploaded["item_type"], uploaded["item_id"], uploaded["update_time"]) == ("person", 1, "0000-00-00 00:00:00")
    answer = person.get("/v1/persons/1")
    reference = answer.data["picture_id"]
    assert reference | {"id": 1} == uploaded | {"value": 1}
    assert answer.body["related_objects"]["picture"] == {"1": uploaded}
    assert person.get("/v1/persons").data[0]["picture_id"] == reference
    assert person.get("/api/v2/persons/1").data["picture_id"] == 1
    shown = person.get("/api/v2/persons/1/picture").data
    assert shown["pictures"] == uploaded["pictures"]
    assert shown["file_size"] == len(fetch(person, uploaded["pictures"]["512"]).body)


def test_a_picture_is_replaced_and_deleted(person: Api) -> None:
    first = upload_picture(person, make_picture()).data
    second = upload_picture(person, make_picture()).data
    assert fetch(person, first["pictures"]["128"]).status == 404
    assert fetch(person, second["pictures"]["128"]).status == 200
    assert person.delete("/v1/persons/1/picture").data == {"id": 1}
    assert fetch(person, second["pictures"]["128"]).status == 404
    assert person.get("/v1/persons/1").data["picture_id"] is None
    assert person.delete("/v1/persons/1/picture").status == 404


def test_invalid_pictures_are_refused(person: Api) -> None:
    webp, bomb = make_picture(format="WEBP"), bytearray(make_picture())
    bomb[16:24] = (100_000).to_bytes(4, "big") * 2
    for content in (b"", b"text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", webp, bytes(bomb), make_picture()[:20]):
        answer = upload_picture(person, content)
        assert answer.status == 400
        assert "file" in answer.error
    assert person.get("/v1/persons/1").data["picture_id"] is None


@pytest.mark.parametrize(
    "crop",
    [
        {"crop_x": 0, "crop_y": 0, "crop_width": 100, "crop_height": 50},
        {"crop_x": 150, "crop_y": 0, "crop_width": 100, "crop_height": 100},
        {"crop_x": 200, "crop_y": 200},
        {"crop_width": 0, "crop_height": 0},
        {"crop_x": -1},
    ],
)
def test_a_part_is_a_square_inside_the_picture(person: Api, crop: dict[str, int]) -> None:
    answer = upload_picture(person, make_picture(), **crop)
    assert answer.status == 400
    assert "crop_" in answer.error


def test_small_and_truncated_pictures_are_accepted(person: Api) -> None:
    assert upload_picture(person, make_picture((8, 8))).status == 200
    whole = make_picture((400, 400), "JPEG")
    assert upload_picture(person, whole[: len(whole) // 2]).status == 200


def test_who_does_not_see_a_person_cannot_change_its_picture(api: Api) -> None:
    api.post("/api/v2/persons", {"name": "Mary", "visible_to": 1})
    upload_picture(api, make_picture())
    stranger = add_user(api, "Stranger", role_id=add_role(api, "Support"))
    assert upload_picture(stranger, make_picture()).status == 404
    assert stranger.get("/api/v2/persons/1/picture").status == 404
    assert stranger.delete("/v1/persons/1/picture").status == 404


def test_a_product_has_one_image(product: Api) -> None:
    content = make_picture(format="GIF")
    assert product.get("/api/v2/products/1/images").status == 404
    assert send_image(product, "PUT", content).status == 404
    made = send_image(product, "POST", content)
    assert made.status == 201
    assert (made.data["product_id"], made.data["company_id"]) == (1, "1")
    assert send_image(product, "POST", content).status == 409
    shown = product.get("/api/v2/products/1/images").data
    assert (shown["mime_type"], shown["name"]) == ("image/gif", "tile.png")
    answer = fetch(product, shown["public_url"])
    assert (answer.body, answer.headers["content-type"]) == (content, "image/gif")
    assert answer.headers["content-disposition"].startswith("inline;")
    replaced = send_image(product, "PUT", make_picture(), "new.png").data
    assert fetch(product, shown["public_url"]).status == 404
    assert product.get("/api/v2/products/1/images").data["name"] == "new.png"
    assert product.delete("/api/v2/products/1/images").data == {"id": replaced["id"]}
    assert product.get("/api/v2/products/1/images").status == 404


def test_an_invalid_image_changes_nothing(product: Api) -> None:
    send_image(product, "POST", make_picture())
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b""):
        assert send_image(product, "PUT", content).status == 400
    address = product.get("/api/v2/products/1/images").data["public_url"]
    assert fetch(product, address).status == 200


def test_the_address_of_an_image_is_valid_for_a_week_and_for_this_image(product: Api) -> None:
    send_image(product, "POST", make_picture())
    address = product.get("/api/v2/products/1/images").data["public_url"]
    path, query = urlsplit(address).path, urlsplit(address).query
    for wrong in (address.replace("expires=1", "expires=2"), address[:-1], address + "0", address.partition("?")[0]):
        assert fetch(product, wrong).status == 404
    for other in (
        "/public/other/images/1",
        "/public/tests/images/2",
        "/public/tests/../images/1",
        f"{path}.png",
    ):
        assert product.send("GET", other, headers={}, raw_query=query.encode()).status == 404
    assert product.send("DELETE", path, headers={}, raw_query=query.encode()).status == 405
    product.clock.advance(days=6, hours=23)
    assert fetch(product, address).status == 200
    product.clock.advance(hours=2)
    assert fetch(product, address).status == 404
