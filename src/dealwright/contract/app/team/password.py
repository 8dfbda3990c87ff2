"""Passwords: set with a link, or changed by who knows the one before."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.app.team.session import Password, Session
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.values import Credential

NewPassword = Annotated[str, Meta(min_length=8, max_length=1000)]


class PasswordByLink(AppBody, kw_only=True):
    """The token of a one-time link, and the password to set."""

    token: Credential
    password: NewPassword


class PasswordChange(AppBody, kw_only=True):
    """The password to set, and the one that there is; who has come by a link may have none yet."""

    password: NewPassword
    current_password: Password | UnsetType = UNSET


@endpoint("POST /app/api/password", group="Password", cost=0, public=True)
def post_password(data: PasswordByLink) -> Session:
    """Set a password with a one-time link.

    All sessions of the user end, and the browser is signed in, after the code of a second factor where there is one.
    """


@endpoint("PUT /app/api/password", group="Password", cost=0)
def put_password(data: PasswordChange) -> Session:
    """Change one's own password.

    All other sessions of the user end; this one goes on with another CSRF token.
    """
