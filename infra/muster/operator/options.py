"""The options of the operator's commands, and what they print."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.errors import Invalid, Problem
from muster.operator import rules

if TYPE_CHECKING:
    from muster.operator.api_key import Made as Key
    from muster.operator.gateway import Provisioned
    from muster.operator.organization import Made as Tenant

Run = Callable[[argparse.Namespace], int]


def add(nouns: Any) -> None:
    """Add the commands `organization`, `api-key` and `gateway`."""
    _organization(_verb(nouns, "organization", "create", "make an organization", _create_organization))
    _api_key(_verb(nouns, "api-key", "create", "make an API key; its text is shown once", _create_api_key))
    _gateway(_verb(nouns, "gateway", "provision", "keep a gateway's factory record, make its queue and its keys", _provision))


def _verb(nouns: Any, noun: str, verb: str, summary: str, run: Run) -> argparse.ArgumentParser:
    verbs = nouns.add_parser(noun, help=f"{verb}: {summary}").add_subparsers(required=True, metavar=verb)
    parser: argparse.ArgumentParser = verbs.add_parser(verb, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--stack", help="the CloudFormation stack to work on (default: the local cloud that runs, else muster)")
    parser.set_defaults(run=run)
    return parser


def _organization(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True)
    parser.add_argument("--slug", required=True, help="a short name: lower-case letters, digits and hyphens")
    parser.add_argument("--plan", default="Enterprise", choices=("Free", "On-Demand", "Enterprise"), help="Free comes without the API")
    for part in ("country", "line", "city", "state", "zip"):
        parser.add_argument(f"--address-{part}")
    for part in ("latitude", "longitude"):
        parser.add_argument(f"--address-{part}", type=float, help="degrees")


def _api_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--organization", required=True, help="slug or id")
    parser.add_argument("--name", required=True)
    parser.add_argument("--access", required=True, choices=("READ_ONLY", "READ_WRITE"))
    parser.add_argument(
        "--permission", action="append", default=[], choices=rules.PERMISSIONS, metavar="WRITE_…", help=", ".join(rules.PERMISSIONS)
    )
    parser.add_argument("--ip", action="append", default=[], help="an address or CIDR block that the key works from")
    parser.add_argument("--referrer", action="append", default=[], help="a web origin that the key works from: https://*.example.com/*")
    parser.add_argument("--location", action="append", default=[], help="the id of a location that the key is limited to")
    parser.add_argument("--days", required=True, type=int, help="how long it lives, 1 to 365")


def _gateway(parser: argparse.ArgumentParser) -> None:
    for name in ("sn", "eui", "model", "mac"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--firmware", help="like 2.2.15")
    parser.add_argument("--channels", type=int, default=8, choices=(8, 16))
    parser.add_argument("--organization", help="slug or id: the gateway becomes this organization's, in no location yet")
    parser.add_argument("--share-logs", default="none", choices=("none", "external", "wisdm", "externalAndWisdm"))
    parser.add_argument("--signing-key", help="the Ed25519 public key, if the device has made its own")
    parser.add_argument("--sealing-key", help="the X25519 public key, if the device has made its own")
    parser.add_argument(
        "--keep-keys", type=Path, metavar="FILE", help="also keep what the device needs in FILE, for `muster simulate --keys FILE`"
    )


def _create_organization(given: argparse.Namespace) -> int:
    from fleet.model.organization import Address
    from muster.operator import organization

    parts = {part: getattr(given, f"address_{part}") for part in Address.model_fields}
    place = Address(**parts) if any(value is not None for value in parts.values()) else None
    return show(given, organization.create(given.name, given.slug, given.plan, place), _organization_told)


def _create_api_key(given: argparse.Namespace) -> int:
    from muster.operator import api_key

    wanted = api_key.Wanted(
        organization=given.organization,
        name=given.name,
        access=given.access,
        days=given.days,
        permissions=tuple(given.permission),
        addresses=tuple(given.ip),
        referrers=tuple(given.referrer),
        locations=tuple(given.location),
    )
    return show(given, api_key.create(wanted), _api_key_told)


def _provision(given: argparse.Namespace) -> int:
    from muster.operator import gateway
    from muster.simulate import keyring

    if given.keep_keys and (given.signing_key or given.sealing_key):
        raise Invalid(Problem("keep-keys", "cannot be combined with keys that were made elsewhere"))
    wanted = gateway.Wanted(**{field.name: getattr(given, field.name) for field in dataclasses.fields(gateway.Wanted)})
    made = gateway.provision(wanted)
    if given.keep_keys:
        keyring.keep([keyring.Identity.of(made)], given.keep_keys)
    return show(given, made, _gateway_told)


def show(given: argparse.Namespace, made: Any, told: Callable[[Any], str]) -> int:
    """Print what was made: as JSON, names in camel case and without what is not there, or in words."""
    print(json.dumps(as_json(dataclasses.asdict(made)), indent=2) if given.json else told(made))
    return 0


def as_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {_camel(name): _plain(value) for name, value in fields.items() if value is not None}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _plain(value: Any) -> Any:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value


def _organization_told(made: Tenant) -> str:
    access = "" if made.api_access else f"\nThe plan {made.plan} comes without the API: its keys will be refused."
    return f"Organization {made.name} ({made.slug}), plan {made.plan}\n  id    {made.id}\n  UUID  {made.uuid}{access}"


def _api_key_told(made: Key) -> str:
    access = "" if made.api_access else "\nThe organization's plan comes without the API: this key will be refused."
    until = f"{made.expires:%Y-%m-%d %H:%M} UTC"
    return f"API key {made.name}, {made.access}, until {until}\n  {made.key}\nKeep it now: it is not shown again.{access}"


def _gateway_told(made: Provisioned) -> str:
    owner = f"of organization {made.organization}" if made.organization else "of no organization yet"
    lines = {
        "reports to": made.uplink_url,
        "orders from": made.queue_url,
        "cloud's key": made.cloud_key,
        "signing key": made.signing_key,
        "sealing key": made.sealing_key,
        "private signing key": made.private_signing_key,
        "private sealing key": made.private_sealing_key,
    }
    told = "\n".join(f"  {name:20} {value}" for name, value in lines.items() if value)
    once = (
        "\nGive the device its private keys now: they are not shown again." if made.private_signing_key or made.private_sealing_key else ""
    )
    return f"Gateway {made.sn} ({made.model}), {owner}\n{told}{once}"
