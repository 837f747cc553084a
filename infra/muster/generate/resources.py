"""The resources that grants name: their parameter, their ARN, and the variable that tells a function of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.grants import Grant
from muster.entries import Mistake
from muster.generate.cfn import Ref, Sub


@dataclass(frozen=True)
class Resource:
    """`arn` is the text inside a `!Sub`, without a part behind a slash."""

    arn: str
    variable: str | None
    value: str | None
    """The parameter that the variable gets."""


RESOURCES: Mapping[str, Resource] = {
    "AccessSecret": Resource("${AccessSecret}", "ACCESS_SECRET", "AccessSecret"),
    "DownlinkQueues": Resource("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Prefix}-down-*.fifo", None, None),
    "DownloadRole": Resource("${DownloadRoleArn}", "DOWNLOAD_ROLE", "DownloadRoleArn"),
    "FileEvents": Resource("${FileEventsArn}", None, None),
    "FilesBucket": Resource("${FilesBucketArn}", "FILES_BUCKET", "FilesBucket"),
    "FleetKey": Resource("${FleetKeyArn}", "FLEET_KEY", "FleetKeyArn"),
    "FleetTable": Resource("${FleetTableArn}", "FLEET_TABLE", "FleetTable"),
    "FleetTableStream": Resource("${FleetTableStreamArn}", None, None),
    "SeriesTable": Resource("${SeriesTableArn}", "SERIES_TABLE", "SeriesTable"),
    "SeriesTableStream": Resource("${SeriesTableStreamArn}", None, None),
    "StreamDeadLetters": Resource("${StreamDeadLettersArn}", None, None),
    "UplinkDeadLetters": Resource("${UplinkDeadLettersArn}", "UPLINK_DEAD_LETTERS", "UplinkDeadLetters"),
    "UplinkQueue": Resource("${UplinkQueueArn}", "UPLINK_QUEUE", "UplinkQueue"),
    "UplinkSecret": Resource("${UplinkSecret}", "UPLINK_SECRET", "UplinkSecret"),
}

_TAKES_DOWNLOAD_ROLE = Grant("DownloadRole", "sts:AssumeRole")
_SIGNED_DOWNLOAD = Grant("FilesBucket/logs/*", "s3:GetObject")

PREFIX: Mapping[str, Any] = {
    "Type": "String",
    "AllowedPattern": "[a-z][a-z0-9-]{0,23}",
    "Description": "Begins the name of everything that has one.",
}
RETENTION: Mapping[str, Any] = {"Type": "Number", "Default": 14, "Description": "Days that logs are kept."}

PARAMETERS: Mapping[str, str] = {
    "AccessSecret": "ARN of the secret behind credentials and paging tokens.",
    "DownloadRoleArn": "The role that signs downloads.",
    "FileEventsArn": "The queue that is told of every uploaded file.",
    "FilesBucket": "The bucket of files.",
    "FilesBucketArn": "The bucket of files.",
    "FleetKeyArn": "The key that wraps the organizations' data keys.",
    "FleetTable": "The fleet table.",
    "FleetTableArn": "The fleet table.",
    "FleetTableStreamArn": "The stream of the fleet table.",
    "SeriesTable": "The table of series.",
    "SeriesTableArn": "The table of series.",
    "SeriesTableStreamArn": "The stream of the table of series.",
    "StreamDeadLettersArn": "Takes what a worker on the stream or a schedule could not do.",
    "UplinkDeadLetters": "Takes refused messages.",
    "UplinkDeadLettersArn": "Takes refused messages.",
    "UplinkQueue": "The queue that all devices send to.",
    "UplinkQueueArn": "The queue that all devices send to.",
    "UplinkSecret": "ARN of the secret behind the key that devices box for.",
}


def parameters() -> dict[str, Any]:
    """Declared by every stack of functions, used or not: so a new grant never touches the root template."""
    return {name: {"Type": "String", "Description": text} for name, text in PARAMETERS.items()}


def own(grants: Iterable[Grant]) -> frozenset[Grant]:
    """What a function does in its own role. It signs downloads in another one, which the root template has, if it may take that."""
    every = frozenset(grants)
    return every - {_SIGNED_DOWNLOAD} if _TAKES_DOWNLOAD_ROLE in every else every


def statements(grants: Iterable[Grant]) -> list[dict[str, Any]]:
    """The policy of these grants: one statement a resource."""
    actions: dict[str, set[str]] = {}
    for grant in own(grants):
        actions.setdefault(grant.resource, set()).add(grant.action)
    return [{"Effect": "Allow", "Action": sorted(actions[name]), "Resource": arn(name)} for name in sorted(actions)]


def arn(resource: str) -> Sub:
    """The ARN of a granted resource, with the part behind a slash (`FilesBucket/logs/*`)."""
    name, slash, part = resource.partition("/")
    return Sub(_known(name).arn + slash + part)


def variables(grants: Iterable[Grant]) -> dict[str, Ref]:
    """The environment of a function: the resources it is granted, and no others."""
    known = (_known(grant.resource.partition("/")[0]) for grant in grants)
    return dict(sorted((each.variable, Ref(each.value)) for each in set(known) if each.variable and each.value))


def _known(name: str) -> Resource:
    if name not in RESOURCES:
        raise Mistake(f"no resource is called {name}: add it to infra/muster/generate/resources.py")
    return RESOURCES[name]
