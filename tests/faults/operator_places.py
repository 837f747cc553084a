"""Places for faults in the operator's commands: every one that writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from fleet.errors import Unexpected
from muster.operator import access_token, api_key, firmware, gateway, job, organization, outbox, secret, thing, thingsee_client, user
from tests.faults import bulk_places, registry_places, worker_places
from tests.faults.places import Operation, OperatorCommand, Place
from tests.harness.aws import SECRETS, restore_secrets
from tests.harness.canary import MARK
from tests.harness.fleet import Fleet

_SN, _SENSOR, _GATEWAY, _CLIENT = "918100A1B2C3D4E502", "TSPD04A1B2C3D4E5", "TSGW02A1B2C3D4E5", "harbour-app"
_EMAIL = "Ada@example.com"
Prepared = Callable[[str], Callable[[], object]]
"""Prepares a command for the organization with this slug."""


def operator() -> Iterator[Place]:
    """Every command that writes, in each of its variants."""
    yield Place("organization create", lambda _: OperatorCommand(lambda: organization.create("Harbour", "harbour")))
    yield _place("organization rename", lambda owner: lambda: organization.rename(owner, "Quay"))
    yield _place("organization disable", _fill_and(lambda owner: organization.set_active(owner, False)))
    yield _place("organization enable", _fill_and(lambda owner: organization.set_active(owner, True), disabled=True))
    yield _place("organization plan", _fill_and(lambda owner: organization.set_plan(owner, "Free")))
    yield _place("organization delete", _delete_organization)
    yield _place("user create", lambda owner: lambda: user.create(_EMAIL, [f"{owner}:manager"], totp=True))
    yield _place("user rename", _change_user(lambda owner: user.rename(_EMAIL, "ada", None)))
    yield _place("user disable", _change_user(lambda owner: user.disable(_EMAIL)))
    yield _place("user enable", _change_user(lambda owner: user.enable(_EMAIL), disabled=True))
    yield _place("user sign-out", _change_user(lambda owner: user.sign_out(_EMAIL)), again=True)
    yield _place("user password", _change_user(lambda owner: user.set_password(_EMAIL, None)), again=True)
    yield _place("user authenticator", _change_user(lambda owner: user.set_authenticator(_EMAIL, remove=False)), again=True)
    yield _place("user member", _change_user(lambda owner: user.join(_EMAIL, f"{owner}:manager/operator")))
    yield _place("user member, leaves", _change_user(lambda owner: user.leave(_EMAIL, owner)))
    yield _place("user delete", _change_user(lambda owner: user.delete(_EMAIL)))
    yield _place("api-key create", lambda owner: lambda: api_key.create(_key(owner)))
    yield _place("api-key delete", _delete_key)
    yield _place("token create", lambda owner: lambda: access_token.create(_token(owner)), again=True)
    yield _place("token revoke", _revoke_token)
    yield _place("gateway provision", lambda owner: lambda: gateway.provision(_gateway_request(owner)))
    yield _place("gateway rekey", _provision_and(lambda: gateway.rekey(_SN)), again=True)
    yield _place("gateway block", _provision_and(lambda: gateway.set_blocked(_SN, True)))
    yield _place("gateway unblock", _provision_and(lambda: gateway.set_blocked(_SN, False), blocked=True))
    yield Place("secret rotate", lambda _: OperatorCommand(lambda: secret.rotate("credentials"), again=True))
    yield Place("secret rotate, retires", _retire)
    yield _place("gateway unprovision", _provision_and(lambda: gateway.unprovision(_SN)))
    yield Place("outbox retry", _retry_outbox)
    yield Place("job retry", _retry_job)
    yield _place("thing install", _install)
    yield _place("firmware add", lambda _: lambda: firmware.add("RAK7268V2", "2.2.15", Path(__file__)))
    yield _place("thing provision, sensor", lambda owner: lambda: thing.provision(thing.ThingRequest(_SENSOR, owner, "sensor")))
    yield _place("thing provision, gateway", lambda owner: lambda: thing.provision(thing.ThingRequest(_GATEWAY, owner, "gateway")))
    yield _place("thing provision, known gateway", _provision_existing)
    yield _place("doctor registry", _break_registry)
    yield from registry_places.commands()
    yield _place("thingsee-client create", lambda owner: lambda: thingsee_client.create(owner, _CLIENT))
    yield _place("thingsee-client disable", _change_client(lambda: thingsee_client.disable(_CLIENT)))
    yield _place("thingsee-client enable", _change_client(lambda: thingsee_client.enable(_CLIENT), disabled=True))
    yield _place("thingsee-client rotate", _change_client(lambda: thingsee_client.rotate(_CLIENT)), again=True)
    yield _place("thingsee-client delete", _change_client(lambda: thingsee_client.delete(_CLIENT)))


def _place(name: str, prepare_for: Prepared, again: bool = False) -> Place:
    def prepare(fleet: Fleet) -> Operation:
        return OperatorCommand(prepare_for(fleet.organization().slug), again)

    return Place(name, prepare)


def _retry_job(fleet: Fleet) -> Operation:
    id = bulk_places.deletion_job(fleet)
    return OperatorCommand(lambda: job.retry(id), again=True)


def _retire(fleet: Fleet) -> Operation:
    """Retire the first version of a secret, of which the second is used long since."""
    restore_secrets({**SECRETS, "CredentialSecret": json.dumps({"0": f"{MARK} old", "1000": f"{MARK} new"})})
    return OperatorCommand(lambda: secret.retire("credentials", sure=True), again=True)


def _key(owner: str) -> api_key.KeyRequest:
    return api_key.KeyRequest(organization=owner, name="deploy", access="READ_ONLY", days=30)


def _token(owner: str) -> access_token.TokenRequest:
    return access_token.TokenRequest(organization=owner, name="deploy", scopes=("all.Application",))


def _gateway_request(owner: str) -> gateway.GatewayRequest:
    return gateway.GatewayRequest(
        sn=_SN, eui="ac1f09fffe0a1b2d", model="RAK7268V2", mac="AC:1F:09:0A:1B:2D", organization=owner, share_logs="wisdm"
    )


def _provision_and(command: Callable[[], object], blocked: bool = False) -> Prepared:
    """Change the factory record of a gateway that no organization has claimed."""

    def prepare_for(owner: str) -> Callable[[], object]:
        gateway.provision(replace(_gateway_request(owner), organization=None, share_logs="none"))
        if blocked:
            gateway.set_blocked(_SN, True)
        return command

    return prepare_for


def _retry_outbox(fleet: Fleet) -> Operation:
    """Three messages to two gateways were not sent."""
    hardware, other = worker_places.owned_gateway(fleet), worker_places.owned_gateway(fleet)
    for each in (hardware, other, hardware):
        worker_places.send_command(each)

    def retry() -> None:
        if any(each.left for each in list(outbox.retry(None))):
            raise Unexpected("some are left")

    return OperatorCommand(retry)


def _install(owner: str) -> Callable[[], object]:
    thing.provision(thing.ThingRequest(_SENSOR, owner, "sensor"))
    return lambda: thing.install(_SENSOR, "installed")


def _provision_existing(owner: str) -> Callable[[], object]:
    """Provision a TUID for a gateway of the WisDM API."""
    gateway.provision(_gateway_request(owner))
    return lambda: thing.provision(thing.ThingRequest(_GATEWAY, owner, "gateway", sn=_SN))


def _fill_and(command: Callable[[str], object], disabled: bool = False) -> Prepared:
    """Change an organization with a key, a client, a token and a member."""

    def prepare_for(owner: str) -> Callable[[], object]:
        api_key.create(_key(owner))
        thingsee_client.create(owner, _CLIENT)
        access_token.create(_token(owner))
        user.create(_EMAIL, [f"{owner}:member"])
        if disabled:
            organization.set_active(owner, False)
        return lambda: command(owner)

    return prepare_for


def _delete_organization(owner: str) -> Callable[[], object]:
    """Delete a disabled organization."""
    organization.set_active(owner, False)
    return lambda: organization.delete(owner)


def _delete_key(owner: str) -> Callable[[], object]:
    id = api_key.create(_key(owner)).id
    return lambda: api_key.delete(owner, id)


def _revoke_token(owner: str) -> Callable[[], object]:
    id = access_token.create(_token(owner)).id
    return lambda: access_token.revoke(owner, id)


def _change_user(command: Callable[[str], object], disabled: bool = False) -> Prepared:
    """Change an existing user."""

    def prepare_for(owner: str) -> Callable[[], object]:
        user.create(_EMAIL, [f"{owner}:member"])
        if disabled:
            user.disable(_EMAIL)
        return lambda: command(owner)

    return prepare_for


def _break_registry(slug: str) -> Callable[[], object]:
    return registry_places.broken_registry(organization.find(slug).id)


def _change_client(command: Callable[[], object], disabled: bool = False) -> Prepared:
    """Change an existing client."""

    def prepare_for(owner: str) -> Callable[[], object]:
        thingsee_client.create(owner, _CLIENT)
        if disabled:
            thingsee_client.disable(_CLIENT)
        return command

    return prepare_for
