"""A change of a device's attributes, as far as the values that were stored before are concerned."""

from __future__ import annotations

from fleet.access import Unplaced
from fleet.values import Value


class AttributeChange(Value, Unplaced):
    """What became of attributes with one version of a device.

    The values of those that are `dropped` count no more; `renamed` has the former and the new name of others, all of one moment.
    """

    device: str
    version: int
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which there are values of before the change."""
        return (*self.dropped, *(old for old, _ in self.renamed))

    def precedes(self, arrival: str) -> bool:
        """Whether a value is one of the attribute as it was before the change, by the end of its mark, `<arrival>.<version, 9 digits>`: it
        does not matter when it was received or stored.
        """
        return int(arrival.partition(".")[2]) < self.version

    def carried(self, arrival: str) -> str:
        """The end of a value's mark under its new name."""
        return f"{arrival.partition('.')[0]}.{self.version:09d}"
