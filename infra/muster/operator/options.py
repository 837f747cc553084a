"""The options of the operator's commands, and their output."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from fleet.errors import Invalid, Problem
from muster.operator import rules

if TYPE_CHECKING:
    from fleet.configuration.image import Firmware
    from fleet.tenancy.audit_entry import AuditEntry
    from muster.operator.api_key import CreatedKey, KeyState
    from muster.operator.gateway import ProvisionedGateway

Run = Callable[[argparse.Namespace], int]


def add(nouns: Any) -> None:
    """Add the commands `api-key`, `gateway`, `firmware` and `audit`."""
    _api_keys(nouns)
    _gateways(nouns)
    _firmware(_verb(nouns, "firmware", "add", "store a firmware image, so that gateways can be upgraded to it", _add_firmware))
    _audit(
        parser_of(
            nouns, "audit", "show what was done to an organization and its credentials, a user, a gateway or the secrets", _show_audit
        )
    )


def _verb(nouns: Any, noun: str, verb: str, summary: str, run: Run) -> argparse.ArgumentParser:
    verbs = nouns.add_parser(noun, help=f"{verb}: {summary}").add_subparsers(required=True, metavar=verb)
    return parser_of(verbs, verb, summary, run)


def parser_of(verbs: Any, verb: str, summary: str, run: Run) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(verb, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--stack", help="the CloudFormation stack to work on (default: the running local cloud, else muster)")
    parser.set_defaults(run=run, verb=verb)
    return parser


def of_organization(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser of a command that works on an organization, with the option that names it."""
    parser.add_argument("--organization", required=True, help="slug or id")
    return parser


def _audit(parser: argparse.ArgumentParser) -> None:
    of = parser.add_mutually_exclusive_group(required=True)
    of.add_argument("--organization", help="slug or id")
    of.add_argument("--user", metavar="NAME", help="username or email address; of one who is deleted the id")
    of.add_argument("--gateway", metavar="SN", help="serial number")
    of.add_argument("--secrets", action="store_true", help="the secrets of the deployment")
    parser.add_argument("--since", help="a time like 2026-01-05T09:00:00Z, or how long ago like 36h, 7d or 4w (default: all)")


def _api_keys(nouns: Any) -> None:
    summary = "create, list and delete API keys"
    verbs = nouns.add_parser("api-key", help=summary).add_subparsers(required=True, metavar="create|list|delete")
    _api_key(parser_of(verbs, "create", "make an API key; its text is shown once", _create_api_key))
    of_organization(parser_of(verbs, "list", "list the API keys of an organization", _list_api_keys))
    one = of_organization(parser_of(verbs, "delete", "delete an API key, also one of a disabled organization", _delete_api_key))
    one.add_argument("--key", required=True, metavar="ID", help="the id of the key, as `muster api-key list` shows it")


def _api_key(parser: argparse.ArgumentParser) -> None:
    of_organization(parser)
    parser.add_argument("--name", required=True)
    parser.add_argument("--access", required=True, choices=("READ_ONLY", "READ_WRITE"))
    parser.add_argument(
        "--permission", action="append", default=[], choices=rules.PERMISSIONS, metavar="WRITE_…", help=", ".join(rules.PERMISSIONS)
    )
    parser.add_argument("--ip", action="append", default=[], help="an address or CIDR block that the key works from")
    parser.add_argument("--referrer", action="append", default=[], help="a web origin that the key works from: https://*.example.com/*")
    parser.add_argument("--location", action="append", default=[], help="the id of a location that the key is limited to")
    parser.add_argument("--days", required=True, type=int, help="days until it expires, 1 to 365")


def _gateways(nouns: Any) -> None:
    summary = "store gateways' factory records, give them new keys, block, unblock, delete them; show a gateway's state and configuration"
    verbs = nouns.add_parser("gateway", help=summary).add_subparsers(
        required=True, metavar="provision|rekey|block|unblock|unprovision|show"
    )
    _gateway(parser_of(verbs, "provision", "store a gateway's factory record, create its queue and its keys", _provision))
    one = parser_of(verbs, "rekey", "give a gateway new keys, shown once; the old ones are refused at once", _rekey)
    one.add_argument("--sn", required=True)
    _key_options(one)
    for verb, summary in (("block", "refuse what a gateway sends, and send it nothing"), ("unblock", "accept a gateway again")):
        parser_of(verbs, verb, summary, _set_blocked).add_argument("--sn", required=True)
    one = parser_of(
        verbs, "unprovision", "delete the factory record and the queue of a gateway that no organization has claimed", _unprovision
    )
    one.add_argument("--sn", required=True)
    one = parser_of(verbs, "show", "show a gateway, and what it is configured to, without secrets", _show_gateway)
    one.add_argument("--sn", required=True)


def _gateway(parser: argparse.ArgumentParser) -> None:
    for name in ("sn", "eui", "model", "mac"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--firmware", help="like 2.2.15")
    parser.add_argument("--channels", type=int, default=8, choices=(8, 16))
    parser.add_argument("--organization", help="slug or id: claim the gateway for this organization, without a location")
    parser.add_argument("--share-logs", default="none", choices=("none", "external", "wisdm", "externalAndWisdm"))
    _key_options(parser)


def _key_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--signing-key", help="the Ed25519 public key, if the device has generated its own")
    parser.add_argument("--sealing-key", help="the X25519 public key, if the device has generated its own")
    parser.add_argument(
        "--keep-keys", type=Path, metavar="FILE", help="also store what the device needs in FILE, for `muster simulate --keys FILE`"
    )


def _firmware(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, help="the model that it is for, as gateways of it are provisioned")
    parser.add_argument("--version", required=True, help="like 2.2.15")
    parser.add_argument("--file", required=True, type=Path, help="the image")


def _show_audit(options: argparse.Namespace) -> int:
    from muster.operator import audit

    if options.user:
        found = audit.of_user(options.user, options.since)
    elif options.secrets:
        found = audit.of_secrets(options.since)
    elif options.gateway:
        found = audit.of_gateway(options.gateway, options.since)
    else:
        found = audit.of_organization(options.organization, options.since)
    return show_all(options, found, _entry_text)


def _create_api_key(options: argparse.Namespace) -> int:
    from muster.operator import api_key

    request = api_key.KeyRequest(
        organization=options.organization,
        name=options.name,
        access=options.access,
        days=options.days,
        permissions=tuple(options.permission),
        addresses=tuple(options.ip),
        referrers=tuple(options.referrer),
        locations=tuple(options.location),
    )
    return show(options, api_key.create(request), _created_key_text)


def _list_api_keys(options: argparse.Namespace) -> int:
    from muster.operator import api_key

    return show_all(options, api_key.list_all(options.organization), _api_key_text)


def _delete_api_key(options: argparse.Namespace) -> int:
    from muster.operator import api_key

    return show(options, api_key.delete(options.organization, options.key), _api_key_text)


def _provision(options: argparse.Namespace) -> int:
    from muster.operator import gateway

    request = gateway.GatewayRequest(**{field.name: getattr(options, field.name) for field in dataclasses.fields(gateway.GatewayRequest)})
    return _with_keys(options, lambda: gateway.provision(request))


def _rekey(options: argparse.Namespace) -> int:
    from muster.operator import gateway

    return _with_keys(options, lambda: gateway.rekey(options.sn, options.signing_key, options.sealing_key))


def _with_keys(options: argparse.Namespace, make: Callable[[], ProvisionedGateway]) -> int:
    """Make keys, print them, and store them in the file of --keep-keys, which is proven to be usable before they are made."""
    from muster.operator import keyring

    if options.keep_keys and (options.signing_key or options.sealing_key):
        raise Invalid(Problem(("keep-keys",), "cannot be combined with keys that were generated elsewhere"))
    if options.keep_keys:
        keyring.save((), options.keep_keys)
    result = make()
    show(options, result, gateway_text)
    if options.keep_keys:
        keyring.save([keyring.Identity.of(result)], options.keep_keys)
    return 0


def _unprovision(options: argparse.Namespace) -> int:
    from muster.operator import gateway

    return show(options, gateway.unprovision(options.sn), lambda gone: f"Deleted: the factory record of gateway {gone.sn}, EUI {gone.eui}")


def _set_blocked(options: argparse.Namespace) -> int:
    from muster.operator import gateway

    result = gateway.set_blocked(options.sn, options.verb == "block")
    return show(options, result, lambda of: f"Gateway {of.sn} is {'blocked' if of.blocked else 'not blocked'}")


def _add_firmware(options: argparse.Namespace) -> int:
    from muster.operator import firmware

    return show(options, firmware.add(options.model, options.version, options.file), _firmware_text)


def _show_gateway(options: argparse.Namespace) -> int:
    from muster.operator import show as gateways

    return show(options, gateways.find(options.sn), gateways.in_words)


def show_all(options: argparse.Namespace, results: Iterable[Any], in_words: Callable[[Any], str]) -> int:
    """Print results as a JSON array or as text, one after the other."""
    found = list(results)
    shown = json.dumps([as_json(_fields(each)) for each in found], indent=2) if options.json else "\n".join(map(in_words, found))
    print(shown or "There are none.")
    return 0


def show(options: argparse.Namespace, result: Any, in_words: Callable[[Any], str]) -> int:
    """Print a result as JSON (camel case, without absent members) or as text."""
    print(json.dumps(as_json(_fields(result)), indent=2) if options.json else in_words(result))
    return 0


def _fields(result: Any) -> dict[str, Any]:
    return dict(result) if isinstance(result, BaseModel) else dataclasses.asdict(result)


def as_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {_camel(name): _plain(value) for name, value in fields.items() if value is not None}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _plain(value: Any) -> Any:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value


def _firmware_text(result: Firmware) -> str:
    return f"Firmware {result.version} for {result.model}, {result.size} bytes\n  SHA-256  {result.sha256}"


def _entry_text(entry: AuditEntry) -> str:
    of = "".join(f" {each}" for each in (entry.key, entry.client, entry.token, entry.message) if each)
    source = f" from {entry.source}" if entry.source else ""
    fields = f" ({', '.join(entry.fields)})" if entry.fields else ""
    return f"{entry.at:%Y-%m-%d %H:%M:%S} {entry.email or entry.actor}: {entry.action}{of}{source}{fields}"


def _created_key_text(result: CreatedKey) -> str:
    access = "" if result.api_access else "\nThe organization's plan comes without the API: this key will be refused."
    return f"{_api_key_text(result)}\n  text  {result.key}\nKeep it now: it is not shown again.{access}"


def _api_key_text(result: KeyState) -> str:
    used = f"last used in the hour of {result.last_used:%Y-%m-%d %H:%M} UTC" if result.last_used else "not used yet"
    refused = {"disabled": result.enabled, "its organization is disabled": result.organization_active}
    why = "".join(f", {reason}" for reason, good in refused.items() if not good)
    return f"API key {result.name}, {result.access}, until {result.expires:%Y-%m-%d %H:%M} UTC, {used}{why}\n  id    {result.id}"


def gateway_text(result: ProvisionedGateway) -> str:
    owner = f"of organization {result.organization}" if result.organization else "of no organization yet"
    lines = {
        "reports to": result.uplink_url,
        "orders from": result.queue_url,
        "cloud's key": result.cloud_key,
        "signing key": result.signing_key,
        "sealing key": result.sealing_key,
        "private signing key": result.private_signing_key,
        "private sealing key": result.private_sealing_key,
    }
    text = "\n".join(f"  {name:20} {value}" for name, value in lines.items() if value)
    once = (
        "\nGive the device its private keys now: they are not shown again."
        if result.private_signing_key or result.private_sealing_key
        else ""
    )
    return f"Gateway {result.sn} ({result.model}), {owner}\n{text}{once}"
