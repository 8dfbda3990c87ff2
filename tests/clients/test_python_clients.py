"""Python clients, unchanged, against the server: each calls all that it has."""

from __future__ import annotations

from tests.clients.administrator import connect
from tests.clients.app_access import consent
from tests.clients.recording import check_record, served
from tests.clients.running import SCENARIOS, Server, find_client, run


def test_pipedrive_python_lib(sqlite_server: Server) -> None:
    client, sandbox = find_client("pipedrive-python-lib"), sqlite_server.sandbox
    variables = {"code": consent(sandbox).code, **sandbox.oauth}
    done = run(client, [SCENARIOS / "pipedrive_python_lib.py"], sqlite_server, variables=variables)
    assert done.summary == {"missing": [], "same_user": True}
    check_record("pipedrive-python-lib", served(done.calls))


def test_pipedrive_api(sqlite_server: Server) -> None:
    done = run(find_client("pipedrive-api"), [SCENARIOS / "pipedrive_api.py"], sqlite_server)
    assert done.summary == {"missing": []}
    check_record("pipedrive-api", served(done.calls))


def test_pypipedrive_client(sqlite_server: Server) -> None:
    with connect(sqlite_server) as admin:
        user = admin.get("/v1/users/me")["id"]
    client = find_client("pypipedrive-client")
    done = run(client, [SCENARIOS / "pypipedrive_client.py"], sqlite_server, variables={"user": str(user)})
    assert done.summary == {"missing": []}
    check_record("pypipedrive-client", served(done.calls))
