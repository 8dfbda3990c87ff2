"""Conversations on a server: what is run, as whom, with which rights, and that nothing is without a consent."""

from __future__ import annotations

import pytest

from dealwright.chat.dialogue import Reply, State
from dealwright.chat.drafts import Draft
from dealwright.console import chat
from dealwright.console.chat import Said
from dealwright.console.service import Console, find_console, open_console
from dealwright.crm.errors import Invalid, NotFound
from tests.api import Api
from tests.company import add_user

SENTENCE = 'Execute the action "{}" from my connector "{}" using the params "{}".'


@pytest.fixture
def console(api: Api) -> Console:
    try:
        return find_console(api.companies)
    except KeyError:
        return open_console(api.companies, api.app)


def say(console: Console, api: Api, *texts: str) -> Said:
    """Returns what the last text of a conversation has come to."""
    said = Said(State(), Reply(kind="say"), None)
    for text in texts:
        said = chat.say(console, api.principal, said.state, text)
    return said


def titles(api: Api) -> list[str]:
    return [deal["title"] for deal in api.get("/api/v2/deals").data]


def test_what_reads_is_run_as_the_user(api: Api, console: Console) -> None:
    api.post("/api/v2/deals", {"title": "Roof"})
    for name in ("local", "This CRM"):
        said = say(console, api, SENTENCE.format("get_deals", name, "{'status': 'open'}"))
        assert said.ran is not None
        assert said.ran.answer is not None
        assert [deal["title"] for deal in said.ran.answer.body["data"]] == ["Roof"]
    run = api.get("/app/api/runs").body["items"][0]
    assert (run["source"], run["connection"], run["params"]) == ("chat", "This CRM", {"status": "open"})
    user = add_user(api, "Rita")
    said = say(console, user, "get_users_me")
    assert said.ran is not None
    assert said.ran.answer is not None
    assert said.ran.answer.body["data"]["name"] == "Rita"
    with pytest.raises(NotFound, match="There is no connection 'nothing'"):
        say(console, api, SENTENCE.format("get_deals", "nothing", "{}"))


def test_what_writes_is_run_on_a_consent_and_taken_back(api: Api, console: Console) -> None:
    order = "create a deal called Roof"
    for texts in ([order], [order, "no"], [order, "maybe"], [order, "no", "yes"], ["yes"]):
        assert say(console, api, *texts).ran is None
    assert (titles(api), api.get("/app/api/runs").body["items"]) == ([], [])
    said = say(console, api, order, "yes")
    assert said.ran is not None
    assert (said.state, titles(api)) == (State(), ["Roof"])
    assert api.post(f"/app/api/runs/{said.ran.run.id}/undo").status == 200
    assert titles(api) == []


def test_what_may_be_run_is_asked_when_it_is_run(api: Api, console: Console) -> None:
    proposed = say(console, api, "create a deal called Roof")
    api.patch("/app/api/connections/1", {"permits": {"kind": "read"}})
    ran = chat.say(console, api.principal, proposed.state, "yes").ran
    assert ran is not None
    assert (ran.run.status, ran.answer) == ("refused", None)
    assert titles(api) == []


def test_no_file_of_the_server_is_read(api: Api, console: Console) -> None:
    said = say(console, api, "run post_files {'file': '/etc/hostname'}")
    assert (said.ran, said.reply.kind) == (None, "say")
    call = Draft(action="v1.post_files", params={"data": {"file": "/etc/hostname"}})
    with pytest.raises(Invalid, match="is a file"):
        chat.run(console, api.principal, call)
