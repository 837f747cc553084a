from edge.answer import Reply
from edge.request import Call
from fleet.delivery import links
from fleet.errors import NotFound
from media.dialect import PRIVATE, api
from media.shapes.link import FilePath, LinkQuery


@api.route(
    "GET", "/media/{folder}/{name}", "get_file", scope="PUBLIC", uses=(links.follow,), raises=(NotFound,), status=302, headers=PRIVATE
)
def handler(call: Call, path: FilePath, query: LinkQuery) -> Reply[None]:
    """Lead whoever has a link to its file: an export, or the log of a job."""
    return Reply(None, headers={"Location": links.follow(path.folder, path.name, query.s, call.now)})
