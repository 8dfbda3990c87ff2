"""The examples of docs/python.md run, each in a process of its own, and are right for mypy."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import dealwright
from tests.typed.test_typos import check

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "python.md"
EXAMPLES = re.findall(r"^```python tested\n(.*?)^```$", MANUAL.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_manual(number: int, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(EXAMPLES[number])
    environment = {
        "PYTHONPATH": str(Path(dealwright.__file__).resolve().parents[1]),
        "DEALWRIGHT_CONNECTION_SALES": f"embedded:{tmp_path / 'crm'}",
        "HOME": str(tmp_path),
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_types_of_the_examples(tmp_path: Path) -> None:
    scripts = [tmp_path / f"example_{number}.py" for number in range(len(EXAMPLES))]
    for script, text in zip(scripts, EXAMPLES, strict=True):
        script.write_text(text)
    assert check(*scripts) == []
