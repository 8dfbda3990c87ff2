"""Second factors: codes of an app beside the password. Users switch theirs on and off, and a company may ask for one."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.app.team.session import Code, Password
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId

GROUP = "Second factor"


class SecondFactor(TypedDict):
    """Whether the user has a second factor, whether the company asks for one, and how many recovery codes are left."""

    is_on: bool
    is_required: bool
    recovery_codes_left: int


class NewSecondFactor(TypedDict):
    """The secret that an app for codes needs, and the address that it reads as a picture. Neither is shown again."""

    secret: str
    uri: str


class RecoveryCodes(TypedDict):
    """Codes to sign in with without the app, each once. They are not shown again."""

    recovery_codes: list[str]


class SignInRules(TypedDict):
    """What the company asks of those who sign in."""

    second_factor_required: bool


class PasswordToConfirm(AppBody, kw_only=True):
    """The user's own password, which shows who is at the keyboard."""

    password: Password


class CodeToConfirm(AppBody, kw_only=True):
    """A code, which shows that the app has the secret."""

    code: Code


class SignInRuleChanges(AppBody, kw_only=True):
    """What the company asks of those who sign in from now on."""

    second_factor_required: bool


@endpoint("GET /app/api/second-factor", group=GROUP, cost=0)
def get_second_factor() -> SecondFactor:
    """Get the state of one's own second factor."""


@endpoint("POST /app/api/second-factor", group=GROUP, cost=0)
def post_second_factor(data: PasswordToConfirm) -> NewSecondFactor:
    """Begin to set up a second factor.

    It is off until a code has been confirmed.
    """


@endpoint("POST /app/api/second-factor/confirmation", group=GROUP, cost=0)
def post_second_factor_confirmation(data: CodeToConfirm) -> RecoveryCodes:
    """Switch the second factor on.

    All other sessions of the user end.
    """


@endpoint("POST /app/api/second-factor/recovery-codes", group=GROUP, cost=0)
def post_second_factor_recovery_codes(data: PasswordToConfirm) -> RecoveryCodes:
    """Get new recovery codes.

    Those before are void.
    """


@endpoint("POST /app/api/second-factor/removal", group=GROUP, cost=0)
def post_second_factor_removal(data: PasswordToConfirm) -> SecondFactor:
    """Switch one's own second factor off.

    Refused where the company asks for one.
    """


@endpoint("DELETE /app/api/users/{id}/second-factor", group=GROUP, cost=0)
def delete_users_by_id_second_factor(id: RecordId) -> SecondFactor:
    """Remove the second factor of a user who has lost it.

    All sessions of the user end.
    """


@endpoint("GET /app/api/sign-in-rules", group=GROUP, cost=0)
def get_sign_in_rules() -> SignInRules:
    """Get what the company asks of those who sign in."""


@endpoint("PATCH /app/api/sign-in-rules", group=GROUP, cost=0)
def patch_sign_in_rules(data: SignInRuleChanges) -> SignInRules:
    """Change what the company asks of those who sign in.

    Users without a second factor can do nothing else then before they have set one up. Admins have one themselves first.
    """
