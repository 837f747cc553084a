"""Tokens, scopes and the order of checks (wegnology.md 2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.identity import manage_organizations
from fleet.tenancy.audit_entry import Author
from fleet.tokens.scopes import DEVICE_SCOPES, SCOPES
from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.export import handler as export_devices
from functions.wegnology.devices.get import handler as get_devices
from functions.wegnology.devices.post import handler as post_device
from functions.wegnology.fallback import handler as fallback
from tests.contract.wegnology.application import Application, refusal
from tests.harness.call import Context, answered, call, event
from tests.workers.messages import NOW

UNKNOWN = "65f0c0de00000000000000ff"
WRITING = {"all.Application", "all.Organization", "all.User", "devices.*", "devices.post"}


def test_a_header_that_has_no_token_is_401(application: Application) -> None:
    token = application.world.token
    for header in (
        "",
        "Bearer",
        "Bearer ",
        token,
        f"Basic {token}",
        f"Token {token}",
        f"Bearer {token} x",
        f"Bearer{token}",
        "Bearer a.b",
        f"Bearer {token[:-1]}",
    ):
        answer = call(post_device, {"applicationId": application.id}, body={"name": "a"}, headers={"Authorization": header})
        assert refusal(answer, 401, header) == "Credentials are missing or not valid: Authorization: Bearer <token>"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    refusal(call(post_device, {"applicationId": application.id}, body={"name": "a"}), 401)


def test_the_scheme_is_taken_in_any_case(application: Application) -> None:
    for scheme in ("bearer", "BEARER", "bEaReR"):
        headers = {"authorization": f"{scheme} {application.world.token}"}
        assert call(post_device, {"applicationId": application.id}, body={"name": "a"}, headers=headers).status == 201, scheme


def test_an_expired_token_is_401(application: Application) -> None:
    token = application.world.token_of("devices.*", days=1)
    assert application.post({}, token=token).status == 201
    with time_machine.travel(timedelta(days=1, seconds=1), tick=False):
        refusal(application.post({}, token=token), 401)


@pytest.mark.parametrize("scope", sorted(set(SCOPES) - DEVICE_SCOPES))
def test_the_token_of_a_device_has_no_other_scopes_than_such_tokens_have(application: Application, scope: str) -> None:
    """Actions that ask for others are about all devices: with such a token they would be about more than it may see."""
    token = application.world.token_of(scope, device=application.hall.id)
    for handler, body in ((post_device, {"name": "a"}), (delete_devices, {"query": {}}), (export_devices, {}), (get_devices, None)):
        refusal(application.ask(handler, body, token=token), 403, handler.route.name)


@pytest.mark.parametrize("scope", SCOPES)
def test_the_scopes_that_may_post(application: Application, scope: str) -> None:
    """A token that has this one and one for another action."""
    device: dict[str, Any] = {"device": application.hall.id} if scope.startswith("all.Device") else {}
    answer = application.post({}, token=application.world.token_of(scope, "devices.tagKeys", **device))
    if scope in WRITING:
        assert answer.status == 201
    else:
        refusal(answer, 403, scope)


def test_a_token_of_a_disabled_organization_is_401(application: Application) -> None:
    manage_organizations.set_active(EVERYWHERE, application.id, False, Author(actor="ada", at=NOW))
    refusal(application.post({}), 401)


def test_the_checks_have_an_order(application: Application) -> None:
    reading = application.world.token_of("all.Application.read")
    answer = answered(fallback(event("DELETE", "/applications/{applicationId}/devices", path={"applicationId": UNKNOWN}), Context()))
    refusal(answer, 405)
    refusal(application.post(b"{", of=UNKNOWN, token="-"), 401)
    refusal(application.post(b"{", of=UNKNOWN, token=reading), 403)
    refusal(application.post(b"{", of=UNKNOWN), 404)
    refusal(application.post(b"{"), 400)
