"""The entry of the `muster` command: Ctrl-C ends it without a traceback, also while it imports."""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""
UNREAD = 141
"""Exit status when nobody reads the output any more, as shells have it: `muster gateway show --sn … | head -1`."""


def main() -> int:
    """Run the command. Ctrl-C ends an import at once: as an exception, some libraries would report it as a fault of their own."""
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeded:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from muster import command

    if heeded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = command.main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    return code
