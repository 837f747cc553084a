"""Exports in S3: whole, and in parts."""

from __future__ import annotations

import pytest

from fleet.aws import clients, objects
from fleet.grants import Grant, grants_of
from tests.harness.answering import answering
from tests.harness.recorder import Recorder, differences

NAME = f"{'0' * 24}.csv"
PART = b"x" * objects.LEAST_PART

pytestmark = pytest.mark.usefixtures("cloud")


def stored(key: str = f"exports/{NAME}") -> bytes:
    return clients.s3().get_object(Bucket="files", Key=key)["Body"].read()


def test_parts_are_put_together_in_their_order(aws_requests: Recorder) -> None:
    upload = objects.start_export(NAME)
    last, first = objects.add_part(NAME, upload, 2, b"end"), objects.add_part(NAME, upload, 1, PART)
    assert objects.finish_export(NAME, upload, [first, last])
    used = objects.start_export, objects.add_part, objects.finish_export
    assert differences(aws_requests.grants, grants_of(used)) == []
    assert aws_requests.requests == ["s3:CreateMultipartUpload", "s3:UploadPart", "s3:UploadPart", "s3:CompleteMultipartUpload"]
    assert stored() == PART + b"end"


def test_a_part_that_is_stored_again_replaces_itself() -> None:
    upload = objects.start_export(NAME)
    objects.add_part(NAME, upload, 1, b"other")
    tag = objects.add_part(NAME, upload, 1, b"a")
    assert objects.add_part(NAME, upload, 1, b"a") == tag
    assert objects.finish_export(NAME, upload, [tag])
    assert stored() == b"a"


def test_finishing_again_changes_nothing() -> None:
    """S3 answers as the first time, or that there is no such upload."""
    upload = objects.start_export(NAME)
    tags = [objects.add_part(NAME, upload, 1, b"a")]
    assert [objects.finish_export(NAME, upload, tags), objects.finish_export(NAME, upload, tags)] == [True, True]
    with answering(clients.s3(), 404, "NoSuchUpload"):
        assert not objects.finish_export(NAME, upload, tags)
        objects.abandon_export(NAME, upload)
    assert stored() == b"a"


def test_what_is_given_up_is_gone(aws_requests: Recorder) -> None:
    upload = objects.start_export(NAME)
    objects.add_part(NAME, upload, 1, b"a")
    aws_requests.clear()
    objects.abandon_export(NAME, upload)
    assert aws_requests.grants == grants_of([objects.abandon_export]) == {Grant("FilesBucket/exports/*", "s3:AbortMultipartUpload")}
    objects.abandon_export(NAME, upload)
    with pytest.raises(clients.s3().exceptions.NoSuchKey):
        stored()


def test_a_part_that_is_too_small_is_refused_unless_it_is_the_last() -> None:
    upload = objects.start_export(NAME)
    tags = [objects.add_part(NAME, upload, number, content) for number, content in ((1, PART[1:]), (2, b"end"))]
    with pytest.raises(clients.s3().exceptions.ClientError, match="EntityTooSmall"):
        objects.finish_export(NAME, upload, tags)


def test_small_ones_are_stored_whole_and_replaced(aws_requests: Recorder) -> None:
    for content in (b"a", b"b"):
        objects.put_export(NAME, content)
        objects.put_job_log(NAME, content)
    assert differences(aws_requests.grants, grants_of([objects.put_export, objects.put_job_log])) == []
    assert [stored(), stored(f"joblogs/{NAME}")] == [b"b", b"b"]
