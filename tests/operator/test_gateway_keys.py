"""`muster gateway rekey` and `unprovision`, and the file of --keep-keys."""

from __future__ import annotations

import base64
from pathlib import Path

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from functions.wisdm.gateway.register import handler as register
from functions.workers.uplink.receive import handler as receive
from muster.operator import keyring
from tests.harness.aws import stored
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.interference import before_next_transaction
from tests.operator.console import Console
from tests.operator.shared_gateway import SharedGateway
from tests.workers.messages import NOW, dead_letters, deliver, hello, uplink_message

SN, EUI = "918100A1B2C3D4E501", "ac1f09fffe0a1b2c"
PROVISION = ("gateway", "provision", "--sn", SN, "--eui", EUI, "--model", "RAK7268V2", "--mac", "AC:1F:09:0A:1B:2C")
SENSOR = ("thing", "provision", "--tuid", "TSGW02A1B2C3D4E01", "--kind", "gateway")
REKEY, UNPROVISION = ("gateway", "rekey", "--sn", SN.lower()), ("gateway", "unprovision", "--sn", SN.lower())


def unusable(folder: Path) -> list[Path]:
    """Files that no keys can be stored in: below a file, no JSON, JSON of something else, not text, a directory."""
    files = [folder / name for name in ("words.txt", "object.json", "binary")]
    for file, content in zip(files, (b"no JSON", b'[{"sn": 1}]', b"\xff\xfe"), strict=True):
        file.write_bytes(content)
    return [files[0] / "keys.json", *files, folder]


class TestKeepKeys:
    def test_a_file_that_cannot_be_used_is_named_before_anything_is_stored(self, muster: Console, fleet: Fleet, tmp_path: Path) -> None:
        slug, before = fleet.organization().slug, stored("FleetTable")
        for file in unusable(tmp_path):
            for command in (PROVISION, (*SENSOR, "--organization", slug)):
                assert str(file) in muster.refused(*command, "--keep-keys", str(file))
        assert stored("FleetTable") == before
        assert "QueueUrls" not in clients.sqs().list_queues(QueueNamePrefix="muster-down-")
        assert not [each for each in tmp_path.rglob("*") if each.name.endswith(tuple("0123456789"))]

    def test_the_simulator_names_a_file_without_keys(self, muster: Console, tmp_path: Path) -> None:
        for file in unusable(tmp_path)[1:]:
            assert str(file) in muster.refused("simulate", "--keys", str(file))


class TestRekey:
    def test_prints_new_keys_and_keeps_them(self, muster: Console, tmp_path: Path) -> None:
        old, file = muster(*PROVISION, "--json").json, tmp_path / "keys.json"
        new = muster(*REKEY, "--keep-keys", str(file), "--json").json
        assert {name for name in new if new[name] != old[name]} == {
            "signingKey",
            "sealingKey",
            "privateSigningKey",
            "privateSealingKey",
        }
        factory, _ = fetch(EVERYWHERE, Gateways.identity(SN))
        assert factory is not None
        assert (factory.signing_key, factory.sealing_key) == (new["signingKey"], new["sealingKey"])
        assert [identity.signing_key for identity in keyring.load(file)] == [new["privateSigningKey"]]
        assert "not shown again" in muster(*REKEY).out

    def test_the_old_key_is_refused_at_once(self, shared_gateway: SharedGateway, muster: Console) -> None:
        made = muster("gateway", "rekey", "--sn", shared_gateway.hardware.sn, "--json").json
        assert made["organization"] == shared_gateway.organization.id
        message = uplink_message(shared_gateway.hardware, "hello", hello(shared_gateway.hardware), seq=2, sent=NOW, received=NOW)
        assert deliver(receive, message) == []
        assert [each["reason"] for each in dead_letters()] == ["forged"]

    def test_takes_keys_that_were_made_elsewhere(self, muster: Console) -> None:
        muster(*PROVISION)
        public = base64.b64encode(bytes(range(32))).decode()
        new = muster(*REKEY, "--signing-key", public, "--json").json
        assert new["signingKey"] == public
        assert "privateSigningKey" not in new
        assert "--sealing-key must be" in muster.misused(*REKEY, "--sealing-key", "short")

    def test_an_unknown_gateway(self, muster: Console) -> None:
        for command in (REKEY, UNPROVISION):
            assert "muster gateway provision" in muster.refused(*command)


class TestUnprovision:
    def test_frees_the_serial_number_and_the_eui(self, muster: Console) -> None:
        before = stored("FleetTable")
        muster(*PROVISION)
        assert f"Deleted: the factory record of gateway {SN}, EUI {EUI}" in muster(*UNPROVISION).out
        assert [row for row in stored("FleetTable") if not row["pk"]["S"].startswith("AUDIT#")] == before
        assert [entry["action"] for entry in muster("audit", "--gateway", SN, "--json").json] == ["gateway.unprovisioned"]
        assert "QueueUrls" not in clients.sqs().list_queues(QueueNamePrefix="muster-down-")
        assert muster(*PROVISION, "--sn", "GW123456").code == 0

    def test_one_that_is_claimed_is_refused(self, shared_gateway: SharedGateway, muster: Console) -> None:
        sn, before = shared_gateway.hardware.sn, stored("FleetTable")
        assert f"muster device delete --sn {sn}" in muster.refused("gateway", "unprovision", "--sn", sn)
        assert stored("FleetTable") == before
        muster("device", "move", "--sn", sn, "--location", "none")
        muster("device", "retire", "--sn", sn)
        assert "delete its device first" in muster.refused("gateway", "unprovision", "--sn", sn)
        muster("device", "delete", "--sn", sn)
        assert "counts the versions" in muster.refused("gateway", "unprovision", "--sn", sn)

    def test_of_a_claim_and_a_withdrawal_at_once_one_is_refused(self, muster: Console, fleet: Fleet) -> None:
        muster(*PROVISION)
        owner = fleet.organization()
        path, key = {"locationId": fleet.location(owner).id}, fleet.key(owner)
        before_next_transaction(lambda: muster(*UNPROVISION))
        answer = call(register, path, key=key, body={"sn": SN, "eui": EUI})
        assert (answer.status, "no factory record" in answer.json["message"]) == (406, True)
        assert fetch(EVERYWHERE, Gateways.claim(SN)) == (None, None)
