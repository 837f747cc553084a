"""The ledger: each role's allowed and denied actions, of a table with the partition keys, compared with its policy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3

from muster.generate.resources import LEADING_KEYS

_FOLDED = "segments of a directory are read by key only when it is folded meanwhile, or is long and read in part"
_LISTERS = (
    *("get_attribute_names", "get_composite_state", "get_device_names", "get_devices", "get_tag_keys", "get_tag_values"),
    *("delete_devices", "patch_devices", "restore_devices", "send_device_command", "job_step"),
)
UNSEEN: Mapping[tuple[str, str], str] = {
    ("alert_evaluate", "dynamodb:"): "it acts when a thing has been silent for longer than a rehearsal lasts",
    ("device_purge", "dynamodb:"): "it acts 93 days after a device was deleted",
    **{(name, "dynamodb:BatchGetItem of DIR#"): _FOLDED for name in _LISTERS},
    ("uplink_receive", "sqs:SendMessage"): "it gives a message up after eight hours; of what it refuses a dead letter is waited for",
}
"""Permissions that a rehearsal is too short to use, by function and how the grant's text begins. Tests in memory check their use."""
_LOGS = "logs:"
"""Actions for logs: the emulator writes a function's log without a permission check."""


@dataclass(frozen=True, order=True)
class Entry:
    """One permission check: the name of the role, the action, the ARN of the resource, and the partition keys that the request names."""

    role: str
    action: str
    resource: str
    allowed: bool
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Grant:
    """A grant of a policy: an action on a pattern of ARNs, of a table on the rows whose partition key is like the pattern `keys`."""

    action: str
    pattern: str
    keys: str = ""

    def concerns(self, entry: Entry) -> bool:
        """Whether it is for the entry's action and resource, whatever the rows."""
        return entry.action == self.action and fnmatchcase(entry.resource, self.pattern)

    def has(self, key: str) -> bool:
        return fnmatchcase(key, self.keys)

    def covers(self, entry: Entry) -> bool:
        """Whether the entry has used it: on a row of its own, if it is for rows."""
        return entry.allowed and self.concerns(entry) and (not self.keys or any(map(self.has, entry.keys)))

    @property
    def text(self) -> str:
        return f"{self.action} of {self.keys}" if self.keys else self.action


@dataclass(frozen=True)
class Finding:
    """A defect of a function's policy."""

    function: str
    text: str


def read(file: Path) -> list[Entry]:
    """The entries of a ledger file."""
    if not file.exists():
        return []
    return [_entry(json.loads(line)) for line in file.read_text().splitlines()]


def _entry(line: Mapping[str, Any]) -> Entry:
    role = line["role"].partition(":assumed-role/")[2].partition("/")[0]
    return Entry(role, line["action"], line["resource"], line["decision"] == "allowed", tuple(line["keys"]))


def findings(entries: Sequence[Entry], roles: Mapping[str, str], granted: Mapping[str, Sequence[Grant]]) -> Iterator[Finding]:
    """Denied actions, and unused grants. `roles` maps a role to its function or purpose."""
    for role, purpose in sorted(roles.items()):
        own = [entry for entry in entries if entry.role == role]
        denied = (f"was denied {_denied(entry, granted[role])} on {_short(entry.resource)}" for entry in sorted(own) if not entry.allowed)
        for text in dict.fromkeys(denied):
            yield Finding(purpose, text)
        unused = sorted(leave for leave in granted[role] if not (_is_excused(purpose, leave) or any(leave.covers(entry) for entry in own)))
        for pattern in dict.fromkeys(leave.pattern for leave in unused):
            actions = ", ".join(leave.text for leave in unused if leave.pattern == pattern)
            yield Finding(purpose, f"is granted {actions} on {_short(pattern)}, which nothing used")


def _denied(entry: Entry, granted: Sequence[Grant]) -> str:
    """The denied action, with the keys that no grant covers; with all of them where each has a grant, though no statement covers all."""
    concerned = [leave for leave in granted if leave.concerns(entry)]
    outside = [key for key in entry.keys if not any(leave.has(key) for leave in concerned)] or entry.keys
    if outside:
        return f"{entry.action} of {', '.join(outside)}"
    return f"{entry.action} without a key" if any(leave.keys for leave in concerned) else entry.action


def _is_excused(purpose: str, leave: Grant) -> bool:
    return any(purpose == function and leave.text.startswith(text) for function, text in UNSEEN)


def _short(arn: str) -> str:
    return arn.split(":", 5)[-1] or arn


def grants_of(role: str) -> list[Grant]:
    """All grants of a deployed role's inline policies."""
    iam = boto3.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents: Iterable[Any] = (iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names)
    return [
        Grant(action, pattern, keys)
        for document in documents
        for statement in document["Statement"]
        for action in _many(statement["Action"])
        for pattern in _many(statement["Resource"])
        for keys in _rows(statement)
    ]


def _rows(statement: Mapping[str, Any]) -> list[str]:
    """The patterns of partition keys that a statement is limited to; one empty pattern where it is not."""
    condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    return _many(condition.get(LEADING_KEYS, ""))


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def for_lambda(function: str) -> set[str]:
    """The ARNs of event sources and destinations that Lambda itself uses with a function's role. The emulator does so without a check."""
    client = boto3.client("lambda")
    found: set[str] = set()
    for mapping in client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        aside = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        found |= {mapping["EventSourceArn"], *([aside] if aside else [])}
    return found


def findings_by_name(entries: Sequence[Entry], functions: Mapping[str, str], others: Mapping[str, str], aside: str) -> list[Finding]:
    """The findings on deployed functions and further roles; both map a deployed name to the name in the report.

    `aside` is the ARN of the dead-letter queue of scheduled functions.
    """
    client = boto3.client("lambda")
    roles, granted = dict(others), {role: grants_of(role) for role in others}
    for deployed, called in functions.items():
        role = client.get_function_configuration(FunctionName=deployed)["Role"].rpartition("/")[2]
        unasked = for_lambda(deployed) | {aside}
        roles[role] = called
        granted[role] = [leave for leave in grants_of(role) if leave.pattern not in unasked and not leave.action.startswith(_LOGS)]
    return list(findings(entries, roles, granted))
