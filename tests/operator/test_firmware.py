"""muster firmware add."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.configuration.images import Firmwares
from tests.operator.console import Console

CONTENT = b"an image"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "firmware.bin"
    file.write_bytes(CONTENT)
    return file


def add(image: Path, model: str = "RAK7268V2", version: str = "2.2.13") -> tuple[str, ...]:
    return ("firmware", "add", "--model", model, "--version", version, "--file", str(image))


def test_stores_the_image_and_lists_it(muster: Console, image: Path) -> None:
    said = muster(*add(image), "--json")
    assert said.code == 0
    output = {name: said.json[name] for name in ("model", "version", "key", "size", "sha256")}
    assert output == {
        "model": "RAK7268V2",
        "version": "2.2.13",
        "key": "firmware/RAK7268V2/2.2.13",
        "size": len(CONTENT),
        "sha256": DIGEST,
    }
    listed = fetch(EVERYWHERE, Firmwares.by_version("RAK7268V2", "2.2.13"))
    assert (listed.key, listed.sha256) == (output["key"], DIGEST)
    assert clients.s3().get_object(Bucket=clients.setting("FILES_BUCKET"), Key=listed.key)["Body"].read() == CONTENT


def test_says_it_in_words(muster: Console, image: Path) -> None:
    said = muster(*add(image))
    assert said.code == 0
    assert DIGEST in said.out


def test_the_same_again_changes_nothing(muster: Console, image: Path) -> None:
    first = muster(*add(image), "--json").json
    assert muster(*add(image), "--json").json == first


def test_another_image_of_a_version_is_refused(muster: Console, image: Path) -> None:
    muster(*add(image))
    image.write_bytes(b"another image")
    assert "give this one another version" in muster.refused(*add(image))
    assert fetch(EVERYWHERE, Firmwares.by_version("RAK7268V2", "2.2.13")).sha256 == DIGEST


@pytest.mark.parametrize(
    "wrong", [{"version": "v2.2.13"}, {"version": "2.2"}, {"version": "2.02.1"}, {"model": "a model"}, {"model": ""}], ids=str
)
def test_what_breaks_a_rule_is_refused(muster: Console, image: Path, wrong: dict[str, str]) -> None:
    assert next(iter(wrong)) in muster.misused(*add(image, **wrong))


def test_there_must_be_an_image(muster: Console, image: Path) -> None:
    image.write_bytes(b"")
    assert "file" in muster.misused(*add(image))
    assert "file" in muster.misused(*add(image.with_name("missing")))
