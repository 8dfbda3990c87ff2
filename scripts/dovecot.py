"""A real mail server for the tests of mailboxes: Dovecot, found or, as root on Debian, installed.

    python -m scripts.dovecot

installs it or says why it cannot be had. Each test that needs one starts a server of its own (`tests.mail.dovecot`).
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from scripts import apt
from scripts.apt import Unavailable


def find_or_install() -> str:
    """Returns the path of the program, installing it where that can be done. Raises Unavailable with the reason."""
    if found := shutil.which("dovecot"):
        return found
    program = apt.find_or_install("dovecot", "dovecot-imapd")
    # This machine is no mail server because its tests need one.
    subprocess.run(["update-rc.d", "dovecot", "disable"], check=False, capture_output=True)
    return program


def main() -> int:
    """Installs; a server that cannot be had is said, and is no failure: its tests say so again and are skipped."""
    try:
        find_or_install()
    except Unavailable as reason:
        print(f"Dovecot is left out: {reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
