"""What a script may use, by the environment of the server."""

from __future__ import annotations

import os
from typing import NamedTuple

SECONDS_VARIABLE = "DEALWRIGHT_EDITOR_SECONDS"
CPU_SECONDS_VARIABLE = "DEALWRIGHT_EDITOR_CPU_SECONDS"
MEMORY_VARIABLE = "DEALWRIGHT_EDITOR_MEMORY_MB"
OUTPUT_VARIABLE = "DEALWRIGHT_EDITOR_OUTPUT_KB"

MIB = 1024 * 1024


class Limits(NamedTuple):
    """Time by the clock, time of processors, memory, output, and files in the folder of the script."""

    wall_seconds: float = 60.0
    cpu_seconds: float = 10.0
    memory_bytes: int = 512 * MIB
    output_bytes: int = MIB
    file_bytes: int = 16 * MIB


def from_environment() -> Limits:
    """Returns the limits that the environment sets, and the usual ones for what it does not."""
    usual = Limits()
    return Limits(
        wall_seconds=_number(SECONDS_VARIABLE, usual.wall_seconds),
        cpu_seconds=_number(CPU_SECONDS_VARIABLE, usual.cpu_seconds),
        memory_bytes=int(_number(MEMORY_VARIABLE, usual.memory_bytes / MIB) * MIB),
        output_bytes=int(_number(OUTPUT_VARIABLE, usual.output_bytes / 1024) * 1024),
    )


def _number(variable: str, otherwise: float) -> float:
    try:
        found = float(os.environ.get(variable, ""))
    except ValueError:
        return otherwise
    return found if 0 < found < 1e9 else otherwise
