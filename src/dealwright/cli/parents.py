"""Ends a server with the process that has started it, which may die without a word."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

CHECK_SECONDS = 0.5


def handle_signals() -> None:
    """Has the signals for the end of a process end this one in order, also that of a closed terminal, unless it is ignored (nohup)."""
    # The server installs handlers of its own later, for all but that of the terminal.
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: sys.exit(0))
    if _ends_with_terminal():
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def end_with_parent() -> None:
    """Ends this process in order once its parent is gone; not one that was started with nohup, which is meant to stay."""
    if _ends_with_terminal():
        threading.Thread(target=_watch, args=(os.getppid(),), name="dealwright-parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _ends_with_terminal() -> bool:
    return hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
