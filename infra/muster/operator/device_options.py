"""The options of the operator's commands for devices, locations and groups."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from muster.operator import rules
from muster.operator.options import of_organization, parser_of, show, show_all

if TYPE_CHECKING:
    from fleet.registry.device import Device


def add(nouns: Any) -> None:
    """Add the commands `device`, `location` and `group`."""
    _devices(nouns)
    _locations(nouns)
    _groups(nouns)


def _verbs(nouns: Any, noun: str, summary: str, *verbs: str) -> Any:
    return nouns.add_parser(noun, help=f"{', '.join(verbs)}: {summary}").add_subparsers(required=True, metavar="|".join(verbs))


def _devices(nouns: Any) -> None:
    summary = "the devices, each under all its names"
    verbs = _verbs(nouns, "device", summary, "list", "show", "rename", "move", "group", "retire", "restore", "delete")
    parser = of_organization(parser_of(verbs, "list", "list the devices of an organization", _list_devices))
    parser.add_argument("--retired", action="store_true", help="list those that are retired instead")
    for verb, purpose in (
        ("show", "show a device with all its names, and what each API shows of it"),
        ("retire", "hide a device from every API; it can be restored, and its names stay taken"),
        ("restore", "show a device again that was retired"),
    ):
        _named(parser_of(verbs, verb, purpose, _change_device))
    _named(parser_of(verbs, "rename", "give a device another name", _change_device)).add_argument("--name", required=True)
    parser = _named(parser_of(verbs, "group", "put a device into a group", _change_device))
    parser.add_argument("--group", required=True, metavar="NAME", help="of a group; or `none`")
    parser = _named(parser_of(verbs, "move", "move a gateway to another location, or any device on the map", _change_device))
    to = parser.add_mutually_exclusive_group(required=True)
    to.add_argument("--location", metavar="ID", help="that the gateway is configured for from now on; or `none`")
    to.add_argument("--place", metavar="ID", help="the location in which the map shows the device; or `none`")
    parser = _named(parser_of(verbs, "delete", "delete a device and its history for good; its names are free", _delete_device))
    parser.add_argument("--yes", action="store_true", help="although it is not retired")


def _named(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    names = parser.add_mutually_exclusive_group(required=True)
    names.add_argument("--id", help="the device's id")
    names.add_argument("--sn", help="its serial number, the name in WisDM")
    names.add_argument("--tuid", help="its TUID, the name in Thingsee")
    return parser


def _locations(nouns: Any) -> None:
    verbs = _verbs(nouns, "location", "the locations; the WisDM API creates them", "list", "rename", "delete")
    of_organization(parser_of(verbs, "list", "list the locations of an organization", _list_locations))
    parser = parser_of(verbs, "rename", "give a location another name", _change_location)
    parser.add_argument("--id", required=True)
    parser.add_argument("--name", required=True)
    parser = parser_of(verbs, "delete", "delete a location that has no gateways", _change_location)
    parser.add_argument("--id", required=True)
    parser.add_argument("--organization", help="slug or id: whose API keys forget it, where a deletion ended before they did")


def _groups(nouns: Any) -> None:
    verbs = _verbs(nouns, "group", "the groups of devices", "list", "create", "rename", "delete")
    of_organization(parser_of(verbs, "list", "list the groups of an organization", _list_groups))
    for verb, purpose in (
        ("create", "create a group; Thingsee shows it where its name can be an id there"),
        ("rename", "give a group another name"),
        ("delete", "delete a group that has no devices"),
    ):
        parser = of_organization(parser_of(verbs, verb, purpose, _change_group))
        parser.add_argument("--name", required=True)
        if verb == "create":
            parser.add_argument("--description", default="")
        elif verb == "rename":
            parser.add_argument("--to", required=True, metavar="NAME")


def _list_devices(options: argparse.Namespace) -> int:
    from muster.operator import device

    return show_all(options, device.of_organization(options.organization, options.retired), device.listed_in_words)


def _change_device(options: argparse.Namespace) -> int:
    from muster.operator import device

    found = device.find(_name_of(options))
    changes: dict[str, Callable[[], Device]] = {
        "show": lambda: found,
        "rename": lambda: device.rename(found, options.name),
        "group": lambda: device.move_to_group(found, _or_none(options.group)),
        "retire": lambda: device.set_aside(found),
        "restore": lambda: device.restore(found),
        "move": lambda: (
            device.move_on_map(found, _or_none(options.place.lower()))
            if options.location is None
            else device.move(found, _or_none(options.location.lower()))
        ),
    }
    return show(options, device.view(changes[options.verb]()), device.in_words)


def _delete_device(options: argparse.Namespace) -> int:
    from muster.operator import device

    result = device.delete(device.find(_name_of(options)), options.yes)
    return show(options, result, lambda gone: f"Deleted for good: {device.listed_in_words(gone)}")


def _name_of(options: argparse.Namespace) -> dict[str, str]:
    """The one name of a device that is given, by its kind."""
    return {name: value for name in ("id", "sn", "tuid") if (value := getattr(options, name)) is not None}


def _or_none(value: str) -> str | None:
    return None if value == rules.NONE else value


def _list_locations(options: argparse.Namespace) -> int:
    from muster.operator import location

    return show_all(options, location.of_organization(options.organization), location.in_words)


def _change_location(options: argparse.Namespace) -> int:
    from muster.operator import location

    id = options.id.lower()
    if options.verb == "rename":
        return show(options, location.rename(id, options.name), location.in_words)
    return show(options, location.delete(id, options.organization), lambda gone: f"Deleted: {location.in_words(gone)}")


def _list_groups(options: argparse.Namespace) -> int:
    from muster.operator import group

    return show_all(options, group.of_organization(options.organization), group.in_words)


def _change_group(options: argparse.Namespace) -> int:
    from muster.operator import group

    if options.verb == "create":
        return show(options, group.create(options.organization, options.name, options.description), group.in_words)
    if options.verb == "rename":
        return show(options, group.rename(options.organization, options.name, options.to), group.in_words)
    return show(options, group.delete(options.organization, options.name), lambda gone: f"Deleted: group {gone.name} ({gone.id})")
