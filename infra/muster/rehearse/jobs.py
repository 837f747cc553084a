"""Has jobs done: each kind of job by the route that asks for it, about more devices than a request changes itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from muster.operator import job
from muster.rehearse.world import PreconditionFailed, World

SYNC_LIMIT = 60
"""Devices that a request changes itself, in the deployment of a rehearsal: more than the walk over all routes makes."""
SETTINGS = {"WegnologySyncLimit": str(SYNC_LIMIT), "PrivateHosts": "localhost", "MailFrom": "muster@muster.example"}
"""Parameters of the stack: the limit, where callbacks are received, and who sends mails."""
CROWD = "Crowd"
"""How the names of the devices begin of which there are too many for a request."""
CONNECTED = {"connectionStatus": {"$ne": "unknown"}}
"""A condition that every device fulfils, for which connections are read."""
_OPEN = ("queued", "running")
_RENAMING = {"operation": "set", "target": "attributeName", "attributeName": "flow", "value": "rate"}
_DESCRIBING = {"operation": "set", "target": "description", "value": "One of many"}


def of_each_kind(world: World, owner: str, system: str, ids: Sequence[str]) -> None:
    """Have jobs done about these devices, one after the other: patch them, move them below a system, command them, remove their data,
    delete them and restore them. The result of the first is posted and mailed. Raises PreconditionFailed when one is refused or fails.
    """
    from tests.harness.receiver import receiving

    query = {"id": {"$in": ids}}
    with receiving() as receiver:
        to = {"callbackUrl": f"http://localhost:{receiver.port}/", "email": "nobody@muster.example"}
        _order(world, owner, "patch_devices", {"query": query, "updateOperations": [_RENAMING, _DESCRIBING], **to})
        world.until("the callback of a job is not received", lambda: bool(receiver.posts))
        _follow(world, json.loads(receiver.posts[0].body))
    below = {"operation": "set", "target": "parentId", "value": system}
    _order(world, owner, "patch_devices", {"query": query, "updateOperations": [below]})
    _order(world, owner, "send_device_command", {"name": "open", "deviceQuery": query})
    _order(world, owner, "remove_device_data", {"query": query})
    _order(world, owner, "delete_devices", {"query": {**query, **CONNECTED}, "forceJob": True})
    _order(world, owner, "restore_devices", {"query": query, "forceJob": True})


def _order(world: World, owner: str, route: str, body: Mapping[str, Any]) -> None:
    """Ask for a job, and wait until it and what follows from it are done."""
    reply = world.call(route, body=body)
    if reply.status != 202:
        raise PreconditionFailed(f"{route} queued no job: {reply.status} {reply.text}")
    world.until(f"the job of {route} is not done", lambda: all(each.state not in _OPEN for each in job.of_organization(owner)))
    failed = [f"{each.kind} ({each.error})" for each in job.of_organization(owner) if each.state == "failed"]
    if failed:
        raise PreconditionFailed(f"after {route}, these jobs have failed: {', '.join(failed)}")


def _follow(world: World, told: Mapping[str, Any]) -> None:
    """Follow the links of a callback."""
    for url in told["output"]["downloadUrls"]:
        reply = world.client.ask("GET", f"/media/{url.partition('/media/')[2]}")
        if reply.status != 302:
            raise PreconditionFailed(f"the link of a callback answered {reply.status} {reply.text}")
