"""Firmware: an image for a model, put into the files bucket and the catalogue."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.configuration.image import VERSION, Firmware
from fleet.configuration.images import Firmwares
from fleet.errors import Conflict, NotFound, Problem
from muster.operator import rules
from muster.operator.gateway import MODEL

LARGEST = 512 * 1024 * 1024
"""Largest image, in bytes."""


def add(model: str, version: str, file: Path) -> Firmware:
    """Store an image and list it, so that gateways of this model can be upgraded to it.

    Raises Invalid for options that break a rule, and Conflict when the model has another image of this version: images
    never change. Adding the same image again returns the existing entry.
    """
    content = _content(model, version, file)
    digest = hashlib.sha256(content)
    known = _find(model, version)
    if known is not None:
        if known.sha256 == digest.hexdigest():
            return known
        raise Conflict(f"{model} has another firmware {version}: give this one another version")
    made = Firmware(
        model=model,
        version=version,
        key=Firmware.stored_at(model, version),
        size=len(content),
        sha256=digest.hexdigest(),
        added=datetime.now(UTC).replace(microsecond=0),
    )
    clients.s3().put_object(
        Bucket=clients.setting("FILES_BUCKET"),
        Key=made.key,
        Body=content,
        ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
    )
    Firmwares.add(EVERYWHERE, made)
    return made


def _content(model: str, version: str, file: Path) -> bytes:
    fits = file.is_file() and 0 < file.stat().st_size <= LARGEST
    rules.demand(
        rules.pattern("model", model, MODEL, "must have 1 to 32 letters, digits, dots, hyphens and underscores"),
        rules.pattern("version", version, VERSION, "must be like 2.2.15"),
        None if fits else Problem(("file",), "must be a file of 1 byte to 512 MiB"),
    )
    return file.read_bytes()


def _find(model: str, version: str) -> Firmware | None:
    try:
        return fetch(EVERYWHERE, Firmwares.by_version(model, version))
    except NotFound:
        return None
