"""`muster gateway provision`."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fleet.access import EVERYWHERE, Reach
from fleet.aws import clients, device_crypto
from fleet.aws.reads import fetch
from fleet.configuration.configurations import Configurations
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.gateway.register import handler as register
from muster.operator import keyring, organization
from tests.harness.aws import stored
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.operator.console import Console

SN, EUI, MAC = "918100A1B2C3D4E501", "ac1f09fffe0a1b2c", "AC:1F:09:0A:1B:2C"
PROVISION = ("gateway", "provision", "--sn", SN, "--eui", EUI, "--model", "RAK7268V2", "--mac", MAC, "--firmware", "2.2.20")


@pytest.fixture
def new_organization(cloud: dict[str, str]) -> organization.OrganizationState:
    return organization.create("Harbour", "harbour")


def raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def test_keeps_the_factory_record(muster: Console, cloud: dict[str, str]) -> None:
    made = muster(*PROVISION, "--sn", SN.lower(), "--eui", EUI.upper(), "--mac", MAC.lower(), "--channels", "16", "--json").json
    gateway, factory = fetch(EVERYWHERE, Gateways.claim(SN))
    assert gateway is None
    assert factory is not None
    assert (factory.sn, factory.eui, factory.mac, factory.model, factory.firmware, factory.channels) == (
        SN,
        EUI,
        MAC,
        "RAK7268V2",
        "2.2.20",
        16,
    )
    assert factory.queue_url == made["queueUrl"]
    assert made["uplinkUrl"] == cloud["UPLINK_QUEUE"]
    assert "organization" not in made


def test_the_private_keys_belong_to_the_public_ones(muster: Console) -> None:
    made = muster(*PROVISION, "--json").json
    signature = base64.b64encode(Ed25519PrivateKey.from_private_bytes(raw(made["privateSigningKey"])).sign(b"hello")).decode()
    assert device_crypto.verified(made["signingKey"], signature, b"hello")
    boxed = device_crypto.encrypt_for_device(made["sealingKey"], "test", b"secret")
    assert device_crypto.decrypt(X25519PrivateKey.from_private_bytes(raw(made["privateSealingKey"])), "test", boxed) == b"secret"
    assert device_crypto.decrypt_from_device("test", device_crypto.encrypt_for_device(made["cloudKey"], "test", b"up")) == b"up"


def test_what_its_queue_holds_is_encrypted_and_gone_after_five_minutes(muster: Console) -> None:
    """No order, and no encrypted new password, waits longer (wisdm.md 7.3)."""
    url = muster(*PROVISION, "--json").json["queueUrl"]
    output = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (output["FifoQueue"], output["MessageRetentionPeriod"], output["SqsManagedSseEnabled"]) == ("true", "300", "true")
    assert output["MaximumMessageSize"] == "262144"
    assert "RedrivePolicy" not in output


def test_private_keys_are_kept_nowhere(muster: Console) -> None:
    made = muster(*PROVISION, "--json").json
    rows = repr(stored("FleetTable"))
    assert made["signingKey"] in rows
    assert made["privateSigningKey"] not in rows
    assert made["privateSealingKey"] not in rows


def test_keys_made_elsewhere_are_taken(muster: Console) -> None:
    public = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    made = muster(*PROVISION, "--signing-key", public, "--json").json
    assert made["signingKey"] == public
    assert "privateSigningKey" not in made
    assert "privateSealingKey" in made


def test_the_queue_is_in_order_and_encrypted(muster: Console) -> None:
    url = muster(*PROVISION, "--json").json["queueUrl"]
    attributes = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert url.endswith(f"/muster-down-{SN}.fifo")
    assert (attributes["FifoQueue"], attributes["SqsManagedSseEnabled"], attributes["ContentBasedDeduplication"]) == (
        "true",
        "true",
        "false",
    )


def test_a_queue_that_is_left_from_before_is_used(muster: Console) -> None:
    left = clients.sqs().create_queue(QueueName=f"muster-down-{SN}.fifo", Attributes={"FifoQueue": "true", "VisibilityTimeout": "5"})[
        "QueueUrl"
    ]
    assert muster(*PROVISION, "--json").json["queueUrl"] == left


def test_an_unclaimed_gateway_can_be_registered_by_anyone(muster: Console, fleet: Fleet) -> None:
    muster(*PROVISION)
    owner = fleet.organization()
    location, key = fleet.location(owner), fleet.key(owner)
    answer = call(register, {"locationId": location.id}, key=key, body={"sn": SN, "eui": EUI})
    assert answer.status == 201


def test_a_claimed_gateway_is_its_organizations_at_once(
    muster: Console, fleet: Fleet, new_organization: organization.OrganizationState
) -> None:
    assert muster(*PROVISION, "--organization", "harbour", "--share-logs", "wisdm", "--json").json["organization"] == new_organization.id
    gateway = fetch(Reach.of(new_organization.id), Gateways.by_sn(SN))
    assert (gateway.card.location, gateway.card.name) == (None, f"RAK7268V2-{SN}")
    assert fetch(Reach.of(new_organization.id), Configurations.by_sn(SN)).shares_logs
    device = fetch(Reach.of(new_organization.id), Devices.by_id(gateway.card.id))
    assert (device.kind, device.serial_number, device.location) == ("gateway", SN, None)
    owner, other = organization.find("harbour"), fleet.organization()
    assert call(get_status, {"sn": SN}, key=fleet.key(owner)).status == 200
    assert call(get_status, {"sn": SN}, key=fleet.key(other)).status == 404
    for tenant, status in ((other, 406), (owner, 201)):
        path = {"locationId": fleet.location(tenant).id}
        assert call(register, path, key=fleet.key(tenant), body={"sn": SN, "eui": EUI}).status == status


def test_a_serial_number_is_provisioned_once(muster: Console, new_organization: organization.OrganizationState) -> None:
    muster(*PROVISION)
    before = fetch(EVERYWHERE, Gateways.claim(SN))
    assert f"{SN} is already provisioned" in muster.refused(*PROVISION, "--eui", "ac1f09fffe0a1b2d", "--organization", "harbour")
    assert fetch(EVERYWHERE, Gateways.claim(SN)) == before


def test_an_eui_is_taken_once(muster: Console, new_organization: organization.OrganizationState) -> None:
    muster(*PROVISION)
    assert "has this EUI" in muster.refused(*PROVISION, "--sn", "GW123456", "--organization", "harbour")
    assert fetch(EVERYWHERE, Gateways.claim("GW123456")) == (None, None)


@pytest.mark.parametrize(
    ("options", "output"),
    [
        (("--sn", "GW12"), "--sn must have"),
        (("--sn", "GW-123456"), "--sn must have"),
        (("--eui", "ac1f09"), "--eui must have"),
        (("--mac", "AC1F090A1B2C"), "--mac must be"),
        (("--model", ""), "--model must have"),
        (("--firmware", "v2.2"), "--firmware must be"),
        (("--channels", "9"), "--channels"),
        (("--share-logs", "wisdm"), "--share-logs needs an organization"),
        (("--signing-key", "short"), "--signing-key must be"),
        (("--sealing-key", base64.b64encode(bytes(31)).decode()), "--sealing-key must be"),
    ],
)
def test_what_breaks_a_rule_is_named(muster: Console, options: tuple[str, ...], output: str) -> None:
    assert output in muster.misused(*PROVISION, *options)
    assert "QueueUrls" not in clients.sqs().list_queues(QueueNamePrefix="muster-down-")


def test_the_organization_must_be_there(muster: Console) -> None:
    assert "no organization" in muster.refused(*PROVISION, "--organization", "meadow")


def test_says_it_in_words(muster: Console) -> None:
    said = muster(*PROVISION)
    assert f"Gateway {SN} (RAK7268V2), of no organization yet" in said.out
    assert "private signing key" in said.out
    assert "not shown again" in said.out


def test_keeps_the_keys_for_the_simulator_if_asked(muster: Console, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "gateways.json"
    made = muster(*PROVISION, "--keep-keys", str(file), "--json").json
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (identity,) = keyring.load(file)
    assert (identity.sn, identity.signing_key, identity.queue_url) == (SN, made["privateSigningKey"], made["queueUrl"])


def test_keys_made_elsewhere_cannot_be_kept(muster: Console, tmp_path: Path) -> None:
    public = base64.b64encode(bytes(32)).decode()
    output = muster.misused(*PROVISION, "--sealing-key", public, "--keep-keys", str(tmp_path / "keys.json"))
    assert "--keep-keys" in output
    assert fetch(EVERYWHERE, Gateways.claim(SN)) == (None, None)
