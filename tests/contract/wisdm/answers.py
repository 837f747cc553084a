"""Checks of responses."""

from __future__ import annotations

from http import HTTPStatus

from tests.harness.call import Response


def refusal_message(answer: Response, status: int) -> str:
    """The message of a refusal; checks the members that all refusals have (wisdm.md 1.4)."""
    body = answer.json
    assert answer.status == status, body
    assert body["statusCode"] == status
    assert body["error"] == HTTPStatus(status).phrase
    assert ("details" in body) == (status == 400)
    message: str = body["message"]
    return message


def invalid_fields(answer: Response) -> list[str]:
    """The fields that a 400 names, in order."""
    assert refusal_message(answer, 400) == "Invalid parameters"
    return [detail["field"] for detail in answer.json["details"]]


def is_accepted(answer: Response) -> bool:
    """Whether the response is 204 without body and content type."""
    return (answer.status, answer.content, answer.headers.get("Content-Type")) == (204, b"", None)
