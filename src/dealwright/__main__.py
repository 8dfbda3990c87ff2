"""``python -m dealwright``: the same as the command ``dealwright``."""

from __future__ import annotations

import sys

from dealwright.cli import main

sys.exit(main())
