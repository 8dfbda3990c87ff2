"""CRMs in this process leave nothing behind when they are closed, and notice when their folder is removed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dealwright.connectors import Client, UnusableConnection, connections

MANY = """
import gc, os, resource, sys, tempfile, threading
from pathlib import Path
from dealwright import Client
from dealwright.connectors import connections

resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
root = Path(sys.argv[1])
root.mkdir()

def use(number):
    with Client(connections.embedded("many", root / str(number))) as client:
        client.run("post_deals", {"data": {"title": "Roof"}})
        assert len(client.run("get_deals")["data"]) == 1

def state():
    gc.collect()
    with open("/proc/self/statm") as file:
        memory = int(file.read().split()[1]) * resource.getpagesize()
    return memory, sorted(t.name for t in threading.enumerate()), len(os.listdir("/proc/self/fd")), len(os.listdir(tempfile.gettempdir()))

# What is made once for a process, also what is cached up to a size, is there after these.
for number in range(20):
    use(number)
before = state()
for number in range(20, 320):
    use(number)
after = state()
assert after[1:] == before[1:], (before, after)
print(after[0] - before[0])
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells the memory of a process so")
def test_three_hundred_are_opened_and_closed_in_one_process(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", MANY, str(tmp_path / "crms")],
        env={"PYTHONPATH": "src", "DEALWRIGHT_STATE_DIR": str(tmp_path / "state"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) < 20 * 2**20


def test_what_is_written_to_a_folder_that_was_removed_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "crm"
    with Client(connections.embedded("sandbox", folder)) as client:
        client.run("post_deals", {"data": {"title": "Roof"}})
        shutil.rmtree(folder)
        with pytest.raises(UnusableConnection, match="was removed while it was open"):
            client.run("post_deals", {"data": {"title": "Roof"}})
        client.close()
        client.run("post_deals", {"data": {"title": "Roof"}})
        assert len(client.run("get_deals")["data"]) == 1
