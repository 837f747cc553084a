"""Rendering: the access log, and saved queries of CloudWatch Logs Insights that trace what was refused to who sent it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from edge.route import PUBLIC
from muster.generate.cfn import Ref, Sub
from muster.generate.model import Project

_LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "bytes": "$context.responseLength",
    "address": "$context.identity.sourceIp",
    "agent": "$context.identity.userAgent",
}
LINE = json.dumps(_LOGGED, separators=(",", ":"))
"""A line of the access log. It holds no path and no header but User-Agent: the one may hold ids, the others keys.

API Gateway puts values in as they are. A quote in a User-Agent makes a line that is no JSON, and could pretend other members.
So it comes last, and whoever reads the log looks at the text before it.
"""
_BEFORE = (
    r'"method":"(?<verb>\w+)","route":"(?<path>[^"]*)","status":"(?<code>\d+)","ms":"[^"]*","bytes":"[^"]*","address":"(?<source>[^"]*)"'
)
_READ = f'parse @message /{_BEFORE},"agent":"(?<client>.*)"/'
_MOST_FIRST = "sort refused desc | limit 100"
_BY_ADDRESS = f"stats count(*) as refused, min(@timestamp) as first, max(@timestamp) as last by source, client, path, code | {_MOST_FIRST}"


def queries(project: Project) -> Mapping[str, Any]:
    """The queries as resources of the API's stack: failed sign-ins, refused keys and limits by address, refused messages by device."""
    sign_ins = " or ".join(
        f"(verb = '{each.route.method}' and path = '{project.deployed_paths[resource]}')"
        for api in project.apis
        for each in api.routes
        if each.route.guarded and each.route.scope == PUBLIC
        for resource in each.route.resources
    )
    uplink = "filter message = 'uplink' | stats count(*) as refused, max(@timestamp) as last by sn, sender, outcome, reason"
    return {
        "FailedSignIns": _query(
            "failed sign-ins by address", Ref("AccessLog"), f"{_READ} | filter ({sign_ins}) and code >= 400 | {_BY_ADDRESS}"
        ),
        "RefusedKeys": _query("refused keys by address", Ref("AccessLog"), f"{_READ} | filter code in [401, 403, 429] | {_BY_ADDRESS}"),
        "RefusedMessages": _query(
            "refused messages by device", Sub("/aws/lambda/${Prefix}-workers-uplink-receive"), f"{uplink} | {_MOST_FIRST}"
        ),
    }


def _query(name: str, group: Any, text: str) -> dict[str, Any]:
    properties = {"Name": Sub(f"${{Prefix}}/{name}"), "LogGroupNames": [group], "QueryString": text}
    return {"Type": "AWS::Logs::QueryDefinition", "Properties": properties}
