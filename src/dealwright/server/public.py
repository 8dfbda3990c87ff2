"""What anybody gets who knows its address, without a token: pictures of persons, images of products.

The addresses cannot be guessed, and those of images are good for some days only (`crm.public_images`).
"""

from __future__ import annotations

import re

from dealwright.contract.endpoint import Download
from dealwright.crm import public_images
from dealwright.crm.public_images import PublicImage
from dealwright.crm.unit import Companies
from dealwright.server.errors import HttpError
from dealwright.server.requests import Request

PREFIX = public_images.PREFIX

_PICTURE = re.compile(rf"{PREFIX}([a-z0-9-]+)/pictures/([0-9a-f]{{40}})_(\d{{1,4}})\.jpg")
_IMAGE = re.compile(rf"{PREFIX}([a-z0-9-]+)/images/([1-9]\d{{0,14}})")


def answer(companies: Companies, request: Request) -> Download:
    """The image at a path that begins with `PREFIX`. Raises `HttpError`."""
    if request.method not in ("GET", "HEAD"):
        raise HttpError(405, f"{request.method} is not allowed here", ((b"allow", b"GET"),))
    image = _find(companies, request)
    if image is None:
        raise HttpError(404, "There is no such image, or its address is no longer valid")
    return Download(image.name, image.content_type, image.size, image.content, inline=True)


def _find(companies: Companies, request: Request) -> PublicImage | None:
    if found := _PICTURE.fullmatch(request.path):
        domain, key, size = found.groups()
        return public_images.picture(companies, domain, key, int(size))
    if found := _IMAGE.fullmatch(request.path):
        domain, id = found.groups()
        expires, signature = request.query.get("expires", ""), request.query.get("signature", "")
        return public_images.product_image(companies, domain, int(id), expires, signature)
    return None
