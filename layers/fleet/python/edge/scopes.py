"""Which scopes the routes of an API may declare."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scopes:
    """The scopes of one API beside PUBLIC, which every API has.

    `written_in` are the files that list them, for whoever needs one more. `usual` are those with which new routes begin, by
    method: of several that may fit, the plainest.
    """

    names: Collection[str] = ()
    written_in: tuple[str, ...] = ()
    usual: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> str:
        """All names and where they are written, in the words of a message."""
        return f"one of {', '.join(sorted(self.names))} ({', '.join(self.written_in)})"

    def check(self, scope: str, api: str) -> None:
        """TypeError that names the scopes of the API unless this is one of them."""
        if scope not in self.names:
            known = self.known if self.names else "it has none but PUBLIC until `scopes` of its Api names some"
            raise TypeError(f"scope {scope!r} is no scope of {api}: {known}")


def by_effect(reads: str, writes: str) -> Mapping[str, str]:
    """The usual scopes of an API that tells reading from writing alone: GET reads."""
    return {"GET": reads} | dict.fromkeys(("DELETE", "PATCH", "POST", "PUT"), writes)
