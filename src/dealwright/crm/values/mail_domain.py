"""The domain of the e-mail addresses for copies of mail, which the environment says."""

from __future__ import annotations

import os

DOMAIN_VARIABLE = "DEALWRIGHT_MAIL_DOMAIN"

UNKNOWN_DOMAIN = "bcc.dealwright.invalid"
"""The domain where mail does not come in: not a real one, so that no third party gets copies of a company's mail."""


def mail_domain() -> str:
    """Returns the domain of the addresses."""
    return os.environ.get(DOMAIN_VARIABLE) or UNKNOWN_DOMAIN
