"""Bodies of forms: urlencoded and multipart. Dots in a field's name lead into objects. An API that reads forms names these readers."""

from __future__ import annotations

from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel
from python_multipart import FormParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

from edge.query import nested
from edge.request import Request
from edge.shape import Form, Upload
from fleet.errors import Invalid, Problem

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_MOST_FIELDS = 1000
_LONGEST_NAME = 200


def urlencoded(request: Request, shape: type[BaseModel]) -> Form:
    """The members of an urlencoded form; Invalid when it is none, or has over 1000 fields."""
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _invalid() from None
    return _members(list(pairs), shape)


def multipart(request: Request, shape: type[BaseModel]) -> Form:
    """The members of a multipart form, files as Upload; Invalid when it cannot be read, is cut off or has over 1000 fields."""
    pairs: list[tuple[str, Any]] = []
    ends: list[bool] = []

    def add(pair: tuple[str, Any]) -> None:
        if len(pairs) == _MOST_FIELDS:
            raise ValueError("too many fields")
        pairs.append(pair)

    try:
        parser = FormParser(
            MULTIPART,
            on_field=lambda field: add(_field(field)),
            on_file=lambda file: add(_file(file)),
            on_end=lambda: ends.append(True),
            boundary=_boundary(request.headers.get("content-type", "")),
            config={"MAX_MEMORY_FILE_SIZE": float("inf"), "UPLOAD_ERROR_ON_BAD_CTE": True},
        )
        parser.write(request.body)
        parser.finalize()
    except (FormParserError, ValueError):
        raise _invalid() from None
    if not ends:
        raise _invalid()
    return _members(pairs, shape)


def _boundary(content_type: str) -> str:
    """The boundary that the header names, once and plainly: any other would be a guess, and a proxy may guess otherwise."""
    header = Message()
    header["content-type"] = content_type
    boundaries = [value for name, value in header.get_params(failobj=[]) if name.lower() == "boundary"]
    if len(boundaries) != 1 or not isinstance(boundaries[0], str):  # one in the form of RFC 2231 is no text
        raise _invalid()
    return boundaries[0]


def _field(field: Field) -> tuple[str, str]:
    return (field.field_name or b"").decode(), (field.value or b"").decode()


def _file(file: File) -> tuple[str, Upload]:
    file.file_object.seek(0)
    name, media_type = (file.file_name or b"").decode(), file.content_type or "application/octet-stream"
    return (file.field_name or b"").decode(), Upload(name, media_type, file.file_object.read())


def _members(pairs: list[tuple[str, Any]], shape: type[BaseModel]) -> Form:
    if any(len(name) > _LONGEST_NAME for name, _ in pairs):
        raise _invalid()
    return Form(nested(pairs, shape))


def _invalid() -> Invalid:
    return Invalid(Problem((), kind="form"))
