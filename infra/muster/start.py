"""The entry of the `muster` command: Ctrl-C ends it without a traceback, also while it imports."""

from __future__ import annotations

import signal

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def main() -> int:
    """Run the command. Ctrl-C ends an import at once: as an exception, some libraries would report it as a fault of their own."""
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeded:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from muster import command

    if heeded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return command.main()
    except KeyboardInterrupt:
        return INTERRUPTED
