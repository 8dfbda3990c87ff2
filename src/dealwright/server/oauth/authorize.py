"""``/oauth/authorize`` and its forms: log-in, consent, and the way back to the app.

A form brings along the query with which the browser came, and what it asks for is looked at anew each time: the only
address outside of this server that a browser is ever sent to is a redirect URI of a registered app.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from oauthlib.oauth2 import FatalClientError, InvalidClientIdError, MissingClientIdError, OAuth2Error
from oauthlib.oauth2.rfc6749 import errors

from dealwright.crm import logins
from dealwright.crm.oauth.apps import App
from dealwright.crm.oauth.grants import Owner
from dealwright.crm.unit import Bearer, Companies
from dealwright.server.oauth import pages, replies
from dealwright.server.oauth.provider import CODE_CHALLENGE, Provider
from dealwright.server.oauth.replies import Reply
from dealwright.server.oauth.token import ADDRESS
from dealwright.server.oauth.visits import Visit
from dealwright.server.requests import FORM, Request

PATH = "/oauth/authorize"
SESSION_ENDED = "Your session has ended. Please try again."
# Scopes are the app's, whichever are asked for.
ASKED = ("client_id", "redirect_uri", "state", "response_type", "code_challenge", "code_challenge_method")


class Refused(Exception):
    """What the app asks for cannot be; the browser stays here, or goes back to the app with an error."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class Wish:
    """What an app asks for, found to be in order."""

    def __init__(self, provider: Provider, query: dict[str, str]) -> None:
        """Raises `Refused`."""
        self.query = {name: query[name] for name in ASKED if query.get(name)}
        if not self.query.get("client_id"):
            raise Refused(_said("Missing parameter: client_id"))
        if not self.query.get("redirect_uri"):
            raise Refused(_said("Invalid redirect URL"))
        self.uri = f"{ADDRESS}{PATH}?{urlencode({'response_type': 'code'} | self.query)}"
        try:
            _, found = provider.validate_authorization_request(self.uri)
            self.app: App = found["request"].client
            if "code_challenge" in found and not _is_s256(found):
                raise errors.InvalidRequestError("code_challenge_method must be S256", request=found["request"])
        except (InvalidClientIdError, MissingClientIdError):
            raise Refused(_said("App cannot be installed for requested company")) from None
        except FatalClientError:
            raise Refused(_said("Invalid redirect URL")) from None
        except OAuth2Error as error:
            raise Refused(replies.redirect(error.in_uri(self.query["redirect_uri"]))) from None
        self.redirect_uri = self.query["redirect_uri"]

    @property
    def back(self) -> str:
        """The query to ask the same again."""
        return urlencode(self.query)

    def denied(self) -> str:
        """Where to go when the user does not want it."""
        error = OAuth2Error(state=self.query.get("state"))
        error.error = "user_denied"
        return str(error.in_uri(self.redirect_uri))


class Pages:
    """The pages for browsers."""

    def __init__(self, companies: Companies, visitor: Bearer | None) -> None:
        self._companies = companies
        self._visitor = visitor
        self._provider = Provider(companies)

    def authorize(self, request: Request) -> Reply:
        """The page on which a user lets an app in, or first logs in."""
        try:
            wish = Wish(self._provider, request.query)
        except Refused as refused:
            return refused.reply
        visit = Visit(self._companies, self._visitor, request)
        accounts = self._accounts(visit)
        if not accounts:
            return pages.log_in(visit, wish.app, wish.back)
        return pages.consent(visit, wish.app, wish.back, wish.redirect_uri, accounts)

    def log_in(self, request: Request) -> Reply:
        """Takes the form of the log-in page."""
        form, visit = _form(request), Visit(self._companies, self._visitor, request)
        try:
            wish = Wish(self._provider, _query(form))
        except Refused as refused:
            return refused.reply
        if not visit.sent(form.get("form_token", "")):
            return pages.log_in(visit, wish.app, wish.back, SESSION_ENDED, status=403)
        email, password = form.get("email", ""), form.get("password", "")
        try:
            users = logins.log_in(self._companies.platform, email, password, request.client, self._companies.clock())
        except logins.TooManyFailures as wait:
            minutes = -(-wait.seconds // 60)
            said = f"Too many attempts. Please try again in {minutes} minute{'s' * (minutes > 1)}."
            retry_after = (b"retry-after", str(wait.seconds).encode())
            return pages.log_in(visit, wish.app, wish.back, said, retry_after, email=email, status=429)
        users = [owner for owner in users if self._account(owner)]
        if not users:
            said = "E-mail address or password is wrong."
            return pages.log_in(visit, wish.app, wish.back, said, email=email, status=401)
        visit.begin(users)
        return replies.redirect(f"{PATH}?{wish.back}", *visit.cookies)

    def log_out(self, request: Request) -> Reply:
        """Lets somebody else log in."""
        form, visit = _form(request), Visit(self._companies, self._visitor, request)
        if visit.sent(form.get("form_token", "")):
            visit.end()
        return replies.redirect(f"{PATH}?{urlencode(_query(form))}", *visit.cookies)

    def consent(self, request: Request) -> Reply:
        """Takes the form of the consent page: sends the browser back to the app, with a code or without."""
        form, visit = _form(request), Visit(self._companies, self._visitor, request)
        try:
            wish = Wish(self._provider, _query(form))
        except Refused as refused:
            return refused.reply
        accounts = self._accounts(visit)
        if not accounts:
            return pages.log_in(visit, wish.app, wish.back, SESSION_ENDED, status=403)
        chosen = next((one for one in accounts if one.id == form.get("account")), None)
        if not visit.sent(form.get("form_token", "")) or chosen is None:
            return pages.consent(visit, wish.app, wish.back, wish.redirect_uri, accounts, SESSION_ENDED, status=403)
        if form.get("decision") != "allow":
            return replies.redirect(wish.denied())
        headers, _, _ = self._provider.create_authorization_response(
            wish.uri, scopes=list(wish.app.scopes), credentials={"owner": chosen.owner}
        )
        return replies.redirect(headers["Location"])

    def _accounts(self, visit: Visit) -> list[pages.Account]:
        """The users who are logged in and may still act."""
        return [account for owner in visit.users if (account := self._account(owner))]

    def _account(self, owner: Owner) -> pages.Account | None:
        company = self._companies.platform.company(owner.company_id)
        if company is None:
            return None
        try:
            with self._companies.unit(company, owner.user_id, write=False) as crm:
                return pages.Account(owner, crm.actor.name, crm.actor.email, crm.settings.company.name)
        except LookupError:
            return None


def _said(message: str) -> Reply:
    """What Pipedrive shows in place of a page."""
    return replies.json(400, {"error": message})


def _is_s256(found: dict[str, Any]) -> bool:
    challenge = found["code_challenge"]
    return found.get("code_challenge_method") == "S256" and CODE_CHALLENGE.fullmatch(challenge) is not None


def _form(request: Request) -> dict[str, str]:
    body = request.body if request.media_type() == FORM and isinstance(request.body, dict) else {}
    return {str(name): str(value) for name, value in body.items()}


def _query(form: dict[str, str]) -> dict[str, str]:
    """The query with which the browser came to the page, as its form brings it."""
    asked = dict(parse_qsl(form.get("request", ""), keep_blank_values=True))
    return {name: asked[name] for name in ASKED if name in asked}
