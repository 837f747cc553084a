"""Links to files: one to an export. No route of it takes a credential: the link itself is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from edge.entry import Entry
from edge.shape import Shape
from fleet.delivery import links
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet
from tests.suite.dialect import REFUSALS, Profile, Seeds


class Media(Seeds):
    """An export of nobody in particular: a link says nothing of organizations."""

    def __init__(self, fleet: Fleet, organization: Organization, *, repeatable: bool = False) -> None:
        super().__init__(fleet, organization)
        self.name = links.new_name("csv")
        self.proof = dict(parse_qsl(urlsplit(links.media_url("", "exports", self.name)).query))

    def credential(self, entry: Entry) -> str | None:
        return None

    def path(self, entry: Entry) -> dict[str, str]:
        return {"folder": "exports", "name": self.name}

    def query(self, entry: Entry) -> Mapping[str, str | Sequence[str]] | None:
        return self.proof

    def surround(self, total: int, here: int, places: int) -> None:
        """A link is followed without a look at what there is."""


profile = Profile(
    seeds=Media,
    shape=Shape,
    refusals={**dict.fromkeys(REFUSALS, 400), "malformed path": 404},
    unknown={"folder": "firmware", "name": f"{'0' * 24}.csv"},
    budgets={"get_file": 0},
    further={"get_file": []},
    credentials=(),
)
