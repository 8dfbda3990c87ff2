"""``/oauth/authorize`` and its forms: log-in, consent, and the way back to the app.

A form contains the query with which the browser came, and that query is validated anew each time: the only address
outside of this server that a browser is ever sent to is a redirect URI of a registered app.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import parse_qsl, urlencode

from oauthlib.oauth2 import FatalClientError, InvalidClientIdError, MissingClientIdError, OAuth2Error
from oauthlib.oauth2.rfc6749 import errors

from dealwright.crm.companies import Companies, InactiveUser
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import Principal, UserRef
from dealwright.crm.team import logins
from dealwright.server.oauth import pages, responses
from dealwright.server.oauth.browser_session import BrowserSession
from dealwright.server.oauth.provider import CODE_CHALLENGE, Provider
from dealwright.server.oauth.responses import Response
from dealwright.server.oauth.token import DUMMY_BASE_URL
from dealwright.server.requests import Request

log = logging.getLogger(__name__)

PATH = "/oauth/authorize"
SESSION_ENDED = "Your session has ended. Please try again."
# Scopes are always those of the app, so that the parameter is ignored.
REQUEST_PARAMETERS = ("client_id", "redirect_uri", "state", "response_type", "code_challenge", "code_challenge_method")


class AuthorizationRefused(Exception):
    """An authorization request is invalid.

    ``response`` is an error page, or sends the browser back to the app with an error.
    """

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class AuthorizationRequest:
    """A valid authorization request of an app."""

    def __init__(self, provider: Provider, query: dict[str, str]) -> None:
        """Validates the query. Raises `AuthorizationRefused`."""
        self.query = {name: query[name] for name in REQUEST_PARAMETERS if query.get(name)}
        if not self.query.get("client_id"):
            raise AuthorizationRefused(_error_response("Missing parameter: client_id"))
        if not self.query.get("redirect_uri"):
            raise AuthorizationRefused(_error_response("Invalid redirect URL"))
        self.uri = f"{DUMMY_BASE_URL}{PATH}?{urlencode({'response_type': 'code'} | self.query)}"
        try:
            _, found = provider.validate_authorization_request(self.uri)
            self.app: App = found["request"].client
            if "code_challenge" in found and not _is_s256(found):
                raise errors.InvalidRequestError("code_challenge_method must be S256", request=found["request"])
        except (InvalidClientIdError, MissingClientIdError):
            raise AuthorizationRefused(_error_response("App cannot be installed for requested company")) from None
        except FatalClientError:
            raise AuthorizationRefused(_error_response("Invalid redirect URL")) from None
        except OAuth2Error as error:
            raise AuthorizationRefused(responses.redirect(error.in_uri(self.query["redirect_uri"]))) from None
        self.redirect_uri = self.query["redirect_uri"]

    @property
    def query_string(self) -> str:
        """The query that repeats the request."""
        return urlencode(self.query)

    def denial_uri(self) -> str:
        """Returns the URI of the app to send the browser to when the user denies."""
        error = OAuth2Error(state=self.query.get("state"))
        error.error = "user_denied"
        return str(error.in_uri(self.redirect_uri))


class Pages:
    """The pages for browsers."""

    def __init__(self, companies: Companies, auto_login: Principal | None) -> None:
        self._companies = companies
        self._auto_login = auto_login
        self._provider = Provider(companies)

    def authorize(self, request: Request) -> Response:
        """Returns the page of consent, or that of log-in first."""
        try:
            auth_request = AuthorizationRequest(self._provider, request.query)
        except AuthorizationRefused as refused:
            return refused.response
        session = BrowserSession(self._companies, self._auto_login, request)
        accounts = self._accounts(session)
        if not accounts:
            return pages.log_in(session, auth_request.app, auth_request.query_string)
        return pages.consent(session, auth_request.app, auth_request.query_string, auth_request.redirect_uri, accounts)

    def log_in(self, request: Request) -> Response:
        """Handles the form of the log-in page."""
        form, session = request.urlencoded_form() or {}, BrowserSession(self._companies, self._auto_login, request)
        try:
            auth_request = AuthorizationRequest(self._provider, _query(form))
        except AuthorizationRefused as refused:
            return refused.response
        if not session.check_csrf_token(form.get("form_token", "")):
            return pages.log_in(session, auth_request.app, auth_request.query_string, SESSION_ENDED, status=403)
        email, password = form.get("email", ""), form.get("password", "")
        try:
            users = logins.log_in(self._companies.platform, email, password, request.client, self._companies.clock())
        except logins.TooManyFailures as wait:
            minutes = -(-wait.seconds // 60)
            error_message = f"Too many attempts. Please try again in {minutes} minute{'s' * (minutes > 1)}."
            retry_after = (b"retry-after", str(wait.seconds).encode())
            return pages.log_in(
                session,
                auth_request.app,
                auth_request.query_string,
                error_message,
                retry_after,
                email=email,
                status=429,
            )
        users = [owner for owner in users if self._account(owner)]
        if not users:
            error_message = "E-mail address or password is wrong."
            return pages.log_in(
                session, auth_request.app, auth_request.query_string, error_message, email=email, status=401
            )
        session.log_in(users)
        return responses.redirect(f"{PATH}?{auth_request.query_string}", *session.cookie_headers)

    def log_out(self, request: Request) -> Response:
        """Logs the user out, so that another one can log in."""
        form, session = request.urlencoded_form() or {}, BrowserSession(self._companies, self._auto_login, request)
        if session.check_csrf_token(form.get("form_token", "")):
            session.log_out()
        return responses.redirect(f"{PATH}?{urlencode(_query(form))}", *session.cookie_headers)

    def consent(self, request: Request) -> Response:
        """Handles the form of the consent page: sends the browser back to the app, with a code or with an error."""
        form, session = request.urlencoded_form() or {}, BrowserSession(self._companies, self._auto_login, request)
        try:
            auth_request = AuthorizationRequest(self._provider, _query(form))
        except AuthorizationRefused as refused:
            return refused.response
        accounts = self._accounts(session)
        if not accounts:
            return pages.log_in(session, auth_request.app, auth_request.query_string, SESSION_ENDED, status=403)
        account = next((one for one in accounts if one.id == form.get("account")), None)
        if not session.check_csrf_token(form.get("form_token", "")) or account is None:
            return pages.consent(
                session,
                auth_request.app,
                auth_request.query_string,
                auth_request.redirect_uri,
                accounts,
                SESSION_ENDED,
                status=403,
            )
        app, owner = auth_request.app, account.owner
        extra = {"app": app.client_id, "company_id": owner.company_id, "user": owner.user_id}
        if form.get("decision") != "allow":
            log.info("A user has denied an app access", extra=extra)
            return responses.redirect(auth_request.denial_uri())
        headers, _, _ = self._provider.create_authorization_response(
            auth_request.uri, scopes=list(auth_request.app.scopes), credentials={"owner": account.owner}
        )
        log.info("A user has granted an app access", extra=extra)
        return responses.redirect(headers["Location"])

    def _accounts(self, session: BrowserSession) -> list[pages.Account]:
        """Returns the users who are logged in and still active."""
        return [account for owner in session.users if (account := self._account(owner))]

    def _account(self, owner: UserRef) -> pages.Account | None:
        company = self._companies.platform.find_company(owner.company_id)
        if company is None:
            return None
        try:
            with self._companies.unit_of_work(company, owner.user_id, write=False) as crm:
                return pages.Account(owner, crm.actor.name, crm.actor.email, crm.company_data.company.name)
        except InactiveUser:
            return None


def _error_response(message: str) -> Response:
    """Returns the error that Pipedrive shows in place of a page."""
    return responses.json(400, {"error": message})


def _is_s256(found: dict[str, Any]) -> bool:
    challenge = found["code_challenge"]
    return found.get("code_challenge_method") == "S256" and CODE_CHALLENGE.fullmatch(challenge) is not None


def _query(form: dict[str, str]) -> dict[str, str]:
    """Returns the query with which the browser came to the page, from its form."""
    parameters = dict(parse_qsl(form.get("request", ""), keep_blank_values=True))
    return {name: parameters[name] for name in REQUEST_PARAMETERS if name in parameters}
