"""The options of the operator's commands for organizations and users, and their output."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muster.operator import rules
from muster.operator.options import Run, of_organization, parser_of, show, show_all

if TYPE_CHECKING:
    from muster.operator.organization import OrganizationState
    from muster.operator.user import UserState

_MEMBER = "an organization's slug or id, and what they are there: ORG:manager, ORG:member, or ORG:manager/ROLE"


def add(nouns: Any) -> None:
    """Add the commands `organization` and `user`."""
    verbs = _noun(
        nouns, "organization", "make, show, rename, disable, enable and delete organizations, change their plans", _ORGANIZATION_VERBS
    )
    _create_options(parser_of(verbs, "create", "make an organization", _create_organization))
    for verb, (purpose, run) in _ORGANIZATION_VERBS.items():
        parser = parser_of(verbs, verb, purpose, run)
        if verb != "list":
            of_organization(parser)
        if verb == "rename":
            parser.add_argument("--name", required=True, help="the name from now on; the slug stays")
        if verb == "plan":
            _plan(parser, required=True)
    verbs = _noun(
        nouns, "user", "make, show, rename, disable, enable, sign out and delete users; show an authenticator's code", _USER_VERBS, "code"
    )
    _user_options(parser_of(verbs, "create", "make a user; a generated password is shown once", _create_user))
    for verb, (purpose, run) in _USER_VERBS.items():
        _selection(parser_of(verbs, verb, purpose, run), verb)
    _code(verbs)


def _noun(nouns: Any, noun: str, summary: str, verbs: dict[str, tuple[str, Run]], *more: str) -> Any:
    return nouns.add_parser(noun, help=summary).add_subparsers(required=True, metavar="|".join(("create", *verbs, *more)))


def _create_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True)
    parser.add_argument("--slug", required=True, help="a short name: lower-case letters, digits and hyphens")
    _plan(parser, default="Enterprise")
    for part in ("country", "line", "city", "state", "zip"):
        parser.add_argument(f"--address-{part}")
    for part in ("latitude", "longitude"):
        parser.add_argument(f"--address-{part}", type=float, help="degrees")


def _plan(parser: argparse.ArgumentParser, **more: Any) -> None:
    parser.add_argument("--plan", choices=("Free", "On-Demand", "Enterprise"), help="Free comes without the API", **more)


def _user_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", required=True, help="an address with which the user signs in")
    parser.add_argument("--username", help="the name with which the user signs in (default: the address)")
    parser.add_argument("--member", action="append", default=[], metavar="ORG:ROLE", help=_MEMBER)
    parser.add_argument("--superuser", action="store_true", help="reads and changes everything, in every organization")
    parser.add_argument("--totp", action="store_true", help="with an authenticator; its secret is shown once")
    _password_file(parser)


def _password_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="whose first line is the password (default: generate one)")


def _selection(parser: argparse.ArgumentParser, verb: str) -> None:
    if verb == "list":
        parser.add_argument("--organization", help="only those in it: slug or id")
        return
    parser.add_argument("--user", required=True, metavar="NAME", help="username or email address")
    if verb == "rename":
        parser.add_argument("--username", help="the username from now on")
        parser.add_argument("--email", help="the email address from now on")
    if verb == "password":
        _password_file(parser)
    if verb == "authenticator":
        parser.add_argument("--remove", action="store_true", help="leave the user without one (default: make a new one)")
    if verb == "member":
        one = parser.add_mutually_exclusive_group(required=True)
        one.add_argument("--member", metavar="ORG:ROLE", help=_MEMBER)
        one.add_argument("--leave", metavar="ORG", help="the slug or id of an organization that they are in no longer")


def _code(verbs: Any) -> None:
    summary = "show the current TOTP code of an authenticator"
    parser = verbs.add_parser("code", help=summary, description=summary)
    parser.add_argument("secret", help="the authenticator's secret, as `muster user create --totp` showed it")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(run=_show_code)


def _create_organization(options: argparse.Namespace) -> int:
    from fleet.tenancy.organization import Address
    from muster.operator import organization

    parts = {part: getattr(options, f"address_{part}") for part in Address.model_fields}
    place = Address(**parts) if any(value is not None for value in parts.values()) else None
    return show(options, organization.create(options.name, options.slug, options.plan, place), _organization_text)


def _list_organizations(options: argparse.Namespace) -> int:
    from muster.operator import organization

    return show_all(options, organization.list_all(), _organization_text)


def _rename_organization(options: argparse.Namespace) -> int:
    from muster.operator import organization

    return show(options, organization.rename(options.organization, options.name), _organization_text)


def _set_active(options: argparse.Namespace) -> int:
    from muster.operator import organization

    return show(options, organization.set_active(options.organization, options.verb == "enable"), _organization_text)


def _set_plan(options: argparse.Namespace) -> int:
    from muster.operator import organization

    return show(options, organization.set_plan(options.organization, options.plan), _organization_text)


def _on_organization(options: argparse.Namespace) -> int:
    from muster.operator import organization

    if options.verb == "delete":
        gone = organization.delete(options.organization)
        return show(options, gone, lambda gone: f"Deleted: organization {gone.name} ({gone.slug}), {gone.id}")
    return show(options, organization.show(options.organization), _organization_text)


def _create_user(options: argparse.Namespace) -> int:
    from muster.operator import user

    names = {"username": options.username, "superuser": options.superuser, "totp": options.totp}
    made = user.create(options.email, options.member, **names, password=_read_password(options))
    return show(options, made, lambda made: _user_text(made) + _weakness(made))


def _read_password(options: argparse.Namespace) -> str | None:
    text = rules.read_text("password-file", options.password_file) if options.password_file else None
    return None if text is None else text.partition("\n")[0].rstrip("\r")


def _list_users(options: argparse.Namespace) -> int:
    from muster.operator import user

    return show_all(options, user.list_all(options.organization), _user_text)


def _rename_user(options: argparse.Namespace) -> int:
    from muster.operator import user

    return show(options, user.rename(options.user, options.username, options.email), _user_text)


def _set_member(options: argparse.Namespace) -> int:
    from muster.operator import user

    if options.leave:
        return show(options, user.leave(options.user, options.leave), lambda left: _user_text(left) + _homelessness(left))
    return show(options, user.join(options.user, options.member), _user_text)


def _on_user(options: argparse.Namespace) -> int:
    from muster.operator import user

    if options.verb == "delete":
        return show(options, user.delete(options.user), lambda gone: f"Deleted: user {gone.email}, {gone.id}")
    if options.verb == "password":
        return show(options, user.set_password(options.user, _read_password(options)), _user_text)
    if options.verb == "authenticator":
        return show(options, user.set_authenticator(options.user, options.remove), _user_text)
    act = {"show": user.show, "disable": user.disable, "enable": user.enable, "sign-out": user.sign_out}[options.verb]
    return show(options, act(options.user), _user_text)


def _show_code(options: argparse.Namespace) -> int:
    from muster.operator import user

    return show(options, user.code(options.secret), lambda result: result.code)


_ORGANIZATION_VERBS: dict[str, tuple[str, Run]] = {
    "list": ("list all organizations", _list_organizations),
    "show": ("show an organization", _on_organization),
    "rename": ("give an organization another name", _rename_organization),
    "disable": ("refuse its API keys, access tokens, clients and members from the next request on", _set_active),
    "enable": ("accept its API keys, access tokens, clients and members again", _set_active),
    "plan": ("give it another plan: with or without the API from the next request on", _set_plan),
    "delete": ("delete an organization that is disabled and empty", _on_organization),
}
_USER_VERBS: dict[str, tuple[str, Run]] = {
    "list": ("list users", _list_users),
    "show": ("show a user", _on_user),
    "rename": ("give a user another username or email address", _rename_user),
    "disable": ("refuse a user's sign-in, and end their sessions", _on_user),
    "enable": ("let a user sign in again", _on_user),
    "sign-out": ("end all sessions of a user", _on_user),
    "password": ("give a user another password, and end their sessions; a generated one is shown once", _on_user),
    "authenticator": ("give a user a new authenticator or none, and end their sessions; its secret is shown once", _on_user),
    "member": ("put a user into an organization, change what they are there, or take them out", _set_member),
    "delete": ("delete a user", _on_user),
}


def _organization_text(result: OrganizationState) -> str:
    access = "" if result.api_access else f"\nThe plan {result.plan} comes without the API: its keys will be refused."
    disabled = "" if result.active else ", disabled"
    return f"Organization {result.name} ({result.slug}), plan {result.plan}{disabled}\n  id    {result.id}\n  UUID  {result.uuid}{access}"


def _user_text(result: UserState) -> str:
    once = {"password": result.password, "authenticator": result.totp_secret, "its QR code": result.totp_uri}
    member = ", ".join(each + (" (disabled)" if each in result.disabled_memberships else "") for each in result.memberships)
    lines = {"username": result.username, "member": member, **once}
    text = "".join(f"\n  {name:15} {value}" for name, value in lines.items() if value)
    kind = ("Superuser" if result.superuser else "User") + f" {result.email}" + ("" if result.active else ", disabled")
    return f"{kind}{text}" + ("\nKeep it now: it is not shown again." if any(once.values()) else "")


def _weakness(result: UserState) -> str:
    """What an operator should know who gives much power to somebody without an authenticator."""
    powerful = result.superuser or any(":manager" in each for each in result.memberships)
    if result.authenticator or not powerful:
        return ""
    return "\nThe password alone opens what they may change: with --totp, a code of an authenticator is needed too."


def _homelessness(result: UserState) -> str:
    if result.memberships or result.superuser:
        return ""
    return "\nThey are in no organization now, and cannot sign in until `muster user member --member` puts them into one."
