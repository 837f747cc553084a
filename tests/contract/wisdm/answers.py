"""How refusals are read."""

from __future__ import annotations

from http import HTTPStatus

from tests.harness.call import Response


def refused(answer: Response, status: int) -> str:
    """The message of a refusal, after a look at the body that all of them have (wisdm.md 1.4)."""
    body = answer.json
    assert answer.status == status, body
    assert body["statusCode"] == status
    assert body["error"] == HTTPStatus(status).phrase
    assert ("details" in body) == (status == 400)
    message: str = body["message"]
    return message


def failing(answer: Response) -> list[str]:
    """The fields that a 400 names, in its order."""
    assert refused(answer, 400) == "Invalid parameters"
    return [detail["field"] for detail in answer.json["details"]]


def accepted(answer: Response) -> bool:
    """Whether the answer is 204 without a body or a content type."""
    return (answer.status, answer.content, answer.headers.get("Content-Type")) == (204, b"", None)
