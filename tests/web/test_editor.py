"""The editor: the document's snippet, a loop that is stopped, a script that is saved, rehearsed and applied, and one that runs by itself."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.web.app_page import AppPage
from tests.web.conftest import OpenApp, Site, open_session

if TYPE_CHECKING:
    from playwright.sync_api import Locator

# As it stands in the document: its lines are not indented.
SNIPPET = """from abstra.connectors import run_connection_action

result = run_connection_action(
connection_name="local",
action_name="get_deals",
params={
"status": "open",
"limit": 5
})
"""

LOOP = """print("begun")
while True:
    pass
"""

RAISE = """from dealwright import run_connection_action

deal = run_connection_action("local", "get_deals_by_id", {{"id": {id}}})["data"]
run_connection_action("local", "patch_deals_by_id", {{"id": deal["id"], "data": {{"value": deal["value"] + 500}}}})
print("raised", deal["title"])
"""

DELETE = """from dealwright import run_connection_action

run_connection_action("local", "delete_deals_by_id", {{"id": {id}}})
"""

A_SCHEDULED_RUN_MS = 90_000
"""The shortest schedule is due at the next full minute."""


def source(app: AppPage) -> Locator:
    return app.page.get_by_role("textbox", name="Source, Python")


def write(app: AppPage, code: str) -> None:
    """Puts code in the place of what is written."""
    source(app).click()
    app.page.keyboard.press("Control+a")
    app.page.keyboard.insert_text(code)


def type_at_end(app: AppPage, text: str) -> None:
    source(app).focus()
    app.page.keyboard.press("Control+End")
    app.page.keyboard.type(text)


def run(app: AppPage) -> None:
    app.button(re.compile("^Run$|^Run ")).first.click()


def output(app: AppPage) -> Locator:
    return app.page.get_by_role("log", name="Output")


def wait_for_state(app: AppPage, words: str) -> None:
    app.page.get_by_role("region", name="What it did").get_by_role("status").get_by_text(words).wait_for()


def tab(app: AppPage, name: str) -> Locator:
    return app.page.get_by_role("tab", name=re.compile(f"^{name}"))


def save_as(app: AppPage, name: str) -> None:
    app.button("Save").click()
    dialog = app.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Save").click()
    app.heading(name).wait_for()


def value_of(site: Site, id: int) -> Any:
    deal: Any = site.call("GET", f"/api/v2/deals/{id}")
    return deal["value"]


def make_deal(site: Site, title: str) -> int:
    deal: Any = site.call("POST", "/api/v2/deals", {"title": title, "value": 1000, "currency": "EUR"})
    id: int = deal["id"]
    return id


def test_the_snippet_of_the_document_runs_as_it_stands(app: AppPage) -> None:
    app.open("/editor")
    source(app).wait_for()
    app.keep("editor-first")
    write(app, SNIPPET + 'print(len(result["data"]), "deals")\n')
    app.page.keyboard.press("Control+Enter")
    wait_for_state(app, "Done")
    output(app).get_by_text("5 deals", exact=True).wait_for()
    app.keep("editor-ran")
    tab(app, "Actions").click()
    call = app.page.get_by_role("link", name=re.compile("get_deals"))
    call.wait_for()
    app.keep("editor-actions")
    # What ran is at an address, which shows the same to whoever opens it.
    app.page.reload()
    output(app).get_by_text("5 deals", exact=True).wait_for()
    tab(app, "Actions").click()
    call.click()
    app.wait_for_path(re.compile("/runs/.+"))
    app.page.get_by_role("link", name="the run that called it").click()
    output(app).get_by_text("5 deals", exact=True).wait_for()
    # What was written and not saved is there again.
    app.page.get_by_role("link", name="Editor", exact=True).first.click()
    source(app).get_by_text('print(len(result["data"]), "deals")').wait_for()


def test_a_loop_without_an_end_is_stopped(app: AppPage) -> None:
    app.open("/editor")
    write(app, LOOP)
    run(app)
    output(app).get_by_text("begun").wait_for()
    app.button("Stop").wait_for()
    app.keep("editor-running")
    app.button("Stop").click()
    wait_for_state(app, "Stopped")
    app.page.get_by_text("It was stopped.").wait_for()
    app.button(re.compile("^Run$|^Run ")).first.wait_for()
    # An error is shown with where it was made.
    write(app, 'print("half")\n1 / 0\n')
    run(app)
    wait_for_state(app, "Ended with an error")
    output(app).get_by_text("ZeroDivisionError").first.wait_for()
    app.keep("editor-error")
    app.button("Clear output").click()
    app.page.get_by_role("list", name="Latest runs").get_by_text("Stopped").first.wait_for()


def test_connections_actions_and_parameters_are_offered_and_explained(app: AppPage) -> None:
    app.open("/editor")
    write(app, "")
    app.choose("Insert a call", "local")
    offered = app.page.get_by_role("listbox")
    app.page.keyboard.type("post_activ")
    option = offered.get_by_role("option", name=re.compile("^post_activities"))
    option.wait_for()
    app.page.get_by_text("Writes. ").first.wait_for()
    app.keep("editor-completion")
    app.page.keyboard.press("Enter")
    app.page.keyboard.press("End")
    app.page.keyboard.press("ArrowLeft")
    app.page.keyboard.type(", {")
    offered.get_by_role("option", name=re.compile("^data")).click()
    app.page.keyboard.type("sub")
    offered.get_by_role("option", name=re.compile("^subject")).click()
    app.page.keyboard.type("Call them")
    source(app).get_by_text(
        'run_connection_action("local", "post_activities", {"data": {"subject": "Call them"}})'
    ).wait_for()
    # The action at the cursor is named below.
    app.page.get_by_role("link", name="v2.post_activities").wait_for()
    source(app).get_by_text('"post_activities"').hover()
    app.page.get_by_text("Create an activity. Writes").first.wait_for()
    # Escape, then Tab leaves the editor.
    source(app).focus()
    app.page.keyboard.press("Escape")
    app.page.keyboard.press("Tab")
    assert not source(app).evaluate("one => one.getRootNode().activeElement === one")
    app.choose("Options of the script", "Give up changes")
    app.page.get_by_role("alertdialog").get_by_role("button", name="Give up changes").click()
    source(app).get_by_text("get_deals").wait_for()


def test_a_script_is_saved_rehearsed_and_applied(app: AppPage, site: Site) -> None:
    id = make_deal(site, "A mill")
    app.open("/editor")
    write(app, RAISE.format(id=id))
    save_as(app, "raise-the-mill")
    app.wait_for_path(re.compile(r"/editor/\d+"))
    app.choose("Run with options", "Rehearse on a copy")
    card = app.page.get_by_role("article", name="A mill, Change")
    card.wait_for()
    card.get_by_text("€1,500").first.wait_for()
    assert value_of(site, id) == 1000
    app.keep("editor-rehearsed")
    app.button("Apply").click()
    wait_for_state(app, "Done")
    output(app).get_by_text("raised A mill").wait_for()
    assert value_of(site, id) == 1500
    tab(app, "Actions").click()
    app.page.get_by_role("link", name=re.compile("patch_deals_by_id")).wait_for()
    # What was rehearsed is applied once.
    app.page.go_back()
    app.page.get_by_text("It was applied.").wait_for()
    assert app.button("Apply").count() == 0
    app.page.get_by_text("Saved as version 1.").wait_for(state="hidden")
    app.keep("editor-applied")


def test_what_deletes_is_applied_after_a_question_alone(app: AppPage, site: Site) -> None:
    id = make_deal(site, "An old oven")
    app.open("/editor")
    write(app, DELETE.format(id=id))
    app.choose("Run with options", "Rehearse on a copy")
    app.page.get_by_role("article", name="An old oven, Delete").wait_for()
    app.button("Apply").click()
    question = app.page.get_by_role("alertdialog")
    question.get_by_text("It deletes 1 record.").wait_for()
    app.keep("editor-apply-deletes")
    question.get_by_role("button", name="Cancel").click()
    assert value_of(site, id) == 1000
    app.button("Apply").click()
    question.get_by_role("button", name="Apply").click()
    app.page.get_by_text("It has written nothing.").wait_for()
    path, token = f"{site.url}/api/v2/deals/{id}", {"x-api-token": site.sandbox.api_token}
    assert httpx2.get(path, headers=token, timeout=30).status_code == 404
    # Without writing it is refused.
    write(app, DELETE.format(id=id))
    app.choose("Run with options", "Run without writing")
    wait_for_state(app, "Ended with an error")
    output(app).get_by_text("this run may only read").first.wait_for()


def test_versions_are_looked_at_and_brought_back(app: AppPage) -> None:
    app.open("/editor")
    write(app, 'print("first")\n')
    save_as(app, "versions")
    type_at_end(app, 'print("second")')
    app.page.get_by_text("Edited, not saved").wait_for()
    app.page.get_by_role("navigation", name="Scripts").get_by_text("Not saved").wait_for(state="attached")
    # Another page, and back: nothing is lost.
    app.page.get_by_role("link", name="Runs", exact=True).first.click()
    app.wait_for_path("/runs")
    app.page.go_back()
    source(app).get_by_text('print("second")').wait_for()
    source(app).focus()
    app.page.keyboard.press("Control+s")
    app.page.get_by_text("Saved as version 2.").wait_for()
    app.button("Version 2").click()
    versions = app.page.get_by_role("dialog", name="Versions")
    versions.get_by_role("link", name="Version 1").wait_for()
    app.keep("editor-versions")
    versions.get_by_role("link", name="Version 1").click()
    app.page.get_by_text("This is version 1, as it was saved.").wait_for()
    assert source(app).get_by_text("second").count() == 0
    app.keep("editor-version")
    app.button("Bring back").click()
    app.page.get_by_text("Version 1 is back, as version 3.").wait_for()
    app.button("Version 3").wait_for()
    # In two tabs at once the later one is told.
    other = app.context.new_page()
    other.goto(app.page.url)
    elsewhere = other.get_by_role("textbox", name="Source, Python")
    elsewhere.click()
    other.keyboard.type("# other\n")
    type_at_end(app, "# mine")
    app.button("Save").click()
    app.page.get_by_text("Saved as version 4.").wait_for()
    with app.expecting("409"):
        other.keyboard.press("Control+s")
        conflict = other.get_by_role("dialog", name="Another version was saved")
        conflict.wait_for()
    conflict.get_by_role("button", name="Save mine after it").click()
    other.get_by_text("Saved as version 5.").wait_for()
    other.close()


def test_scripts_are_found_renamed_shared_and_deleted(app: AppPage) -> None:
    app.open("/editor")
    app.button("Walk every page").click()
    source(app).get_by_text("next_cursor").wait_for()
    save_as(app, "all-people")
    scripts = app.page.get_by_role("navigation", name="Scripts")
    scripts.get_by_role("link", name=re.compile("^all-people")).wait_for()
    app.choose("Options of the script", "Rename")
    app.page.get_by_label("Name", exact=True).fill("every-person")
    app.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    app.heading("every-person").wait_for()
    app.choose("Options of the script", "Share with the company")
    link = scripts.get_by_role("link", name=re.compile("^every-person"))
    link.get_by_role("img", name="Shared").wait_for()
    scripts.get_by_role("searchbox", name="Find scripts").fill("every")
    link.wait_for()
    scripts.get_by_role("searchbox", name="Find scripts").fill("nothing like it")
    app.page.get_by_text("No script like this").wait_for()
    scripts.get_by_role("searchbox", name="Find scripts").fill("")
    app.choose("Options of the script", "Delete")
    app.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    app.wait_for_path("/editor")
    link.wait_for(state="hidden")
    with app.expecting("404"):
        app.open("/editor/99999999")
        app.page.get_by_text("There is no such script").wait_for()
        app.keep("editor-missing")


def test_a_script_runs_by_itself(app: AppPage, site: Site) -> None:
    id = make_deal(site, "A bakery")
    app.open("/editor")
    write(app, RAISE.format(id=id))
    save_as(app, "every-minute")
    app.button("Schedule").click()
    dialog = app.page.get_by_role("dialog", name="Schedules of every-minute")
    dialog.get_by_text("It does not run by itself yet").wait_for()
    dialog.get_by_role("button", name="Add a schedule").click()
    form = app.page.get_by_role("dialog", name="Add a schedule")
    app.keep("editor-schedule-form")
    form.get_by_label("When").click()
    app.page.get_by_role("option", name="Cron expression").click()
    form.get_by_label("Cron expression").fill("99 * * * *")
    with app.expecting("400"):
        form.get_by_role("button", name="Save").click()
        form.get_by_role("alert").first.wait_for()
    form.get_by_label("Cron expression").fill("* * * * *")
    form.get_by_role("button", name="Save").click()
    dialog.get_by_text("Next run").wait_for()
    dialog.get_by_text("Not yet").wait_for()
    last = dialog.get_by_role("link", name=re.compile("Done"))
    last.wait_for(timeout=A_SCHEDULED_RUN_MS)
    app.keep("editor-schedules")
    assert value_of(site, id) > 1000
    switch = dialog.get_by_role("switch")
    switch.click()
    dialog.get_by_text("Switched off").wait_for()
    last.click()
    output(app).get_by_text("raised A bakery").wait_for()
    wait_for_state(app, "Done")


@pytest.fixture
def seller(site: Site) -> Site:
    """Returns the same server with somebody signed in who is no admin."""
    made: Any = site.call("POST", "/v1/users", {"email": "vera@example.com"})
    with closing(open_session(site.url, site.cookies)) as admin:
        link = admin.post(f"/app/api/users/{made['id']}/invitation").json()["link"]
    with closing(open_session(site.url)) as client:
        password = {"token": link.partition("token=")[2], "password": "a good pass phrase"}
        assert client.post("/app/api/password", json=password).status_code == 200
        return site._replace(cookies=dict(client.cookies.items()))


def test_who_may_not_use_it_is_told_what_to_do(app: AppPage, open_app: OpenApp, seller: Site) -> None:
    theirs = open_app(seller)
    theirs.open("/editor")
    theirs.heading("You may not use the editor").wait_for()
    theirs.page.get_by_text("under Settings, Editor").wait_for()
    theirs.keep("editor-not-permitted")
    app.open("/settings/editor")
    switch = app.page.get_by_role("switch", name=re.compile("^vera"))
    switch.click()
    app.page.get_by_text("may use the editor now.").wait_for()
    app.keep("settings-editor")
    theirs.page.reload()
    source(theirs).wait_for()
    switch.click()
    app.page.get_by_text("may use the editor no longer.").wait_for()
    theirs.page.reload()
    theirs.heading("You may not use the editor").wait_for()


def test_how_code_is_fenced_in_and_where_it_is_off(app: AppPage) -> None:
    app.open("/editor")
    app.button(re.compile("^Isolation ")).click()
    app.page.get_by_role("dialog").get_by_text("In use").wait_for()
    app.keep("editor-isolation")
    # The page is given what a server without isolation would send.
    known: Any = app.page.evaluate("() => fetch('/app/api/editor').then(answer => answer.json())")
    off = {
        **known,
        "is_on": False,
        "off_reason": "This machine has no isolation that is enough for others.",
        "level": None,
    }
    app.page.route(re.compile("/app/api/editor$"), lambda route: route.fulfill(json=off))
    app.page.reload()
    app.heading("The editor is off on this server").wait_for()
    app.keep("editor-off")


def test_what_does_not_come_is_said_and_asked_for_again(app: AppPage) -> None:
    failing = re.compile("/app/api/(editor|scripts|script-runs/[^/]+/output)($|[?])")
    app.page.route(
        failing, lambda route: route.fulfill(status=500, json={"error": {"code": "internal", "message": "It broke."}})
    )
    with app.expecting("500"):
        app.open("/editor")
        app.page.get_by_text("It broke.").wait_for()
        app.keep("editor-failed")
    app.page.unroute(failing)
    app.button("Try again").click()
    source(app).wait_for()
    with app.expecting("404"):
        app.open("/editor?run=00000000-0000-7000-8000-000000000000")
        app.page.get_by_text("There is no such run").wait_for()
