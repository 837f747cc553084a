"""The usual verbs of a resource over its store, for routes that do just that.

A route stays explicit about path, scope, grants and errors. One that does more does not configure a verb: it calls a use
case instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from edge.request import Call
from edge.shape import Shape
from edge.validate import invalid
from fleet.access import Reach
from fleet.values import Entity, Page

E = TypeVar("E", bound=Entity)
B = TypeVar("B", bound=Shape)
Shown = TypeVar("Shown", bound=BaseModel)


class Store(Protocol[E]):
    """What the verbs call of a store; a route's `uses` names the ones that it reaches. Each of them checks the reach."""

    def list(self, reach: Reach, organization: str, cursor: str | None, limit: int) -> Page[E]:
        """A page of an organization's entities, from the cursor of the page before."""

    def create(self, reach: Reach, entity: E) -> None:
        """Store a new entity. Conflict when what has to be unique is taken."""

    def change(self, reach: Reach, before: E, after: E) -> None:
        """Store the next version. Stale when another change came first."""

    def delete(self, reach: Reach, entity: E) -> None:
        """Delete an entity. Stale when it has changed meanwhile; Conflict when something depends on it."""


@dataclass(frozen=True)
class Resource(Generic[E, B, Shown]):
    """All that the verbs know of a resource. The members of its shapes have the names of the entity's fields.

    `build` makes a new entity of a body that is complete, `show` makes the answer. `check` raises what forbids a new or
    changed entity: whether what it refers to is there for the caller, whether it may be moved to another organization.
    """

    store: Store[E]
    build: Callable[[Call, B], E]
    show: Callable[[E], Shown]
    check: Callable[[Call, E], None] = lambda call, entity: None


def list_(resource: Resource[E, B, Shown], call: Call, organization: str, cursor: str | None, limit: int) -> Page[Shown]:
    """A page as it is shown, for the view to put into the API's envelope."""
    page = resource.store.list(call.reach, organization, cursor, limit)
    return Page([resource.show(entity) for entity in page.entities], page.next)


def create(resource: Resource[E, B, Shown], call: Call, body: B) -> Shown:
    """POST: store a new entity and show it."""
    entity = resource.build(call, body)
    resource.check(call, entity)
    resource.store.create(call.reach, entity)
    return resource.show(entity)


def retrieve(resource: Resource[E, B, Shown], loaded: E) -> Shown:
    """GET: show the entity that the route loads."""
    return resource.show(loaded)


def replace(resource: Resource[E, B, Shown], call: Call, loaded: E, body: B) -> Shown:
    """PUT: every member of the body counts, a default for one that is absent."""
    return _change(resource, call, loaded, body.members())


def update(resource: Resource[E, B, Shown], call: Call, loaded: E, body: Shape) -> Shown:
    """PATCH: the members that were sent count, null included. The body is a `partial` of the one that PUT takes."""
    return _change(resource, call, loaded, body.sent())


def destroy(resource: Resource[E, B, Shown], call: Call, loaded: E) -> None:
    """DELETE: delete the entity that the route loads."""
    resource.store.delete(call.reach, loaded)


def _change(resource: Resource[E, B, Shown], call: Call, before: E, fields: dict[str, Any]) -> Shown:
    """The next version is validated whole: what PATCH sends together with what was there. Invalid when that breaks a rule of the entity.

    A body says neither the id nor the version. NotFound or NotAllowed for an organization that the caller may not change.
    """
    try:
        after = before.next(**{name: value for name, value in fields.items() if name not in ("id", "version")})
    except ValidationError as error:
        raise invalid(error, type(before), fields) from None
    call.reach.demand_change(after.organization, "Organization")
    resource.check(call, after)
    resource.store.change(call.reach, before, after)
    return resource.show(after)
