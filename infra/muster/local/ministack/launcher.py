"""Starts MiniStack 1.5.33 with repairs of its defects. It runs in MiniStack's own environment.

Each module in `repairs` replaces private functions of MiniStack in memory. The product never imports any of this.
REPAIRS names further modules to apply, for deployments with functions.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from pathlib import Path

from ministack import app

ALWAYS = ("queries", "templates", "conditions", "state", "trimming", "fairness")


def repair() -> None:
    """Apply the repairs. They are imported from this folder, since this environment has no package of ours."""
    sys.path.append(str(Path(__file__).parent))
    for name in (*ALWAYS, *os.environ.pop("REPAIRS", "").split()):
        importlib.import_module(f"repairs.{name}").apply()


def end_with_parent() -> None:
    """Shut down cleanly when the parent has ended: standard input, a pipe from it, then closes."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()


if __name__ == "__main__":
    repair()
    end_with_parent()
    sys.argv = ["ministack"]
    app.main()
