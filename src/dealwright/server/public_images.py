"""Serves content without a token to everyone who knows its URL: pictures of persons, images of products, texts of mail.

The URLs cannot be guessed, and those of images and texts are valid for a while only (`crm.integration.public_images`).
"""

from __future__ import annotations

import re

from dealwright.contract.endpoint import Download
from dealwright.crm.companies import Companies
from dealwright.crm.integration import public_images
from dealwright.crm.integration.public_images import PublicContent
from dealwright.server.errors import HttpError
from dealwright.server.requests import Request

PREFIX = public_images.PREFIX
ROUTE = f"{PREFIX}{{image}}"
"""What the metrics call all of these paths."""

_PICTURE = re.compile(rf"{PREFIX}([a-z0-9-]+)/pictures/([0-9a-f]{{40}})_(\d{{1,4}})\.jpg")
_SIGNED = re.compile(rf"{PREFIX}([a-z0-9-]+)/(images|mail)/([1-9]\d{{0,14}})")
_FIND = {"images": public_images.find_product_image, "mail": public_images.find_mail_body}


def get_image(companies: Companies, request: Request) -> Download:
    """Returns the image at a path that begins with `PREFIX`. Raises `HttpError`."""
    if request.method not in ("GET", "HEAD"):
        raise HttpError(405, f"{request.method} is not allowed here", ((b"allow", b"GET"),))
    image = _find(companies, request)
    if image is None:
        raise HttpError(404, "There is no such image, or its address is no longer valid")
    return Download(image.name, image.content_type, image.size, image.content, inline=True)


def _find(companies: Companies, request: Request) -> PublicContent | None:
    if found := _PICTURE.fullmatch(request.path):
        domain, key, size = found.groups()
        return public_images.find_picture(companies.platform, domain, key, int(size))
    if found := _SIGNED.fullmatch(request.path):
        domain, kind, id = found.groups()
        expires, signature = request.query.get("expires", ""), request.query.get("signature", "")
        return _FIND[kind](companies.platform, domain, int(id), expires, signature, companies.clock())
    return None
