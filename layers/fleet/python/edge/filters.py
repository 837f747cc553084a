"""Which changes of a table's items a stream's worker gets, as its event source mapping filters them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Prefix = str | tuple[str, str]
"""How the partition key of an item begins, or how its partition key and its sort key do."""


@dataclass(frozen=True)
class Filter:
    """Changes of the kinds `events` (INSERT or MODIFY) to items under one of the prefixes.

    Deleted items too whose partition key begins with `removed`.
    """

    prefixes: tuple[Prefix, ...] = ()
    events: tuple[str, ...] = ("INSERT",)
    removed: str | None = None

    @property
    def patterns(self) -> Sequence[str]:
        """The patterns of the event source mapping; a change that passes one of them is delivered."""
        return list(self._patterns())

    def _patterns(self) -> Iterator[str]:
        if alone := [prefix for prefix in self.prefixes if isinstance(prefix, str)]:
            yield _pattern(self.events, {"pk": alone})
        for prefix in self.prefixes:
            if not isinstance(prefix, str):
                yield _pattern(self.events, {"pk": [prefix[0]], "sk": [prefix[1]]})
        if self.removed is not None:
            yield _pattern(("REMOVE",), {"pk": [self.removed]})

    def takes(self, event: str, pk: str, sk: str = "") -> bool:
        """Whether a change of this kind to an item with this key passes one of the patterns."""
        if event == "REMOVE":
            return self.removed is not None and pk.startswith(self.removed)
        pairs = ((prefix, "") if isinstance(prefix, str) else prefix for prefix in self.prefixes)
        return event in self.events and any(pk.startswith(first) and sk.startswith(second) for first, second in pairs)


def _pattern(events: Sequence[str], keys: Mapping[str, Sequence[str]]) -> str:
    begin = {name: {"S": [{"prefix": prefix} for prefix in prefixes]} for name, prefixes in keys.items()}
    return json.dumps({"eventName": list(events), "dynamodb": {"Keys": begin}}, separators=(",", ":"))
