"""The options of the operator's commands for the Thingsee API, and their output."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muster.operator.options import as_json, gateway_text, of_organization, parser_of, show, show_all

if TYPE_CHECKING:
    from muster.operator.thing import ProvisionedThing
    from muster.operator.thingsee_client import ClientState


def add(nouns: Any) -> None:
    """Add the commands `thingsee-client` and `thing`."""
    summary = "create, list, disable, enable, rotate, delete: manage the clients of the Thingsee API"
    verbs = nouns.add_parser("thingsee-client", help=summary).add_subparsers(
        required=True, metavar="create|list|disable|enable|rotate|delete"
    )
    _create(parser_of(verbs, "create", "create a client; its secret is shown once", _create_client))
    of_organization(parser_of(verbs, "list", "list the clients of an organization", _list_clients))
    for verb, purpose in (
        ("disable", "disable a client; its tokens are revoked"),
        ("enable", "enable a client again"),
        ("rotate", "replace a client's secret, shown once; the old one and all tokens are revoked"),
        ("delete", "delete a client; its tokens are revoked"),
    ):
        parser_of(verbs, verb, purpose, _change_client).add_argument("--client-id", required=True)
    verbs = nouns.add_parser("thing", help="provision things, and set their installation status").add_subparsers(
        required=True, metavar="provision|install"
    )
    _thing(parser_of(verbs, "provision", "provision a sensor or a gateway under its TUID", _provision))
    one = parser_of(verbs, "install", "set a thing's installation status", _install)
    one.add_argument("--tuid", required=True)
    one.add_argument("--status", required=True, choices=("new", "installed", "uninstalled", "quarantine", "retired"))


def _create(parser: argparse.ArgumentParser) -> None:
    of_organization(parser)
    parser.add_argument("--client-id", required=True, help="what it calls itself; unique among all organizations")
    parser.add_argument("--read-only", action="store_true", help="it may change nothing")


def _thing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tuid", required=True)
    of_organization(parser)
    parser.add_argument("--kind", required=True, choices=("sensor", "gateway"))
    parser.add_argument("--sn", help="a gateway of the organization that is provisioned already, and gets this TUID")
    parser.add_argument("--keep-keys", type=Path, metavar="FILE", help="also keep what a new gateway needs in FILE, for `muster simulate`")


def _create_client(options: argparse.Namespace) -> int:
    from muster.operator import thingsee_client

    return show(options, thingsee_client.create(options.organization, options.client_id, options.read_only), _client_text)


def _list_clients(options: argparse.Namespace) -> int:
    from muster.operator import thingsee_client

    return show_all(options, thingsee_client.list_all(options.organization), _client_text)


def _change_client(options: argparse.Namespace) -> int:
    from muster.operator import thingsee_client

    change = getattr(thingsee_client, options.verb)
    deleted = "Deleted: " if options.verb == "delete" else ""
    return show(options, change(options.client_id), lambda client: deleted + _client_text(client))


def _provision(options: argparse.Namespace) -> int:
    from muster.operator import keyring, thing

    if options.keep_keys:
        keyring.save((), options.keep_keys)
    result = thing.provision(thing.ThingRequest(options.tuid, options.organization, options.kind, options.sn))
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result) if field.name != "gateway"}
    gateway = dataclasses.asdict(result.gateway) if result.gateway else {}
    print(json.dumps(as_json({**gateway, **fields}), indent=2) if options.json else _thing_text(result))
    if options.keep_keys and result.gateway:
        keyring.save([keyring.Identity.of(result.gateway)], options.keep_keys)
    return 0


def _install(options: argparse.Namespace) -> int:
    from muster.operator import device, thing

    return show(options, device.view(thing.install(options.tuid, options.status)), device.in_words)


def _client_text(result: ClientState) -> str:
    kind = ("reads only" if result.read_only else "reads and writes") + ("" if result.enabled else ", disabled")
    idle = "" if result.organization_active else ", which is disabled"
    secret = f"\n  secret  {result.client_secret}\nKeep it now: it is not shown again." if result.client_secret else ""
    return f"Thingsee client {result.client_id} of organization {result.slug}{idle}, {kind}{secret}"


def _thing_text(result: ProvisionedThing) -> str:
    known = ", which was known already" if result.repeated else ""
    gateway = f"\n{gateway_text(result.gateway)}" if result.gateway else ""
    return f"{result.kind.title()} {result.tuid} of organization {result.organization}{known}{gateway}"
