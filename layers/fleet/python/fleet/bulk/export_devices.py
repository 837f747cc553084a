"""Exports devices with all that is stored of them, to a file that the result of the job links to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from fleet.access import Reach
from fleet.aws import objects
from fleet.aws.contention import AT_ONCE
from fleet.aws.reads import every, fetch
from fleet.bulk import tables
from fleet.bulk.device_json import document
from fleet.bulk.select_devices import select, there_before
from fleet.delivery import links
from fleet.errors import Unexpected
from fleet.grants import uses
from fleet.jobs.job import Result
from fleet.jobs.run import JobKind, Run
from fleet.query.parse import parse
from fleet.query.sort import in_order
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices
from fleet.values import Value

MOST_BYTES = 370_000
"""Bytes of a job that remembers its query and the columns of its table: its row has 400 KB at most, with the tags of a thousand parts."""
_AGE = timedelta(days=1)
"""How old an unfinished file may be: S3 drops its parts a day later."""
_TOO_WIDE = "The tags of the devices have too many keys for the columns of a table: export JSON, or fewer devices"


class Exported(Value):
    """How far an export is, as its job remembers it.

    `file` is the name of the file, `columns` are the keys of tags that its table has. `upload` is the upload in parts, "" while there is
    none, and `parts` are the tags of its parts. `after` are the name and the id of the last of the `devices` that are in them.
    `whole`: all parts are stored, and remain to be put together.
    """

    file: str
    columns: tuple[str, ...] = ()
    upload: str = ""
    parts: tuple[str, ...] = ()
    after: tuple[str, str] | None = None
    devices: int = 0
    whole: bool = False


@dataclass(frozen=True)
class _Form:
    """How devices are written: what begins the file, what stands for some devices behind so many others, and what ends it."""

    head: bytes
    some: Callable[[Sequence[Device], int], bytes]
    tail: bytes = b""

    @classmethod
    def of(cls, format: str, columns: Sequence[str]) -> Self:
        if format == "json":
            return cls(b"[", _documents, b"]")
        return cls(tables.header(columns), lambda devices, before: tables.lines(devices, columns))


def _documents(devices: Sequence[Device], before: int) -> bytes:
    texts = [json.dumps(document(device), separators=(",", ":"), ensure_ascii=False) for device in devices]
    return "".join(f"{',' if before + number else ''}\n{text}" for number, text in enumerate(texts)).encode()


@uses(select, Devices.by_id)
@uses(objects.put_export, objects.start_export, objects.add_part, objects.finish_export, Run.step)
def _export(run: Run) -> Result | None:
    """Write the devices that there were when the job was accepted, by name and id, as they are when they are read."""
    rows = there_before(run.job.accepted, select(run.reach, run.job.organization, parse(run.job.what["query"]), run.now))
    exported = _begun(run, rows)
    if exported is None:
        return Result({}, error=_TOO_WIDE)
    try:
        done = _Writer(run, exported).write(in_order(rows))
    except objects.PartReplaced:
        run.step("", {})
        return None
    return Result({}, [("exports", exported.file)]) if done else None


def _begun(run: Run, rows: Sequence[DeviceRow]) -> Exported | None:
    """How far the job is. One that has not begun, or whose parts S3 may drop, begins now; None for a table that would be too wide."""
    exported = Exported.model_validate_json(run.job.cursor) if run.job.cursor else None
    if exported is not None and run.now < links.made(exported.file) + _AGE:
        return exported
    format = run.job.what["format"]
    exported = Exported(file=links.new_name(format), columns=tables.tag_keys(rows) if format == "csv" else ())
    begun = run.job.changed(cursor=exported.model_dump_json())
    if exported.columns and len(begun.model_dump_json().encode()) > MOST_BYTES:
        return None
    run.step(begun.cursor, {})
    return exported


class _Writer:
    """Writes an export in parts, each a step of the job; a small one whole."""

    def __init__(self, run: Run, exported: Exported) -> None:
        self._run, self._exported = run, exported
        self._form = _Form.of(run.job.what["format"], exported.columns)

    def write(self, rows: Sequence[DeviceRow]) -> bool:
        """Write what is left; False when the call's time was up first. Unexpected when a whole call was too short for a part."""
        if not self._exported.whole:
            rest = self._parts(rows)
            if rest is None:
                return False
            if not self._exported.upload:
                objects.put_export(self._exported.file, rest)
                return True
            if rest:
                self._add(rest, whole=True)
        objects.finish_export(self._exported.file, self._exported.upload, self._exported.parts)
        return True

    def _parts(self, rows: Sequence[DeviceRow]) -> bytes | None:
        """Store all parts that are large enough; the rest of the file, or None when the call's time was up first."""
        after, parts = self._exported.after, len(self._exported.parts)
        content, devices = bytearray(b"" if after else self._form.head), self._exported.devices
        left = [row for row in rows if after is None or (row.name, row.id) > after]
        for number, batch in enumerate(_batches(left)):
            if self._run.is_over:
                if number and len(self._exported.parts) == parts:
                    raise Unexpected
                return None
            found = _read(self._run.reach, batch)
            content += self._form.some(found, devices)
            devices += len(found)
            if len(content) >= objects.LEAST_PART:
                self._add(bytes(content), after=(batch[-1].name, batch[-1].id), devices=devices)
                content.clear()
        return bytes(content) + self._form.tail

    def _add(self, content: bytes, **fields: object) -> None:
        """Store a part, and remember it."""
        before = self._exported
        upload = before.upload or objects.start_export(before.file)
        tag = objects.add_part(before.file, upload, len(before.parts) + 1, content)
        self._exported = before.changed(upload=upload, parts=(*before.parts, tag), **fields)
        self._run.step(self._exported.model_dump_json(), {})


def _batches(rows: Sequence[DeviceRow]) -> Iterator[Sequence[DeviceRow]]:
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def _read(reach: Reach, rows: Sequence[DeviceRow]) -> list[Device]:
    """The devices of rows, in their order, without those that have been deleted since."""
    found = fetch(reach, every({row.id: Devices.by_id(row.id).optional() for row in rows}))
    return [device for device in found.values() if device is not None]


EXPORT = JobKind("devices.export", "Export devices", _export)
