"""No store reads or writes for a caller whose reach does not cover what it is about: each refuses by itself, whatever was loaded before."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import fleet
from fleet.access import EVERYWHERE, SHARED, Reach
from fleet.alerts.track import AlertTracker
from fleet.aws.reads import fetch, fetch_with
from fleet.directory.directory import Directory
from fleet.errors import NotAllowed, NotFound
from fleet.identity import superuser
from fleet.identity.sessions import Sessions
from fleet.identity.throttles import Throttles
from fleet.identity.user import Membership, User
from fleet.identity.users import Users
from fleet.tenancy import encryption
from fleet.tenancy.audit import Audit
from fleet.tenancy.create_organization import ensure_shared
from fleet.tenancy.organization import Organization
from fleet.tenancy.organizations import Organizations
from fleet.values import Value
from tests.harness.directories import Note
from tests.harness.recorder import Recorder

OURS, THEIRS = "0" * 32, "1" * 32
"""The organization of the caller, and another one."""
UNCHECKED: dict[Callable[..., Any], str] = {
    Throttles.store_writes: "tries are counted before it is known who makes them",
    Audit.attempt_writes: "attempts to sign in are noted before it is known who makes them",
    Sessions.open_writes: "a session is the user's own, and opened before there is a caller",
    Sessions.close: "a session is the user's own",
    Users.use_code_writes: "a code is the user's own, and used before there is a caller",
    fetch_with: "the read that is passed checks the reach",
    AlertTracker.commit: "its writes come from stores, which check the reach",
}
WRITES = {f"dynamodb:{action}" for action in ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "BatchWriteItem")}
NOW = datetime.now(UTC)
PLAIN: dict[Any, Any] = {str: "x", int: 1, float: 1.0, bool: True, bytes: b"x", datetime: NOW, timedelta: timedelta(1), Any: "x"}


def checked() -> Iterator[Callable[..., Any]]:
    """Every function of the core that asks AWS for something on behalf of a caller."""
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(fleet.__path__, "fleet.")]
    for module in modules:
        classes = [value for value in vars(module).values() if inspect.isclass(value) and value.__module__ == module.__name__]
        for value in (value for owner in (module, *classes) for value in vars(owner).values()):
            function = value.__func__ if isinstance(value, staticmethod) else value
            if inspect.isfunction(function) and function.__module__ == module.__name__ and _asks_for_somebody(function):
                yield function


def _asks_for_somebody(function: Callable[..., Any]) -> bool:
    return hasattr(function, "__grants__") and "reach" in inspect.signature(function).parameters and function not in UNCHECKED


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """The parameters that a caller has to pass, with their types."""
    hints = typing.get_type_hints(function)
    needed = [each.name for each in inspect.signature(function).parameters.values() if each.default is each.empty and each.name != "reach"]
    return {name: hints[name] for name in needed}


def example(kind: Any, name: str, organization: str) -> Any:
    """A value for a parameter. Whatever in it belongs to an organization belongs to this one."""
    if kind is str and name in ("organization", "email"):
        return organization if name == "organization" else "ada@example.com"
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return parts[0]
    if origin in (typing.Union, types.UnionType):
        return example(parts[0], name, organization)
    if origin in (dict, Mapping):
        return {example(parts[0], "", organization): example(parts[1], "", organization)}
    if origin is Directory:
        return Directory("note", Note)
    if origin is not None:
        return tuple(example(part, "", organization) for part in parts if part is not ...)
    return PLAIN[kind] if kind in PLAIN else _composed(kind, organization)


def _composed(kind: Any, organization: str) -> Any:
    """An entity or another composed value, with nothing in the fields that may be empty."""
    hints = typing.get_type_hints(kind)
    if issubclass(kind, Value):
        required = [name for name, field in kind.model_fields.items() if field.is_required()]
    elif issubclass(kind, tuple):
        required = [name for name in kind._fields if name not in kind._field_defaults]
    else:
        required = [field.name for field in dataclasses.fields(kind) if field.default is field.default_factory is dataclasses.MISSING]
    values = {name: None if _may_be_none(hints[name]) else example(hints[name], name, organization) for name in required}
    return kind(**values | ({"id": organization} if kind is Organization else {}))


def _may_be_none(kind: Any) -> bool:
    return type(None) in typing.get_args(kind)


def name_of(case: tuple[Callable[..., Any], str]) -> str:
    return ".".join((case[0].__qualname__, case[1])).rstrip(".")


def cases() -> Iterator[tuple[Callable[..., Any], str]]:
    """Each function with each parameter that says whose something is; one without any is for those whose reach is everything."""
    for function in checked():
        says = [name for name, kind in parameters(function).items() if example(kind, name, OURS) != example(kind, name, THEIRS)]
        yield from ((function, name) for name in says or [""])


def exhaust(answer: Any) -> None:
    """Take all of an answer that comes one by one: nothing is asked before."""
    if isinstance(answer, Iterator):
        list(answer)


def writing() -> list[tuple[Callable[..., Any], str]]:
    """The cases of functions that write, or make what is to be written, where a parameter says whose it is."""
    own = {function: {grant.action for grant in function.__grants__} for function in checked()}  # type: ignore[attr-defined]
    return [case for case in cases() if case[1] and (own[case[0]] & WRITES or case[0] is encryption.encrypt_at_rest)]


@pytest.mark.parametrize("case", list(cases()), ids=name_of)
def test_a_store_refuses_what_is_beyond_the_reach(case: tuple[Callable[..., Any], str], aws_requests: Recorder) -> None:
    function, foreign = case
    arguments = {name: example(kind, name, THEIRS if name == foreign else OURS) for name, kind in parameters(function).items()}
    with pytest.raises(NotFound):
        exhaust(function(Reach.of(OURS), **arguments))
    assert aws_requests.requests == []


@pytest.mark.parametrize("case", writing(), ids=name_of)
def test_a_store_changes_nothing_that_may_only_be_read(case: tuple[Callable[..., Any], str], aws_requests: Recorder) -> None:
    function, shared = case
    arguments = {name: example(kind, name, SHARED if name == shared else OURS) for name, kind in parameters(function).items()}
    with pytest.raises(NotAllowed):
        exhaust(function(Reach.of(OURS, reads=[SHARED]), **arguments))
    assert aws_requests.requests == []


def test_what_is_shared_is_read_by_whom_it_is_shared_with(cloud: dict[str, str]) -> None:
    ensure_shared(EVERYWHERE)
    sealed = encryption.encrypt_at_rest(EVERYWHERE, SHARED, "X", b"blue-anchor-7")
    for reach in (EVERYWHERE, Reach.of(reads=[SHARED]), Reach.of(OURS, reads=[SHARED])):
        assert encryption.decrypt_at_rest(reach, SHARED, "X", sealed) == b"blue-anchor-7"
        assert fetch(reach, Organizations.by_id(SHARED)).id == SHARED
    for reach in (Reach.of(), Reach.of(OURS)):
        with pytest.raises(NotFound):
            encryption.decrypt_at_rest(reach, SHARED, "X", sealed)
        with pytest.raises(NotFound):
            fetch(reach, Organizations.by_id(SHARED))


def _user(*organizations: str, **fields: Any) -> User:
    memberships = tuple(Membership(organization=each) for each in organizations)
    values = {"id": "u", "username": "ada", "email": "ada@example.com", "password": "-", "created": NOW}
    return User(**{**values, "memberships": memberships, **fields})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_user(THEIRS), _user(THEIRS, username="bob")),
        (_user(), _user(username="bob")),
        (_user(OURS), _user(OURS, THEIRS)),
        (_user(OURS, THEIRS), _user(OURS)),
        (_user(OURS), _user(OURS, superuser=True)),
        (_user(OURS, superuser=True), _user(OURS)),
        (_user(OURS, superuser=True), None),
        (_user(OURS, THEIRS), None),
        (None, _user(THEIRS)),
        (None, _user()),
    ],
)
def test_users_are_changed_by_those_who_reach_them_and_what_changes(before: User | None, after: User | None) -> None:
    with pytest.raises(NotFound):
        Users.change_writes(Reach.of(OURS, reads=[SHARED]), before, after)
    assert Users.change_writes(EVERYWHERE, before, after)


def test_plain_members_read_and_managers_change() -> None:
    user = _user(OURS, memberships=(Membership(organization=OURS), Membership(organization=THEIRS, manager=True)))
    reach = superuser.reach_of(user)
    assert [reach.covers(each) for each in (OURS, THEIRS, SHARED, None)] == [True, True, True, False]
    assert [reach.changes(each) for each in (OURS, THEIRS, SHARED, None)] == [False, True, False, False]
    with pytest.raises(NotAllowed):
        Users.change_writes(reach, _user(OURS), _user(OURS, username="bob"))


@pytest.mark.parametrize("fields", [{"active": False}, {"email": "eve@example.com"}, {"username": "eve"}, {"password": "x"}])
def test_users_who_are_elsewhere_too_are_changed_by_those_who_reach_all_of_it(cloud: dict[str, str], fields: dict[str, Any]) -> None:
    """Else whoever manages one organization could take over an account in another."""
    before = _user(OURS, THEIRS)
    after = before.next(**fields)
    for own in (OURS, THEIRS):
        with pytest.raises(NotAllowed):
            Users.change_writes(Reach.of(own), before, after)
    for reach in (Reach.of(OURS, THEIRS), EVERYWHERE):
        assert Users.change_writes(reach, before, after)
    assert Users.change_writes(Reach.of(OURS), before, before.without(OURS))


def test_a_secret_cannot_be_shared_before_there_is_a_shared_organization(cloud: dict[str, str]) -> None:
    with pytest.raises(encryption.NoSharedOrganization, match="muster organization create"):
        encryption.encrypt_at_rest(EVERYWHERE, SHARED, "X", b"blue-anchor-7")


def test_the_part_within_an_organization_covers_no_other() -> None:
    reach = Reach.of(OURS, reads=[SHARED])
    assert [reach.within(OURS).covers(each) for each in (OURS, THEIRS, SHARED)] == [True, False, False]
    assert [reach.within(SHARED).covers(each) for each in (OURS, THEIRS, SHARED)] == [False, False, True]
    assert not any(reach.within(each).changes(SHARED) for each in (OURS, THEIRS, SHARED))


def test_the_stores_are_found() -> None:
    assert {"ApiKeys.delete_writes", "Commands.finish", "Locations.rename_writes"} <= {function.__qualname__ for function, _ in writing()}
    names = {function.__qualname__ for function in checked()}
    assert {"ApiKeys.delete_writes", "Commands.finish", "Perf.between", "encrypt_at_rest", "Firmwares.add"} <= names
