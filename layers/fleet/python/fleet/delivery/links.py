"""Links to files of exports and to logs of jobs, which stay good for seven days.

A presigned URL of S3 dies with the session that signed it, in hours at most. So a link leads to a route of ours, which signs anew
(media.md 1). Whoever has a link may fetch its file: it holds a keyed hash of the place, and is a secret.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from fleet.aws import hashes, objects
from fleet.errors import NotFound
from fleet.grants import uses
from fleet.ids import new_id

Folder = Literal["exports", "joblogs"]
Files = tuple[tuple[Folder, str], ...]
"""Files that something links to: the folder and the name of each."""
LIFE = timedelta(days=7)
"""How long a link is good for from the making of its name. The bucket deletes these files no earlier."""
_NAME = re.compile(r"([0-9a-f]{8})[0-9a-f]{16}(?:-[0-9]{1,6})?\.([a-z0-9]{1,8})")
_TYPES = {"csv": "text/csv", "json": "application/json", "log": "text/plain", "txt": "text/plain"}


def new_name(extension: str) -> str:
    """A name for a new file, which says when it was made: its links end seven days after. Files of one job may share what is before `-1`.

    A job makes it once and remembers it, so that a step which is done twice writes the same file.
    """
    return f"{new_id()}.{extension}"


def made(name: str) -> datetime:
    """When the name of a file was made, to the second."""
    return datetime.fromtimestamp(int(name[:8], 16), UTC)


@uses(hashes.link_hash)
def media_url(base: str, folder: Folder, name: str) -> str:
    """The link to a file, the same each time; `base` is the URL below which the paths of all APIs are. ValueError for no such name."""
    if not _NAME.fullmatch(name):
        raise ValueError("no name of a file that links lead to")
    return f"{base}/media/{folder}/{name}?s={hashes.link_hash(f'{folder}/{name}')}"


@uses(media_url)
def media_urls(base: str, files: Files) -> list[str]:
    """The links to files."""
    return [media_url(base, folder, name) for folder, name in files]


@uses(hashes.is_link_hash, objects.export_url)
def follow_to_export(name: str, proof: str, now: datetime) -> str:
    """The URL of S3 that a link to an export leads to now; NotFound for a link that nobody was given, or one that is too old."""
    return objects.export_url(name, _type_of_linked("exports", name, proof, now), now)


@uses(hashes.is_link_hash, objects.job_log_url)
def follow_to_job_log(name: str, proof: str, now: datetime) -> str:
    """The URL of S3 that a link to the log of a job leads to now; NotFound likewise."""
    return objects.job_log_url(name, _type_of_linked("joblogs", name, proof, now), now)


def _type_of_linked(folder: Folder, name: str, proof: str, now: datetime) -> str:
    """The media type of a file to which there is a link with this hash. NotFound when there is none, or no longer."""
    named = _NAME.fullmatch(name)
    if named is None or not hashes.is_link_hash(proof, f"{folder}/{name}", LIFE):
        raise NotFound("File")
    if now >= datetime.fromtimestamp(int(named[1], 16), UTC) + LIFE:
        raise NotFound("File")
    return _TYPES.get(named[2], "application/octet-stream")
