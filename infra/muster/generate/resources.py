"""The resources that grants name: their parameter, their ARN, and the variable that tells a function of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.aws import queues
from fleet.grants import Grant
from muster.entries import Mistake
from muster.generate.cfn import GetAtt, Ref, Sub


@dataclass(frozen=True)
class Resource:
    """`arn` is the text inside a `!Sub`, without a part behind a slash."""

    arn: str
    variable: str | None
    value: str | None
    """The parameter that the variable gets."""
    condition: Mapping[str, Any] | None = field(default=None, hash=False)
    """What a request has to fulfil besides."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of stacks of functions: what it says of itself, and where the root template has its value from."""

    text: str
    source: Ref | GetAtt


RESOURCES: Mapping[str, Resource] = {
    **{name: Resource(f"${{{name}Arn}}", queues.variable(name), f"{name}Queue") for name in queues.QUEUES},
    "CredentialSecret": Resource("${CredentialSecret}", "CREDENTIAL_SECRET", "CredentialSecret"),
    "DownlinkQueues": Resource("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Prefix}-down-*.fifo", None, None),
    "DownloadRole": Resource("${DownloadRoleArn}", "DOWNLOAD_ROLE", "DownloadRoleArn"),
    "FileEvents": Resource("${FileEventsArn}", None, None),
    "FilesBucket": Resource("${FilesBucketArn}", "FILES_BUCKET", "FilesBucket"),
    "FleetKey": Resource("${FleetKeyArn}", "FLEET_KEY", "FleetKeyArn"),
    "FleetTable": Resource("${FleetTableArn}", "FLEET_TABLE", "FleetTable"),
    "FleetTableStream": Resource("${FleetTableStreamArn}", None, None),
    "LinkSecret": Resource("${LinkSecret}", "LINK_SECRET", "LinkSecret"),
    "MediaRole": Resource("${MediaRoleArn}", "MEDIA_ROLE", "MediaRoleArn"),
    "MailIdentity": Resource(
        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*",
        None,
        None,
        {"StringEquals": {"ses:FromAddress": Ref("MailFrom")}},
    ),
    "PagingSecret": Resource("${PagingSecret}", "PAGING_SECRET", "PagingSecret"),
    "SeriesTable": Resource("${SeriesTableArn}", "SERIES_TABLE", "SeriesTable"),
    "SeriesTableStream": Resource("${SeriesTableStreamArn}", None, None),
    "SignInSecret": Resource("${SignInSecret}", "SIGN_IN_SECRET", "SignInSecret"),
    "StreamDeadLetters": Resource("${StreamDeadLettersArn}", None, None),
    "UplinkFailedDeadLetters": Resource("${UplinkFailedDeadLettersArn}", "UPLINK_FAILED_DEAD_LETTERS", "UplinkFailedDeadLetters"),
    "UplinkRefusedDeadLetters": Resource("${UplinkRefusedDeadLettersArn}", "UPLINK_REFUSED_DEAD_LETTERS", "UplinkRefusedDeadLetters"),
    "UplinkQueue": Resource("${UplinkQueueArn}", "UPLINK_QUEUE", "UplinkQueue"),
    "UplinkSecret": Resource("${UplinkSecret}", "UPLINK_SECRET", "UplinkSecret"),
}

TABLES = ("FleetTable", "SeriesTable")
LEADING_KEYS = "dynamodb:LeadingKeys"
"""IAM's name for the partition keys that a request on a table names."""

_SIGNED: Mapping[Grant, frozenset[Grant]] = {
    Grant("DownloadRole", "sts:AssumeRole"): frozenset({Grant("FilesBucket/logs/*", "s3:GetObject")}),
    Grant("MediaRole", "sts:AssumeRole"): frozenset(
        {Grant("FilesBucket/exports/*", "s3:GetObject"), Grant("FilesBucket/joblogs/*", "s3:GetObject")}
    ),
}
"""What a function does in another role, which the root template has, if it may take that: it signs downloads."""

PREFIX: Mapping[str, Any] = {
    "Type": "String",
    "AllowedPattern": "[a-z][a-z0-9-]{0,23}",
    "Description": "Begins the name of everything that has one.",
}
RETENTION: Mapping[str, Any] = {"Type": "Number", "Default": 14, "Description": "Days that logs are kept."}

SETTINGS: Mapping[str, str] = {
    "MailFrom": "MAIL_FROM",
    "PrivateHosts": "PRIVATE_HOSTS",
    "UploadGrants": "UPLOAD_GRANTS",
    "UploadMebibytes": "UPLOAD_MEBIBYTES",
    "WegnologySyncLimit": "WEGNOLOGY_SYNC_LIMIT",
}
"""Parameters that a function gets as variables because its declaration names them, and the names of these."""

PARAMETERS: Mapping[str, Parameter] = {
    **{
        f"{name}{part}": Parameter(f"The internal queue {name}.", GetAtt(f"Queues.Outputs.{name}{part}"))
        for name in queues.QUEUES
        for part in ("Queue", "Arn")
    },
    "CredentialSecret": Parameter("ARN of the secret behind the hashes of credentials.", GetAtt("Data.Outputs.CredentialSecret")),
    "DownloadRoleArn": Parameter("The role that signs downloads.", GetAtt("DownloadRole.Arn")),
    "FileEventsArn": Parameter("The queue that gets an event for every uploaded file.", GetAtt("Queues.Outputs.FileEventsArn")),
    "FilesBucket": Parameter("The bucket of files.", GetAtt("Data.Outputs.FilesBucket")),
    "FilesBucketArn": Parameter("The bucket of files.", GetAtt("Data.Outputs.FilesBucketArn")),
    "FleetKeyArn": Parameter("The key that wraps the organizations' data keys.", GetAtt("Data.Outputs.FleetKeyArn")),
    "FleetTable": Parameter("The fleet table.", GetAtt("Data.Outputs.FleetTable")),
    "FleetTableArn": Parameter("The fleet table.", GetAtt("Data.Outputs.FleetTableArn")),
    "FleetTableStreamArn": Parameter("The stream of the fleet table.", GetAtt("Data.Outputs.FleetTableStreamArn")),
    "LinkSecret": Parameter("ARN of the secret behind links to files.", GetAtt("Data.Outputs.LinkSecret")),
    "MailFrom": Parameter("The address that mails are sent from, or nothing.", Ref("MailFrom")),
    "MediaRoleArn": Parameter("The role that signs what links to files lead to.", GetAtt("MediaRole.Arn")),
    "PagingSecret": Parameter("ARN of the secret behind the tokens of pages.", GetAtt("Data.Outputs.PagingSecret")),
    "PrivateHosts": Parameter("Hosts of callbacks that may have private addresses.", Ref("PrivateHosts")),
    "SeriesTable": Parameter("The table of series.", GetAtt("Data.Outputs.SeriesTable")),
    "SeriesTableArn": Parameter("The table of series.", GetAtt("Data.Outputs.SeriesTableArn")),
    "SeriesTableStreamArn": Parameter("The stream of the table of series.", GetAtt("Data.Outputs.SeriesTableStreamArn")),
    "SignInSecret": Parameter("ARN of the secret behind sign-in tokens.", GetAtt("Data.Outputs.SignInSecret")),
    "StreamDeadLettersArn": Parameter(
        "Takes what a worker on the stream or a schedule could not do.", GetAtt("Queues.Outputs.StreamDeadLettersArn")
    ),
    "UplinkFailedDeadLetters": Parameter("Takes messages that could not be stored.", GetAtt("Queues.Outputs.UplinkFailedDeadLetters")),
    "UplinkFailedDeadLettersArn": Parameter(
        "Takes messages that could not be stored.", GetAtt("Queues.Outputs.UplinkFailedDeadLettersArn")
    ),
    "UplinkRefusedDeadLetters": Parameter("Takes refused messages.", GetAtt("Queues.Outputs.UplinkRefusedDeadLetters")),
    "UplinkRefusedDeadLettersArn": Parameter("Takes refused messages.", GetAtt("Queues.Outputs.UplinkRefusedDeadLettersArn")),
    "UplinkQueue": Parameter("The queue that all devices send to.", GetAtt("Queues.Outputs.UplinkQueue")),
    "UplinkQueueArn": Parameter("The queue that all devices send to.", GetAtt("Queues.Outputs.UplinkQueueArn")),
    "UploadGrants": Parameter("Files that a gateway may upload a day.", Ref("UploadGrants")),
    "UploadMebibytes": Parameter("MiB that a gateway may upload a day.", Ref("UploadMebibytes")),
    "WegnologySyncLimit": Parameter("Devices that are changed within a request.", Ref("WegnologySyncLimit")),
    "UplinkSecret": Parameter("ARN of the secret behind the key that devices box for.", GetAtt("Data.Outputs.UplinkSecret")),
}
"""What stacks of functions may take; each takes those that its functions need."""


def own(grants: Iterable[Grant]) -> frozenset[Grant]:
    """What a function does in its own role."""
    every = frozenset(grants)
    return every.difference(*(signed for taken, signed in _SIGNED.items() if taken in every))


def statements(grants: Iterable[Grant]) -> list[dict[str, Any]]:
    """The policy of these grants: one statement for each resource, and for each set of rows of a table.

    A request on several rows is allowed when one statement covers them all, so all the rows of an action are in one statement.
    """
    rows: dict[tuple[str, str], set[str]] = {}
    for grant in own(grants):
        rows.setdefault((grant.resource, grant.action), set()).add(grant.keys)
    actions: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (resource, action), patterns in sorted(rows.items()):
        actions.setdefault((resource, tuple(sorted(patterns))), []).append(action)
    return [
        {"Effect": "Allow", "Action": names, "Resource": arn(resource), **_condition(resource, patterns)}
        for (resource, patterns), names in sorted(actions.items())
    ]


def _condition(resource: str, patterns: Sequence[str]) -> dict[str, Any]:
    """The condition of a statement: that of its resource.

    For a table it is that each partition key of a request is like one of the patterns, and that there is one.

    Without keys in the request ForAllValues alone would hold. Mistake for a table without patterns, which is every row.
    """
    if resource not in TABLES:
        own = _resource(resource.partition("/")[0]).condition
        return {"Condition": own} if own else {}
    if "" in patterns:
        raise Mistake(f"a grant on {resource} names no rows: add `keys` to its `needs`")
    return {"Condition": {"ForAllValues:StringLike": {LEADING_KEYS: list(patterns)}, "Null": {LEADING_KEYS: "false"}}}


def arn(resource: str) -> Sub:
    """The ARN of a granted resource, with the part behind a slash (`FilesBucket/logs/*`)."""
    name, slash, part = resource.partition("/")
    return Sub(_resource(name).arn + slash + part)


def variables(grants: Iterable[Grant]) -> dict[str, Ref]:
    """The environment of a function: the resources it is granted, and no others."""
    known = (_resource(grant.resource.partition("/")[0]) for grant in grants)
    return dict(sorted((each.variable, Ref(each.value)) for each in set(known) if each.variable and each.value))


def _resource(name: str) -> Resource:
    if name not in RESOURCES:
        raise Mistake(f"no resource is called {name}: add it to infra/muster/generate/resources.py")
    return RESOURCES[name]
