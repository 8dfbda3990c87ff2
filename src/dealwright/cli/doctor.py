"""``dealwright doctor``: says what this machine can do."""

from __future__ import annotations

import platform

from dealwright.cli import output
from dealwright.isolation import levels, limits


def doctor() -> None:
    """Say how well code of the editor can be fenced in on this machine, and what is lacking.

    Beyond this machine the editor runs code at level A or B alone.
    """
    output.say(f"Python {platform.python_version()}, {platform.system()} {platform.release()}")
    output.say("Isolation of scripts in the editor:")
    for one in levels.states():
        state = "yes" if one.reason is None else f"no: {one.reason}"
        output.say(f"  {one.level}  {levels.DESCRIPTIONS[one.level]}: {state}")
    here, beyond = levels.best(is_local=True), levels.best(is_local=False)
    output.say(f"In use where only this machine reaches the server: {here or 'none, the editor is off'}")
    output.say(f"In use where others do: {beyond or 'none, the editor is off'}")
    used = limits.from_environment()
    mib = limits.MIB
    output.say(
        f"A script may take {used.wall_seconds:g} s, {used.cpu_seconds:g} s of a processor, {used.memory_bytes // mib} MiB of memory, "
        f"{used.output_bytes // 1024} KiB of output"
    )
