"""Delivers callbacks: each is posted until it is answered with 2xx, a limited number of times."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from fleet.aws import queues
from fleet.build import commit
from fleet.delivery import links
from fleet.delivery.callback import Callback
from fleet.delivery.callback_url import CallbackUrl
from fleet.delivery.post import INTERNET, WHOLE, Network, Undelivered, post
from fleet.grants import uses

Outcome = Literal["Delivered", "Undelivered", "Failed"]
DELIVERY = "X-Muster-Delivery"
"""The header with the id of a delivery, the same in each of its tries: by it a receiver knows what it has got already."""


@uses(links.media_urls)
def send(
    callback: Callback, number: int, private: Collection[str], network: Network = INTERNET, patience: float = WHOLE
) -> tuple[Outcome, str]:
    """Post a callback for the `number`th time: what came of it, and why.

    Delivered; Undelivered, which is worth another try; or Failed, as this was the last one or no try can succeed. `private` are the hosts
    that may have private addresses. A receiver may get one callback several times, also after it has answered: an answer can get lost.
    """
    try:
        url = CallbackUrl.parse(callback.url, callback.schemes)
    except ValueError:
        return "Failed", "the URL is refused"
    if callback.allow is not None and url.host not in callback.allow:
        return "Failed", "the host is not allowed"
    try:
        post(url, queues.text(_body(callback)).encode(), _headers(callback), private, network, patience)
    except Undelivered as failure:
        return ("Undelivered" if number < callback.tries else "Failed"), str(failure)
    return "Delivered", ""


def _headers(callback: Callback) -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": f"Muster/{commit()}", DELIVERY: callback.id}


def _body(callback: Callback) -> dict[str, Any]:
    """The document that is posted: links to its files are `downloadUrls` of its `output` (wegnology.md 5.6)."""
    if not callback.files:
        return callback.body
    urls = {"downloadUrls": links.media_urls(callback.base, callback.files)}
    return {**callback.body, "output": {**callback.body.get("output", {}), **urls}}
