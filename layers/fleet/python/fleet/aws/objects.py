"""Files in S3. Clients get presigned URLs, never credentials."""

from __future__ import annotations

import base64
import contextlib
import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from fleet.aws import clients
from fleet.grants import needs

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

DOWNLOAD_LIFE = 3600
UPLOAD_LIFE = 300
MEDIA_LIFE = 300
LEAST_PART = 5 * 1024 * 1024
"""Bytes that each part of an export has, but for the last one; S3 refuses to put smaller ones together. There may be MOST_PARTS."""
MOST_PARTS = 10_000
_SAME = timedelta(seconds=2)
"""How far two clocks of S3 may tell the time of one upload apart."""


class PartReplaced(Exception):
    """A part of an upload is not the one that was meant: somebody else has stored it again since. Begin another upload."""


@functools.cache
def _signer_slot() -> dict[str, tuple[S3Client, datetime]]:
    return {}


def _signer(variable: str, now: datetime, lasting: timedelta) -> tuple[S3Client, datetime]:
    """A client whose session lasts for so long at least, and when that ends. `variable` has the role that signs.

    A URL dies with the session that signed it, and a function cannot see how long its own lasts: so downloads are
    signed by a role assumed for the purpose. Where no such role is set, the credentials are long-lived ones.
    """
    role = clients.setting(variable)
    if not role:
        return clients.s3(), now + timedelta(days=1)
    slot = _signer_slot()
    if role not in slot or slot[role][1] - now < lasting:
        session = clients.sts().assume_role(RoleArn=role, RoleSessionName="downloads", DurationSeconds=DOWNLOAD_LIFE)["Credentials"]
        client = clients.s3(
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
        slot[role] = (client, session["Expiration"].astimezone(UTC))
    return slot[role]


def forget() -> None:
    """Drop the session that signs: for tests and tools."""
    _signer_slot.cache_clear()


@needs("FilesBucket/logs/*", "s3:GetObject")
@needs("DownloadRole", "sts:AssumeRole")
def download_url(key: str, now: datetime) -> tuple[str, datetime]:
    """A URL that fetches exactly this object, and when it stops: in an hour, or with the session that signed it.

    The answer is an attachment of a type that we set: what a device stored is never shown by a browser, whatever it says it is.
    """
    client, ends = _signer("DOWNLOAD_ROLE", now, timedelta(minutes=55))
    url = _attachment_url(client, key, "application/gzip", min(DOWNLOAD_LIFE, int((ends - now).total_seconds())))
    return url, _expiry(url)


@needs("FilesBucket/exports/*", "s3:GetObject")
@needs("MediaRole", "sts:AssumeRole")
def export_url(name: str, content_type: str, now: datetime) -> str:
    """A URL that fetches an export as an attachment of this type, for MEDIA_LIFE seconds."""
    return _media_url(f"exports/{name}", content_type, now)


@needs("FilesBucket/joblogs/*", "s3:GetObject")
@needs("MediaRole", "sts:AssumeRole")
def job_log_url(name: str, content_type: str, now: datetime) -> str:
    """A URL that fetches the log of a job likewise."""
    return _media_url(f"joblogs/{name}", content_type, now)


def _media_url(key: str, content_type: str, now: datetime) -> str:
    client, _ = _signer("MEDIA_ROLE", now, timedelta(seconds=2 * MEDIA_LIFE))
    return _attachment_url(client, key, content_type, MEDIA_LIFE)


def _attachment_url(client: S3Client, key: str, content_type: str, life: int) -> str:
    params = {
        "Bucket": clients.setting("FILES_BUCKET"),
        "Key": key,
        "ResponseContentDisposition": f'attachment; filename="{key.rpartition("/")[2]}"',
        "ResponseContentType": content_type,
    }
    return client.generate_presigned_url("get_object", params, ExpiresIn=life)


@needs("FilesBucket/exports/*", "s3:PutObject")
def put_export(name: str, content: bytes) -> None:
    """Store a small export whole. Storing it again replaces it."""
    clients.s3().put_object(Bucket=clients.setting("FILES_BUCKET"), Key=f"exports/{name}", Body=content)


@needs("FilesBucket/joblogs/*", "s3:PutObject")
def put_job_log(name: str, content: bytes) -> None:
    """Store the log of a job whole. Storing it again replaces it."""
    clients.s3().put_object(Bucket=clients.setting("FILES_BUCKET"), Key=f"joblogs/{name}", Body=content)


@needs("FilesBucket/exports/*", "s3:PutObject")
def start_export(name: str) -> str:
    """Begin an export that is stored in parts; the id of this upload. What is not finished in two days is deleted."""
    return clients.s3().create_multipart_upload(Bucket=clients.setting("FILES_BUCKET"), Key=f"exports/{name}")["UploadId"]


@needs("FilesBucket/exports/*", "s3:PutObject")
def add_part(name: str, upload: str, number: int, content: bytes) -> str:
    """Store a part, numbered from 1 on; the tag to finish with. The same number again replaces the part, and its tag."""
    bucket, key = clients.setting("FILES_BUCKET"), f"exports/{name}"
    return clients.s3().upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=content)["ETag"]


@needs("FilesBucket/exports/*", "s3:PutObject")
def finish_export(name: str, upload: str, tags: Sequence[str]) -> bool:
    """Put the parts together in this order; False where there is no such upload any more: it was given up, or finished some time before.

    Doing it again changes nothing.
    """
    parts: Any = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    client, bucket, key = clients.s3(), clients.setting("FILES_BUCKET"), f"exports/{name}"
    try:
        client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    except client.exceptions.NoSuchUpload:
        return False
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "InvalidPart":
            raise PartReplaced from None
        raise
    return True


@needs("FilesBucket/exports/*", "s3:AbortMultipartUpload")
def abandon_export(name: str, upload: str) -> None:
    """Give up an upload with its parts. Doing it again, or after it was finished, is harmless."""
    client = clients.s3()
    with contextlib.suppress(client.exceptions.NoSuchUpload):
        client.abort_multipart_upload(Bucket=clients.setting("FILES_BUCKET"), Key=f"exports/{name}", UploadId=upload)


@needs("FilesBucket/firmware/*", "s3:GetObject")
def firmware_url(key: str) -> str:
    """A URL with which a gateway fetches this image within the hour, if the session that signs lasts as long: else it asks again."""
    params = {"Bucket": clients.setting("FILES_BUCKET"), "Key": key}
    return clients.s3().generate_presigned_url("get_object", params, ExpiresIn=DOWNLOAD_LIFE)


@needs("FilesBucket/logs/*", "s3:PutObject")
def upload_url(key: str, size: int, sha256: str) -> tuple[str, datetime]:
    """A URL that stores exactly these bytes (size, SHA-256 in hex) under this key, and when it stops."""
    url = clients.s3().generate_presigned_url(
        "put_object",
        {
            "Bucket": clients.setting("FILES_BUCKET"),
            "Key": key,
            "ContentLength": size,
            "ChecksumSHA256": base64.b64encode(bytes.fromhex(sha256)).decode(),
        },
        ExpiresIn=UPLOAD_LIFE,
    )
    return url, _expiry(url)


@needs("FilesBucket/logs/*", "s3:GetObject")
def begins_with(key: str, start: bytes) -> bool:
    """Whether an object begins with these bytes; False when it is gone, or shorter. It reads no more of it."""
    client = clients.s3()
    try:
        answer = client.get_object(Bucket=clients.setting("FILES_BUCKET"), Key=key, Range=f"bytes=0-{len(start) - 1}")
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDenied", "InvalidRange", "NoSuchKey"):  # without leave to list, absent is denied
            return False
        raise
    return answer["Body"].read() == start


@needs("FilesBucket/logs/*", "s3:GetObject", "s3:DeleteObject")
def delete(key: str, modified: datetime) -> bool:
    """Delete an object that was stored no later than this (to the second); False when a newer one has its key, or none."""
    client = clients.s3()
    try:
        stored = client.head_object(Bucket=clients.setting("FILES_BUCKET"), Key=key)["LastModified"]
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("403", "404"):  # without leave to list, S3 says 403 of what is not there
            return False
        raise
    if stored > modified + _SAME:
        return False
    client.delete_object(Bucket=clients.setting("FILES_BUCKET"), Key=key)
    return True


def _expiry(url: str) -> datetime:
    """When a signed URL stops, by its own parameters."""
    signed = dict(parse_qsl(urlsplit(url).query))
    signed_at = datetime.strptime(signed["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return signed_at + timedelta(seconds=int(signed["X-Amz-Expires"]))
