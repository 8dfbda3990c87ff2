"""Mail for `scripts.conformance_meter`: it comes in as it does for everybody, over SMTP to the addresses for copies of deals.

`run_receiver` runs ``dealwright mail`` beside a server; `send_mails` sends what the lists and threads of mail are measured with.
"""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

DOMAIN = "mail.example"
VARIABLE = "DEALWRIGHT_CONFORMANCE_SMTP"
START_SECONDS = 30
RECEIVED_SECONDS = 10
_ADDRESS = re.compile(r" on (\S+):(\d+)$", re.MULTILINE)


class ReceiverFailed(Exception):
    """``dealwright mail`` does not receive; the message is what it printed."""


@contextmanager
def run_receiver(database: str, files: str) -> Iterator[str]:
    """Runs ``dealwright mail`` over the same company; yields its address, as ``host:port``."""
    command = [str(Path(sys.executable).with_name("dealwright")), "mail", "--database", database, "--files", files]
    command += ["--mail-domain", DOMAIN, "--smtp-port", "0"]
    with tempfile.TemporaryFile("a+") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            yield _find_address(process, output)
        finally:
            process.terminate()
            process.wait()


def _find_address(process: subprocess.Popen[bytes], output: Any) -> str:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if found := _ADDRESS.search(os.pread(output.fileno(), 4096, 0).decode()):
            return f"{found[1]}:{found[2]}"
        time.sleep(0.05)
    output.seek(0)
    raise ReceiverFailed(output.read())


def send_mails(meter: Any) -> None:
    """Sends a question of the meter's person about the meter's deal, and the answer, and has their thread shared and read."""
    deal = meter.call("GET", f"/v1/deals/{meter.fx('deal')}").json["data"]
    me = meter.call("GET", "/v1/users/me").json["data"]
    user = f"{me['name']} <{me['email']}>"
    customer, colleague = _address(meter, meter.fx("person")), _address(meter, meter.fx("person", True))
    question = _write(meter, customer, user, "Harness question", f"question-{meter.RUN}@customer.example")
    question["Cc"], question["Bcc"] = colleague, colleague
    question.add_alternative('<p>How much is it? <img src="cid:logo"></p>', subtype="html")
    question.add_attachment(meter.PNG, "image", "png", filename="logo.png", disposition="inline", cid="<logo>")
    question.add_attachment(b"Harness", "text", "plain", filename="question.txt")
    answer = _write(meter, user, customer, "Re: Harness question", f"answer-{meter.RUN}@example.com")
    answer["In-Reply-To"] = answer["References"] = str(question["Message-ID"])
    answer["Cc"], answer["Bcc"] = colleague, colleague
    answer.add_attachment(b"Harness", "text", "plain", filename="answer.txt")
    unanswered = _write(meter, customer, user, "Harness: another question", f"unanswered-{meter.RUN}@customer.example")
    host, port = os.environ[VARIABLE].split(":")
    with smtplib.SMTP(host, int(port), timeout=RECEIVED_SECONDS) as smtp:
        for mail in (question, answer, unanswered):
            # As it is, because the library's other way takes Bcc out.
            smtp.sendmail(str(mail["From"]), [deal["cc_email"]], mail.as_bytes(policy=SMTP))
    for thread in meter.call("GET", "/v1/mailbox/mailThreads", query={"folder": "inbox"}).json["data"]:
        if thread["subject"] == question["Subject"]:
            meter.F.memo["mail_thread"] = thread["id"]
        elif thread["subject"] == unanswered["Subject"]:
            meter.F.memo["unanswered"] = thread["id"]
        meter.call("PUT", f"/v1/mailbox/mailThreads/{thread['id']}", form={"shared_flag": 1, "read_flag": 1})


def _address(meter: Any, person_id: int) -> str:
    person = meter.call("GET", f"/v1/persons/{person_id}").json["data"]
    return f"{person['name']} <{person['email'][0]['value']}>"


def _write(meter: Any, sender: str, receiver: str, subject: str, id: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, receiver, subject, f"<{id}>"
    mail["Date"] = format_datetime(meter.NOW)
    mail.set_content("Dear all,\nwhat about the price?")
    return mail
