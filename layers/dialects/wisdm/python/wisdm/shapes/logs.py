"""Downloads of syslog files (wisdm.md 9.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from edge.shape import broken
from fleet.files.file import LogFile
from wisdm.shapes.fields import Number, Timestamp, WisdmQuery, WisdmShape, format_time

LONGEST_SPAN = timedelta(days=366)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|\+00:00)", re.ASCII)


def _check_time(text: str) -> str:
    found = _TIME.fullmatch(text)
    try:
        datetime.fromisoformat(found[1] if found else "")
    except ValueError:
        raise ValueError("must be a time in UTC, like 2026-01-05T10:00:00Z") from None
    return text


def _parse_time(text: str) -> datetime:
    found = _TIME.fullmatch(text)
    assert found is not None
    return datetime.fromisoformat(f"{found[1]}{(found[2] or '')[:7]}").replace(tzinfo=UTC)


Time = Annotated[Timestamp, AfterValidator(_check_time)]


class DownloadsQuery(WisdmQuery):
    model_config = ConfigDict(json_schema_extra={"examples": [{"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-01-05T00:00:00Z"}]})

    start_date: Time
    end_date: Time
    max_files: Annotated[Number, Field(ge=1, le=200)] = 20

    @property
    def span(self) -> tuple[datetime, datetime]:
        return _parse_time(self.start_date), _parse_time(self.end_date)

    @field_validator("end_date")
    @classmethod
    def _check_order(cls, end: str, of: ValidationInfo) -> str:
        span = _parse_time(end) - _parse_time(of.data["start_date"]) if "start_date" in of.data else LONGEST_SPAN
        if span <= timedelta():
            raise broken("startDate", "must be before endDate")
        if span > LONGEST_SPAN:
            raise ValueError("must be at most 366 days after startDate")
        return end


class FileOut(WisdmShape):
    key: str
    size_bytes: int
    last_modified: Timestamp
    download_url: str
    expires_at: Timestamp


class DownloadsOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sn": "918100A1B2C3D4E501",
                    "startDate": "2026-01-01T00:00:00Z",
                    "endDate": "2026-01-05T00:00:00Z",
                    "totalFiles": 1,
                    "files": [
                        {
                            "key": "logs/918100A1B2C3D4E501/2026-01-04/syslog.txt.gz",
                            "sizeBytes": 48211,
                            "lastModified": "2026-01-04T23:50:11Z",
                            "downloadUrl": "https://files.example/…",
                            "expiresAt": "2026-01-05T09:00:00Z",
                        }
                    ],
                }
            ]
        }
    )

    sn: str
    start_date: Timestamp
    end_date: Timestamp
    total_files: int
    files: list[FileOut]

    @classmethod
    def of(cls, sn: str, query: DownloadsQuery, total: int, files: Iterable[tuple[LogFile, str, datetime]]) -> Self:
        """Files with their URLs, and the times at which these expire; `total` counts those that are left out too."""
        start, end = query.span
        entries = [
            FileOut(
                key=file.key,
                size_bytes=file.size,
                last_modified=format_time(file.modified),
                download_url=url,
                expires_at=format_time(expires),
            )
            for file, url, expires in files
        ]
        return cls(sn=sn, start_date=format_time(start), end_date=format_time(end), total_files=total, files=entries)
