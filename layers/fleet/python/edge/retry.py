"""How a worker asks for a message once more although nothing is wrong with Muster."""

from __future__ import annotations


class TryAgain(Exception):
    """Raised by a worker on a queue for what somebody else cannot take now: the message is delivered again, and no failure is counted."""
