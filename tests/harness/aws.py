"""An AWS in memory with the resources of infra/data.yaml and infra/queues.yaml, and the environment of functions in it."""

from __future__ import annotations

import functools
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models.dynamo_type import DynamoType

from fleet.aws import clients, device_crypto, objects, secret
from fleet.plane import put_aside
from fleet.tenancy import encryption
from tests.harness import tables
from tests.harness.canary import MARK
from tests.harness.template import outputs, resources

SECRETS = {
    "CredentialSecret": '{"0": "' + MARK + "c" * 53 + '"}',
    "PagingSecret": '{"0": "' + MARK + "p" * 53 + '"}',
    "LinkSecret": '{"0": "' + MARK + "l" * 53 + '"}',
    "SignInSecret": '{"0": "' + MARK + "s" * 53 + '"}',
    "UplinkSecret": MARK + "u" * 53,
}
REGION: Literal["eu-west-1"] = "eu-west-1"


def variable(resource: str) -> str:
    """The environment variable that names a resource: FleetTable → FLEET_TABLE."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", resource).upper()


@contextmanager
def aws_in_memory(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An empty AWS; yields the environment of a function in it. Created once a process, and emptied for each test."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_DEFAULT_REGION", REGION)
    patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Muster")
    environment = _start()
    _empty()
    for name, value in environment.items():
        patch.setenv(name, value)
    restore_secrets(SECRETS)
    encryption.forget()
    objects.forget()
    put_aside.forget()
    yield environment
    encryption.forget()
    objects.forget()


@functools.cache
def _start() -> dict[str, str]:
    mock_aws().start()
    tables.quicken()
    return _environment()


@functools.cache
def _backend(service: Any, region: str = REGION) -> Any:
    return get_backend(service)[DEFAULT_ACCOUNT_ID][region]


def _empty() -> None:
    """Remove what tests stored; the templates' resources stay."""
    _make_tables()  # a test may have deleted one
    for table in _backend("dynamodb").tables.values():
        table.items.clear()
        if table.stream_shard:
            table.stream_shard.items.clear()
    sqs = _backend("sqs")
    sqs.queues = {name: queue for name, queue in sqs.queues.items() if not name.endswith(".fifo") or name in _queues()}
    for queue in sqs.queues.values():  # purge_queue may be called once a minute
        for messages in (queue._messages, queue._pending_messages, queue.deleted_messages):
            messages.clear()
    _backend("s3", "aws").buckets["files"].keys.clear()
    for service, region in (("iam", "aws"), ("cloudformation", REGION), ("ses", REGION)):
        if f"moto.{service}.models" in sys.modules:
            _backend(service, region).reset()


def stream_images() -> list[Any]:
    """The new images in the fleet table's stream, in order."""
    records = (each.record["dynamodb"] for each in _backend("dynamodb").tables["FleetTable"].stream_shard.items)
    return [record["NewImage"] for record in records if record.get("NewImage")]


def snapshot() -> dict[str, Any]:
    """The contents of the tables, for `restore`."""
    return {name: tables.shared(table.items) for name, table in _backend("dynamodb").tables.items()}


def restore(contents: Mapping[str, Any]) -> None:
    """Restore the tables to a snapshot."""
    for name, items in contents.items():
        _backend("dynamodb").tables[name].items = tables.shared(items)


def put(name: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Store items in DynamoDB's form without a request."""
    for each in items:
        _table(name).put_item(dict(each))


def secrets() -> dict[str, str]:
    """What the deployment's secrets are, read without a request."""
    return {name: _secret(name).versions[_secret(name).default_version_id]["secret_string"] for name in SECRETS}


def restore_secrets(texts: Mapping[str, str]) -> None:
    """Put back the secrets that a test has replaced, and read all of them so that none is read anew during the next one."""
    replaced = {name: text for name, text in texts.items() if secrets()[name] != text}
    for name, text in replaced.items():
        clients.secretsmanager().put_secret_value(SecretId=name, SecretString=text)
    if replaced:
        secret.forget()
    read_secrets()


def _secret(name: str) -> Any:
    return next(each for each in _backend("secretsmanager").secrets.values() if each.name == name)


def read_secrets() -> None:
    """Have the deployment's secrets, as a container that has just read them: what follows makes only the requests of its own call."""
    for each in secret.ALL:
        each.read_at = time.time()
        each.versions()


def forget() -> None:
    """Forget what functions cache between calls, as a new container does; clients stay, since creating them is slow."""
    for module in (device_crypto, encryption, objects, put_aside, secret):
        module.forget()


def _make_tables() -> None:
    for name in {"FleetTable", "SeriesTable"} - _backend("dynamodb").tables.keys():
        properties: dict[str, Any] = resources("data")[name]["Properties"]
        parts = {part: properties[part] for part in ("AttributeDefinitions", "KeySchema", "BillingMode")}
        stream = properties.get("StreamSpecification")
        streams = {"StreamSpecification": stream | {"StreamEnabled": True}} if stream else {}
        clients.dynamodb().create_table(TableName=name, **parts, **streams)


def _environment() -> dict[str, str]:
    _make_tables()
    sqs = clients.sqs()
    clients.s3().create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": REGION})
    vault = clients.secretsmanager()
    return {
        "FLEET_TABLE": "FleetTable",
        "SERIES_TABLE": "SeriesTable",
        "FILES_BUCKET": "files",
        # moto generates a slow RSA pair for every key by default; data keys work with any kind
        "FLEET_KEY": clients.kms().create_key(KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"],
        **{variable(name): vault.create_secret(Name=name, SecretString=text)["ARN"] for name, text in SECRETS.items()},
        "DOWNLOAD_ROLE": "",
        "MEDIA_ROLE": "",
        "MAIL_FROM": "",
        "DOWNLINK_PREFIX": "muster-down",
        **{
            queue_variable(name): sqs.create_queue(QueueName=called, Attributes=_attributes(name))["QueueUrl"]
            for called, name in _queues().items()
        },
    }


@functools.cache
def _queues() -> Mapping[str, str]:
    """The logical names of the template's queues, by what they are called here."""
    queues = {name: each["Properties"] for name, each in resources("queues").items() if each["Type"] == "AWS::SQS::Queue"}
    return {f"{name}.fifo" if "FifoQueue" in properties else name: name for name, properties in queues.items()}


def queue_variable(queue: str) -> str:
    """The environment variable for a queue of the template, from the name of its output."""
    named = {value["Ref"]: name for name, value in outputs("queues").items() if "Ref" in value}
    return variable(named.get(queue, queue))


def _attributes(queue: str) -> dict[Any, str]:
    kept = ("MaximumMessageSize", "FifoQueue", "DelaySeconds")
    properties = resources("queues")[queue]["Properties"]
    return {name: str(properties[name]).lower() for name in kept if name in properties}


def largest_message(url: str) -> int:
    """The bytes that a queue takes, read without a request; 0 for one that is not there."""
    queue = _backend("sqs").queues.get(url.rpartition("/")[2])
    return int(queue.maximum_message_size) if queue else 0


def stored(name: str) -> list[dict[str, Any]]:
    """All items of a table, read without a request."""
    return [_plain(each) for items in _table(name).items.values() for each in items.values()]


def partition(name: str, pk: str) -> list[dict[str, Any]]:
    """The items of a partition by sort key, in DynamoDB's form, read without a request."""
    items = _table(name).items.get(_text(pk), {})
    return sorted(map(_plain, items.values()), key=lambda each: str(each["sk"]["S"]))


def item(name: str, pk: str, sk: str) -> dict[str, Any] | None:
    """The item with this key in DynamoDB's form, or None, read without a request."""
    found = _table(name).items.get(_text(pk), {}).get(_text(sk))
    return None if found is None else _plain(found)


def messages(url: str) -> list[str]:
    """The bodies of the messages in a queue, in the order of sending, without receiving them."""
    return [message.body for message in _backend("sqs").queues[url.rpartition("/")[2]]._messages]


def mails() -> list[tuple[str, list[str], str, str]]:
    """The mails that were sent: from whom, to whom, subject and text."""
    sent = _backend("ses").sent_messages
    return [(each.source, each.destinations["ToAddresses"], each.subject, each.body) for each in sent]


def _table(name: str) -> Any:
    return _backend("dynamodb").tables[name]


def _text(value: str) -> DynamoType:
    return DynamoType({"S": value})


def _plain(found: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = found.to_json()["Attributes"]
    return attributes
