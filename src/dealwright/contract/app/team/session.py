"""The session of a browser: who is signed in, and where."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.values import Credential, EmailAddress, Id

GROUP = "Session"


class SignedInUser(TypedDict):
    """The user for whom the browser acts, with what the user may do in the company.

    ``is_admin`` is of selling, ``is_account_admin`` of users, apps and how the company is set up.
    """

    id: int
    name: str
    email: str
    is_admin: bool
    is_account_admin: bool
    permissions: list[str]
    locale: str
    timezone: str
    default_currency: str
    picture: str | None


class ChosenCompany(TypedDict):
    """The company in which the browser acts."""

    id: int
    name: str
    domain: str


class CompanyChoice(TypedDict):
    """One of the companies that the browser is signed in to."""

    id: int
    name: str


class SignIn(TypedDict):
    """What signing in still takes.

    With ``second_factor`` it is the code of one: all else was right. With ``second_factor_missing`` the company asks for a second
    factor that the user has to set up before anything else.
    """

    second_factor: bool
    second_factor_missing: bool


class Session(TypedDict):
    """The session of a browser; ``user`` and ``company`` are null unless somebody is signed in.

    Everything that writes must send ``csrf_token`` in the header ``x-csrf-token``. ``sandbox`` says that the server has nothing
    but invented data.
    """

    user: SignedInUser | None
    company: ChosenCompany | None
    companies: list[CompanyChoice]
    csrf_token: str
    version: str
    sandbox: bool
    sign_in: SignIn


Password = Annotated[str, Meta(max_length=1000)]
"""A password, which has 8 to 1000 characters."""


Code = Annotated[str, Meta(max_length=64)]
"""A code of a second factor, or one for who has lost it; spaces and hyphens do not matter."""


class Credentials(AppBody, kw_only=True):
    """What a person signs in with. A code alone is for the session that awaits one."""

    email: EmailAddress | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    code: Code | UnsetType = UNSET


class CompanyToChoose(AppBody, kw_only=True):
    """The company to act in from now on: one of those that the browser is signed in to."""

    company_id: Id


class LinkToUse(AppBody, kw_only=True):
    """The token of a one-time link."""

    token: Credential


@endpoint("GET /app/api/session", group=GROUP, cost=0, public=True)
def get_session() -> Session:
    """Get the session of the browser.

    Sets its cookie where it has none yet.
    """


@endpoint("POST /app/api/session", group=GROUP, cost=0, public=True)
def post_session(data: Credentials) -> Session:
    """Sign in.

    The browser gets a new session, with another CSRF token. Where a second factor is on, and no code comes along, the answer is 401
    with the code `second_factor`; then the code may come alone. Too many failures in a while, of an account or from an address, are
    answered with 429.
    """


@endpoint("PATCH /app/api/session", group=GROUP, cost=0)
def patch_session(data: CompanyToChoose) -> Session:
    """Choose the company to act in."""


@endpoint("DELETE /app/api/session", group=GROUP, cost=0, public=True)
def delete_session(
    everywhere: Annotated[bool, Meta(description="Whether to end all other sessions of the user, too.")] = False,
) -> Session:
    """Sign out."""


@endpoint("POST /app/api/session/link", group=GROUP, cost=0, public=True)
def post_session_link(data: LinkToUse) -> Session:
    """Sign in with a one-time link.

    Where a second factor is on, its code comes next.
    """
