"""Links to files: one to an export, one to the log of a job. No route takes a credential: the link itself is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from edge.entry import Entry
from edge.shape import Shape
from fleet.delivery import links
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet
from tests.suite.dialect import REFUSALS, Profile, Seeds

_FOLDERS: Mapping[str, links.Folder] = {"get_export": "exports", "get_job_log": "joblogs"}


class Media(Seeds):
    """A link for each route. It says nothing of organizations."""

    def __init__(self, fleet: Fleet, organization: Organization, *, repeatable: bool = False) -> None:
        super().__init__(fleet, organization)
        self.name = links.new_name("csv")
        self.links = {route: links.media_url("", folder, self.name) for route, folder in _FOLDERS.items()}

    def credential(self, entry: Entry) -> str | None:
        return None

    def path(self, entry: Entry) -> dict[str, str]:
        return {"name": self.name}

    def query(self, entry: Entry) -> Mapping[str, str | Sequence[str]] | None:
        return dict(parse_qsl(urlsplit(self.links[entry.route.name]).query))

    def surround(self, total: int, here: int, places: int) -> None:
        """A link is followed without a look at what there is."""


profile = Profile(
    seeds=Media,
    shape=Shape,
    refusals={**dict.fromkeys(REFUSALS, 400), "malformed path": 404},
    unknown={"name": f"{'0' * 24}.csv"},
    budgets=dict.fromkeys(_FOLDERS, 0),
    further={},
    credentials=(),
)
