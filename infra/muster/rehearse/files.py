"""The resources for links to files: an export and the log of a job, which the links of the routes lead to."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from edge.entry import Entry
from fleet.aws import objects
from fleet.delivery import links
from muster.rehearse.client import Client
from muster.rehearse.world import World


class Files(World):
    """A file for each route, and the link to it."""

    def __init__(self, client: Client, routes: Mapping[str, Entry]) -> None:
        super().__init__(client, routes)
        name = links.new_name("csv")
        objects.put_export(name, b"a")
        objects.put_job_log(name, b"a")
        self.known["name"] = name
        self._links = {
            "get_export": links.media_url("", "exports", name),
            "get_job_log": links.media_url("", "joblogs", name),
        }

    def query(self, entry: Entry) -> dict[str, str] | None:
        """The keyed hash of the route's link."""
        return dict(parse_qsl(urlsplit(self._links[entry.route.name]).query))
