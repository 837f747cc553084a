"""What holds on every route: transport, JSON, errors, tenants (thingsee.md 1). A group's route stands for those with a body."""

from __future__ import annotations

from typing import Any

from functions.thingsee.fallback import handler as fallback
from functions.thingsee.group.create import handler as create
from functions.thingsee.group.get_of_thing import handler as get_group
from functions.thingsee.group.list import handler as list_groups
from functions.thingsee.group.list_things import handler as list_things
from functions.thingsee.group.rename import handler as rename
from tests.contract.thingsee.tenant import JSON, UNKNOWN, Tenant, refusal_message
from tests.harness.call import Context, Response, answered, call, event, sent_as, serve

LIMIT = 128 * 1024


def post(tenant: Tenant, body: bytes, content_type: str = JSON) -> Response:
    return call(create, body=body, headers={**tenant.headers, "Content-Type": content_type})


def ask_fallback(method: str, resource: str, **more: Any) -> Response:
    """Send a request without a route to the fallback."""
    return answered(fallback(event(method, resource, **more), Context()))


NO_OBJECTS = (
    b"", b"{", b"[]", b'"a"', b"null", b'{"group_id":"a","group_id":"b"}', b'{"group_id":"a","x":NaN}', b'{"group_id":"\xff"}',
    b'{"group_id":"a","group_description":"\\ud800"}', b'{"group_id":"a"}{}',
)  # fmt: skip


class TestBodies:
    def test_charset_is_taken_also_where_there_is_no_body(self, tenant: Tenant) -> None:
        assert tenant.ask(list_groups).status == 200

    def test_what_is_no_json_object_is_400(self, tenant: Tenant) -> None:
        for body in NO_OBJECTS:
            refusal_message(post(tenant, body), 400, body)

    def test_128_kib_are_taken_and_no_more(self, tenant: Tenant) -> None:
        assert post(tenant, b'{"group_id":"a"}'.ljust(LIMIT)).status == 200
        refusal_message(post(tenant, b'{"group_id":"b"}'.ljust(LIMIT + 1)), 400)

    def test_another_content_type_is_400(self, tenant: Tenant) -> None:
        for kind in ("text/plain", ""):
            refusal_message(post(tenant, b'{"group_id":"a"}', kind), 400)

    def test_unknown_members_are_ignored(self, tenant: Tenant) -> None:
        assert post(tenant, b'{"group_id":"a","colour":"blue"}').json["data"] == {"group_id": "a", "group_description": ""}


class TestErrors:
    def test_all_members_are_there(self, tenant: Tenant) -> None:
        answer = tenant.ask(get_group, tuid=UNKNOWN)
        assert answer.json == {"statusCode": 404, "error": "Not Found", "message": "Thing not found"}

    def test_no_token_is_401_with_401_inside(self, tenant: Tenant) -> None:
        answer = call(list_groups)
        assert refusal_message(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_a_bad_request_says_what_is_wrong_and_repeats_nothing(self, tenant: Tenant) -> None:
        message = refusal_message(post(tenant, b'{"group_id":"secret text","group_description":["secret text"]}'), 400)
        characters = "must have 1 to 64 characters, without white space, control and format characters and /"
        rule = f"{characters}, and be another than ., .. and unassigned"
        assert message == f"Invalid parameters: group_id {rule}; group_description must be a string"

    def test_token_comes_before_permission_before_form_before_existence(self, tenant: Tenant) -> None:
        refusal_message(call(rename, {"groupid": "nobody"}, body=b"{"), 401)
        tenant.things.change(read_only=True)
        refusal_message(tenant.ask(rename, b"{", groupid="nobody"), 403)
        tenant.things.change(read_only=False)
        refusal_message(tenant.ask(rename, b"{", groupid="nobody"), 400)
        refusal_message(tenant.ask(rename, {"group_id": "a"}, groupid="nobody"), 404)


OTHER_METHODS = [
    ("PUT", "/groups", {"GET", "POST"}), ("PATCH", "/things/{tuid}/group", {"GET", "POST"}), ("GET", "/auth/client-token", {"POST"}),
    ("GET", "/groups/{groupid}", {"DELETE"}), ("DELETE", "/things/alerts", {"GET"}), ("POST", "/things/{tuid}", {"GET"}),
]  # fmt: skip


class TestPaths:
    def test_a_path_is_the_same_with_a_slash_at_its_end(self, tenant: Tenant) -> None:
        """API Gateway and the local server route both spellings to the resource without a slash."""
        assert list_groups.route.resource == create.route.resource == "/groups"
        made = event("GET", "/groups", headers={"Authorization": f"Bearer {tenant.things.token}"})
        made["path"] = made["requestContext"]["path"] = "/groups/"
        assert serve(list_groups, made).status == 200

    def test_a_decoded_slash_never_matches(self, tenant: Tenant) -> None:
        refusal_message(tenant.ask(list_things, groupid="a/b"), 404)

    def test_a_value_is_decoded_once(self, tenant: Tenant) -> None:
        tenant.group("prfi00.lobby")
        made = event("GET", list_things.route.resource, path={"groupid": "x"}, headers={"Authorization": f"Bearer {tenant.things.token}"})
        for value in ("prfi00.lobby", "prfi00%2Elobby", "prfi00%2elobby", "%70rfi00.lobby"):
            assert serve(list_things, sent_as(made, groupid=value)).json["data"]["group_id"] == "prfi00.lobby", value
        for value in ("prfi00%252Elobby", "prfi00+lobby", "prfi00%2Flobby", "prfi00.lobby%2F"):
            refusal_message(serve(list_things, sent_as(made, groupid=value)), 404, value)

    def test_an_empty_value_is_an_unknown_path(self) -> None:
        for method, path in (("GET", "things//messages"), ("POST", "groups//rename"), ("DELETE", "groups//")):
            refusal_message(ask_fallback(method, "/{proxy+}", path={"proxy": path}), 404, method)

    def test_an_unknown_path_is_404(self) -> None:
        for method in ("GET", "POST", "PUT"):
            refusal_message(ask_fallback(method, "/{proxy+}", path={"proxy": "things/a/b/c"}), 404, method)

    def test_another_method_is_405(self) -> None:
        for method, path, allowed in OTHER_METHODS:
            answer = ask_fallback(method, path)
            refusal_message(answer, 405, path)
            assert {name.strip() for name in answer.headers["Allow"].split(",")} - {"OPTIONS"} == allowed, path
