"""A private mail server for the tests: Dovecot, with one user, in a folder of its own and on a free port."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

import scripts.dovecot
from scripts.apt import Unavailable
from tests.mail.certificates import make_certificate

USER, PASSWORD = "ada@example.com", "hunter2-of-ada"
START_SECONDS = 30

BEFORE_2_4 = """
protocols = imap
mail_location = maildir:{folder}/mail/%u
disable_plaintext_auth = no
ssl_cert = <{certificate}
ssl_key = <{certificate}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""

SINCE_2_4 = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {{
  imap = yes
}}
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
auth_allow_cleartext = yes
ssl_server_cert_file = {certificate}
ssl_server_key_file = {certificate}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
"""

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
first_valid_uid = 1
mail_fsync = never
auth_failure_delay = 0
ssl = yes
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox "Old mail" {{
    special_use = \\Archive
    auto = create
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
  chroot =
}}
service anvil {{
  chroot =
  # Without it nobody is made to wait after wrong passwords.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class MailServer(NamedTuple):
    """A running server, and the folder where it keeps its mail."""

    port: int
    tls_port: int
    folder: Path
    certificate: Path

    def append(self, folder: str, message: bytes, flags: str = "", internal_date: str | None = None) -> None:
        """Puts a message into a folder."""
        with self.session() as session:
            session.create(f'"{folder}"')
            status, answer = session.append(f'"{folder}"', flags, internal_date or "", message)
            assert status == "OK", answer

    @contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        """Yields a session of the user."""
        session = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        try:
            session.login(f'"{USER}"', PASSWORD)
            yield session
        finally:
            session.logout()


@contextmanager
def run_server(folder: Path) -> Iterator[MailServer]:
    """Yields a server that keeps its data in a folder, which all users may enter; skips the test where there is none."""
    try:
        program = scripts.dovecot.find_or_install()
    except Unavailable as reason:
        pytest.skip(f"Dovecot: {reason}")
    if os.geteuid() != 0:
        pytest.skip("Dovecot: it gives its mail to another user, which only root can do")
    server = MailServer(_free_port(), _free_port(), folder, _make_certificate(folder))
    configuration = folder / "dovecot.conf"
    configuration.write_text(_configuration(server, _version(program)))
    command = [program, "-F", "-c", str(configuration)]
    if setpriv := shutil.which("setpriv"):
        # It ends with the tests, however they end.
        command = [setpriv, "--pdeathsig", "TERM", *command]
    said = folder / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError, imaplib.IMAP4.error), server.session():
                break
            if process.poll() is not None or time.monotonic() > deadline:
                log = folder / "log"
                raise AssertionError(said.read_text() + (log.read_text() if log.exists() else ""))
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _version(program: str) -> tuple[int, ...]:
    done = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return tuple(int(number) for number in done.stdout.split()[0].split(".")[:2])


def _configuration(server: MailServer, version: tuple[int, ...]) -> str:
    """Returns the configuration of a server, which keeps mail as another user than root, as it wants to."""
    entry = pwd.getpwnam("mail")
    (server.folder / "mail").mkdir()
    os.chown(server.folder / "mail", entry.pw_uid, entry.pw_gid)
    of_version = SINCE_2_4 if version >= (2, 4) else BEFORE_2_4
    # Newer ones want to be told their version first.
    return (of_version + CONFIGURATION).format(
        folder=server.folder,
        uid=entry.pw_uid,
        gid=entry.pw_gid,
        password=PASSWORD,
        port=server.port,
        tls_port=server.tls_port,
        certificate=server.certificate,
    )


def _make_certificate(folder: Path) -> Path:
    """Makes a certificate that nobody has signed, with its key."""
    path = folder / "certificate.pem"
    path.write_bytes(make_certificate("localhost"))
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
