from edge.answer import Reply
from edge.request import Call
from fleet.delivery import links
from fleet.errors import NotFound
from media.dialect import PRIVATE, api
from media.shapes.link import FilePath, LinkQuery


@api.route(
    "GET",
    "/media/exports/{name}",
    "get_export",
    scope="PUBLIC",
    uses=(links.follow_to_export,),
    raises=(NotFound,),
    status=302,
    headers=PRIVATE,
)
def handler(call: Call, path: FilePath, query: LinkQuery) -> Reply[None]:
    """Lead whoever has a link to its export."""
    return Reply(None, headers={"Location": links.follow_to_export(path.name, query.s, call.now)})
