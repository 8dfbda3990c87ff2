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
from dealwright.crm.integration.oauth import self_registered
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import Principal, UserRef
from dealwright.crm.team import logins
from dealwright.server import sign_in, urls
from dealwright.server.browser_session import BrowserSession
from dealwright.server.headers import Header
from dealwright.server.oauth import client_documents, metadata, pages, responses
from dealwright.server.oauth.provider import CODE_CHALLENGE, InvalidTargetError, Provider
from dealwright.server.oauth.responses import Response
from dealwright.server.oauth.token import DUMMY_BASE_URL
from dealwright.server.requests import Request

log = logging.getLogger(__name__)

PATH = "/oauth/authorize"
SESSION_ENDED = "Your session has ended. Please try again."
SECOND_FACTOR_MISSING = "Your company asks for a second factor. Please set it up in Dealwright first."
# Scopes are always those of the app, so that the parameter is ignored.
REQUEST_PARAMETERS = (
    *("client_id", "redirect_uri", "state", "response_type", "code_challenge", "code_challenge_method"),
    "resource",
)


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
            uri = self.with_issuer(error.in_uri(self.query["redirect_uri"]))
            raise AuthorizationRefused(responses.redirect(uri)) from None
        self.redirect_uri = self.query["redirect_uri"]
        self.resource = self._resource()

    def _resource(self) -> str | None:
        """Returns what the tokens will be for: agents' address, or None for the API. Raises `AuthorizationRefused`."""
        asked = self.query.get("resource")
        if asked is None:
            # Programs of agents get nothing else; older ones do not say so.
            return metadata.agents_url() if self.app.registration else None
        if asked.rstrip("/") != metadata.agents_url():
            error = InvalidTargetError(
                f"This provider gives tokens for {metadata.agents_url()}", state=self.query.get("state")
            )
            raise AuthorizationRefused(responses.redirect(self.with_issuer(error.in_uri(self.redirect_uri))))
        return metadata.agents_url()

    def with_issuer(self, uri: str) -> str:
        """Returns a redirect URI that says who redirects (RFC 9207), where apps have learnt that from our metadata."""
        if "resource" not in self.query and not self_registered.is_client_id(self.query["client_id"]):
            return uri
        return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'iss': urls.base_url()})}"

    @property
    def query_string(self) -> str:
        """The query that repeats the request."""
        return urlencode(self.query)

    def denial_uri(self) -> str:
        """Returns the URI of the app to send the browser to when the user denies."""
        error = OAuth2Error(state=self.query.get("state"))
        error.error = "user_denied"
        return self.with_issuer(str(error.in_uri(self.redirect_uri)))


class Pages:
    """The pages for browsers."""

    def __init__(self, companies: Companies, auto_login: Principal | None) -> None:
        self._companies = companies
        self._auto_login = auto_login
        self._provider = Provider(companies)

    def authorize(self, request: Request) -> Response:
        """Returns the page of consent, or that of log-in first."""
        try:
            client_documents.refresh(self._companies, request.query.get("client_id", ""))
            auth_request = AuthorizationRequest(self._provider, request.query)
        except AuthorizationRefused as refused:
            return refused.response
        session = BrowserSession(self._companies, request, self._auto_login)
        if session.awaiting_code:
            return pages.code(session, auth_request.app, auth_request.query_string)
        accounts = self._accounts(session)
        if not accounts:
            lacking = SECOND_FACTOR_MISSING if session.signed_in else ""
            return pages.log_in(session, auth_request.app, auth_request.query_string, lacking)
        return pages.consent(
            session,
            auth_request.app,
            auth_request.query_string,
            auth_request.redirect_uri,
            accounts,
            is_agent=auth_request.resource is not None,
        )

    def log_in(self, request: Request) -> Response:
        """Handles the form of the log-in page."""
        form, session = request.urlencoded_form() or {}, BrowserSession(self._companies, request, self._auto_login)
        try:
            auth_request = AuthorizationRequest(self._provider, _query(form))
        except AuthorizationRefused as refused:
            return refused.response
        if not session.check_csrf_token(form.get("form_token", "")):
            return pages.log_in(session, auth_request.app, auth_request.query_string, SESSION_ENDED, status=403)
        email, app, query_string = form.get("email", ""), auth_request.app, auth_request.query_string
        try:
            sign_in.with_password(session, email, form.get("password", ""))
        except logins.TooManyFailures as wait:
            message, retry_after = _wait_message(wait)
            return pages.log_in(session, app, query_string, message, retry_after, email=email, status=429)
        except sign_in.WrongCredentials:
            message = "E-mail address or password is wrong."
            return pages.log_in(session, app, query_string, message, email=email, status=401)
        except sign_in.CodeNeeded:
            pass
        return responses.redirect(f"{PATH}?{query_string}", *session.cookie_headers)

    def enter_code(self, request: Request) -> Response:
        """Handles the form for the code of a second factor."""
        form, session = request.urlencoded_form() or {}, BrowserSession(self._companies, request, self._auto_login)
        try:
            auth_request = AuthorizationRequest(self._provider, _query(form))
        except AuthorizationRefused as refused:
            return refused.response
        app, query_string = auth_request.app, auth_request.query_string
        if not session.check_csrf_token(form.get("form_token", "")):
            return pages.log_in(session, app, query_string, SESSION_ENDED, status=403)
        try:
            sign_in.with_code(session, form.get("code", ""))
        except logins.TooManyFailures as wait:
            message, retry_after = _wait_message(wait)
            return pages.code(session, app, query_string, message, retry_after, status=429)
        except sign_in.WrongCode:
            return pages.code(session, app, query_string, "The code is wrong, or has been used.", status=401)
        except sign_in.WrongCredentials:
            return pages.log_in(session, app, query_string, SESSION_ENDED, status=403)
        return responses.redirect(f"{PATH}?{query_string}", *session.cookie_headers)

    def log_out(self, request: Request) -> Response:
        """Logs the user out, so that another one can log in."""
        form, session = request.urlencoded_form() or {}, BrowserSession(self._companies, request, self._auto_login)
        if session.check_csrf_token(form.get("form_token", "")):
            session.log_out()
        return responses.redirect(f"{PATH}?{urlencode(_query(form))}", *session.cookie_headers)

    def consent(self, request: Request) -> Response:
        """Handles the form of the consent page: sends the browser back to the app, with a code or with an error."""
        form, session = request.urlencoded_form() or {}, BrowserSession(self._companies, request, self._auto_login)
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
                is_agent=auth_request.resource is not None,
            )
        app, owner = auth_request.app, account.owner
        extra = {"app": app.client_id, "company_id": owner.company_id, "user": owner.user_id}
        if form.get("decision") != "allow":
            log.info("A user has denied an app access", extra=extra)
            return responses.redirect(auth_request.denial_uri())
        credentials = {"owner": account.owner, "resource": auth_request.resource}
        headers, _, _ = self._provider.create_authorization_response(
            auth_request.uri, scopes=list(auth_request.app.scopes), credentials=credentials
        )
        log.info("A user has granted an app access", extra=extra)
        return responses.redirect(auth_request.with_issuer(headers["Location"]))

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


def _wait_message(wait: logins.TooManyFailures) -> tuple[str, Header]:
    minutes = -(-wait.seconds // 60)
    message = f"Too many attempts. Please try again in {minutes} minute{'s' * (minutes > 1)}."
    return message, (b"retry-after", str(wait.seconds).encode())


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
