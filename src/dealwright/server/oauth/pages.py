"""The pages of the provider: plain HTML without scripts or external resources."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from dealwright.crm.integration.oauth import scopes
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.server.browser_session import BrowserSession
from dealwright.server.headers import NO_STORE_HEADERS, Header
from dealwright.server.oauth.responses import Response

STYLE = """
:root { color-scheme: light dark; --page: #f2f4f7; --card: #fff; --text: #1b2430; --soft: #5b6776; --line: #d9dfe7; --edge: #7f8b9a;
  --accent: #0b6e4f; --accent-strong: #095c42; --on-accent: #fff; --bad: #a61b29; --bad-page: #fdf0f1; --field: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --page: #11161d; --card: #1a212b; --text: #e8edf3; --soft: #a2aebd; --line: #35404e; --edge: #768496;
    --accent: #4fc79b; --accent-strong: #6dd6b0; --on-accent: #0c1a15; --bad: #ff9aa5; --bad-page: #3a1c22; --field: #11161d; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center;
  padding: 24px 16px; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { width: 100%; max-width: 440px; background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 32px; box-shadow: 0 1px 2px rgb(0 0 0 / 6%), 0 8px 24px rgb(0 0 0 / 6%); }
.mark { width: 52px; height: 52px; border-radius: 12px; background: var(--accent); color: var(--on-accent); display: flex;
  align-items: center; justify-content: center; font-size: 24px; font-weight: 600; margin-bottom: 20px; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 16px; overflow-wrap: anywhere; }
h1 + p { margin-top: -8px; }
p { margin: 0 0 20px; color: var(--soft); overflow-wrap: anywhere; }
p b { color: var(--text); font-weight: 600; }
h2 { font-size: 14px; margin: 24px 0 8px; }
ul { list-style: none; margin: 0 0 20px; padding: 0; border-top: 1px solid var(--line); }
li { padding: 10px 0 10px 26px; border-bottom: 1px solid var(--line); font-size: 15px; position: relative; }
li::before { content: ""; position: absolute; left: 5px; top: 14px; width: 6px; height: 11px;
  border: solid var(--accent); border-width: 0 2px 2px 0; transform: rotate(45deg); }
label { display: block; font-size: 14px; font-weight: 600; margin: 0 0 6px; }
input, select { width: 100%; font: inherit; color: inherit; background: var(--field); border: 1px solid var(--edge);
  border-radius: 8px; padding: 10px 12px; margin: 0 0 18px; }
.who { display: flex; justify-content: space-between; gap: 12px; align-items: center; border: 1px solid var(--line);
  border-radius: 10px; padding: 12px 14px; margin: 0 0 20px; font-size: 15px; }
.who span { min-width: 0; overflow-wrap: anywhere; }
.who small { display: block; color: var(--soft); font-size: 14px; }
.buttons { display: flex; gap: 12px; margin-top: 4px; }
button { flex: 1; font: inherit; font-weight: 600; border-radius: 8px; padding: 11px 16px; cursor: pointer;
  border: 1px solid var(--edge); background: transparent; color: var(--text); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { background: var(--accent-strong); border-color: var(--accent-strong); }
button.other { flex: none; white-space: nowrap; border: 0; padding: 4px 2px; font-size: 14px; color: var(--accent); text-decoration: underline; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.bad { background: var(--bad-page); color: var(--bad); border-radius: 8px; padding: 10px 12px; font-size: 15px; }
.note { font-size: 13px; margin: 20px 0 0; }
footer { color: var(--soft); font-size: 13px; margin-top: 20px; }
@media (max-width: 420px) { main { padding: 24px 18px; } }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)


class Account(NamedTuple):
    """A user who can grant an app access."""

    owner: UserRef
    name: str
    email: str
    company: str

    @property
    def id(self) -> str:
        """The value of the account in forms."""
        return f"{self.owner.company_id}.{self.owner.user_id}"


def log_in(
    session: BrowserSession,
    app: App,
    query_string: str,
    error_message: str = "",
    *headers: Header,
    email: str = "",
    status: int = 200,
) -> Response:
    """Returns the page that asks for e-mail address and password."""
    email_autofocus, password_autofocus = ("", " autofocus") if email else (" autofocus", "")
    content = f"""
{_app_icon(app)}
<h1>Log in</h1>
<p>to continue to <b>{escape(app.name)}</b></p>
{_error_html(error_message)}
<form method="post" action="/oauth/login">
{_hidden_inputs(session, query_string)}
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required{email_autofocus} value="{escape(email)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{password_autofocus}>
<div class="buttons"><button class="main" name="login" value="login">Log in</button></div>
</form>"""
    # This form leads to another page of this server, unlike that of consent.
    return _page("Log in", content, status, session, "; form-action 'self'", *headers)


def code(
    session: BrowserSession,
    app: App,
    query_string: str,
    error_message: str = "",
    *headers: Header,
    status: int = 200,
) -> Response:
    """Returns the page that asks for the code of a second factor."""
    content = f"""
{_app_icon(app)}
<h1>Enter the code</h1>
<p>of your second factor, to continue to <b>{escape(app.name)}</b></p>
{_error_html(error_message)}
<form method="post" action="/oauth/code">
{_hidden_inputs(session, query_string)}
<label for="code">Code of your app, or a recovery code</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus>
<div class="buttons"><button class="main" name="login" value="login">Log in</button></div>
</form>
<form method="post" action="/oauth/logout">{_hidden_inputs(session, query_string)}
<button class="other" name="switch" value="switch">Switch account</button></form>"""
    return _page("Enter the code", content, status, session, "; form-action 'self'", *headers)


def consent(
    session: BrowserSession,
    app: App,
    query_string: str,
    redirect_uri: str,
    accounts: Sequence[Account],
    error_message: str = "",
    *,
    status: int = 200,
    is_agent: bool = False,
) -> Response:
    """Returns the page that asks whether an app may act for a user; as an agent, if it ``is_agent``."""
    what = _AGENT_ITEMS if is_agent else [scopes.DESCRIPTIONS[scope] for scope in _displayed_scopes(app.scopes)]
    scope_items = "".join(f"<li>{escape(one)}</li>" for one in what)
    origin = f'<p class="note">{escape(_origin(app))}</p>' if app.registration else ""
    content = f"""
{_app_icon(app)}
<h1>Allow {escape(app.name)} to access {escape(accounts[0].company) if len(accounts) == 1 else "your company"}?</h1>
{_error_html(error_message)}
{_user_html(session, query_string, accounts)}
<form method="post" action="/oauth/consent">
{_hidden_inputs(session, query_string)}
{_account_select(accounts)}
<h2>The app will be able to</h2>
<ul>{scope_items}</ul>
{origin}
<div class="buttons"><button name="decision" value="deny">Deny</button>
<button class="main" name="decision" value="allow">Allow</button></div>
</form>
<p class="note">It can do no more than you can yourself. You will be sent on to {escape(_host(redirect_uri))}.</p>"""
    return _page(f"Allow {app.name}?", content, status, session, "")


_AGENT_ITEMS = (
    "See all that you see",
    "Add, change and remove records as far as you let agents do so in your settings; at first they only read",
)


def _origin(app: App) -> str:
    """Returns how an app came here that nobody has registered."""
    if app.registration == "document":
        return f"This program is described at {app.client_id}. Nobody here has checked it."
    return "This program has given itself its name. Nobody here has checked it."


def _error_html(error_message: str) -> str:
    return f'<p class="bad" role="alert">{escape(error_message)}</p>' if error_message else ""


def _user_html(session: BrowserSession, query_string: str, accounts: Sequence[Account]) -> str:
    """Returns the name of the user who is logged in, with a button to switch accounts."""
    one = accounts[0]
    company = one.company if len(accounts) == 1 else ""
    other = (
        ""
        if session.is_auto_login
        else f"""<form method="post" action="/oauth/logout">{_hidden_inputs(session, query_string)}
<button class="other" name="switch" value="switch">Switch account</button></form>"""
    )
    details = "".join(f"<small>{escape(part)}</small>" for part in (one.email, company) if part)
    return f'<div class="who"><span>{escape(one.name)}{details}</span>{other}</div>'


def _account_select(accounts: Sequence[Account]) -> str:
    if len(accounts) == 1:
        return f'<input type="hidden" name="account" value="{accounts[0].id}">'
    options = "".join(f'<option value="{one.id}">{escape(one.company)}</option>' for one in accounts)
    return f'<label for="account">Company</label><select id="account" name="account">{options}</select>'


def _displayed_scopes(granted: Sequence[str]) -> list[str]:
    """Returns the scopes to name: a read scope is left out where the full one is granted."""
    return [scope for scope in granted if not (scope.endswith(":read") and f"{scope[:-4]}full" in granted)]


def _host(redirect_uri: str) -> str:
    scheme, _, rest = redirect_uri.partition(":")
    host = rest.removeprefix("//").partition("/")[0] if scheme in ("http", "https") else ""
    return host or f"the app ({scheme})"


def _app_icon(app: App) -> str:
    return f'<div class="mark" aria-hidden="true">{escape(app.name[0].upper())}</div>'


def _hidden_inputs(session: BrowserSession, query_string: str) -> str:
    return (
        f'<input type="hidden" name="form_token" value="{session.csrf_token}">'
        f'<input type="hidden" name="request" value="{escape(query_string)}">'
    )


def _page(title: str, content: str, status: int, session: BrowserSession, policy: str, *more: Header) -> Response:
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<main>{content}
</main>
<footer>Dealwright</footer>
</body>
</html>
"""
    headers: tuple[Header, ...] = (
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", f"{_POLICY}{policy}".encode()),
        (b"x-frame-options", b"DENY"),
        (b"x-content-type-options", b"nosniff"),
    )
    return Response(status, (*headers, *NO_STORE_HEADERS, *session.cookie_headers, *more), html.encode())
