"""What a simulated gateway has handled last of each subject, so that it drops what a newer message has replaced (device-plane.md 4)."""

from __future__ import annotations

from muster.simulate.wire import Order


def subject(order: Order) -> str | None:
    """What the newest message of a type or section replaces; None where no message replaces another."""
    if order.type == "config.desired":
        return f"{order.type} {order.payload.get('section')}"
    return order.type if order.type == "location.config" or order.type.startswith("action.") else None


class Sequence:
    """The highest number that was handled of each subject. It is lost with the device's memory: then any number is taken."""

    def __init__(self) -> None:
        self._handled: dict[str, int] = {}

    def takes(self, subject: str | None, number: int) -> bool:
        """Whether a message is to be handled; it counts as handled then. One with the same number is the same again."""
        if subject is None:
            return True
        if number < self._handled.get(subject, 0):
            return False
        self._handled[subject] = number
        return True
