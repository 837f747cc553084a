"""What holds on every route: transport, JSON, errors, tenants (contract, 1). A group's route stands for those with a body."""

from __future__ import annotations

from typing import Any

import pytest

from functions.thingsee import fallback
from functions.thingsee.group import create, get_of_thing, list_things
from functions.thingsee.group import list as list_groups
from tests.contract.thingsee.customer import JSON, Customer, refused
from tests.harness.call import Answered, Context, answered, call, event

LIMIT = 128 * 1024


def posted(customer: Customer, body: bytes, content_type: str = JSON) -> Answered:
    headers = {"Authorization": f"Bearer {customer.token}", "Content-Type": content_type}
    return call(create.handler, body=body, headers=headers)


def elsewhere(method: str, resource: str, **more: Any) -> Answered:
    """A request that no route takes, as the API hands it to the fallback."""
    return answered(fallback.handler(event(method, resource, **more), Context()))


class TestBodies:
    def test_charset_is_taken_also_where_there_is_no_body(self, standing: Customer) -> None:
        assert standing.ask(list_groups.handler).status == 200

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b'"a"', b"null", b'{"group_id":"a","group_id":"b"}', b'{"group_id":"a","x":NaN}', b'{"group_id":"\xff"}',
         b'{"group_id":"a","group_description":"\\ud800"}', b'{"group_id":"a"}{}'],
        ids=ascii,
    )  # fmt: skip
    def test_what_is_no_json_object_is_400(self, standing: Customer, body: bytes) -> None:
        refused(posted(standing, body), 400)

    def test_128_kib_are_taken_and_no_more(self, customer: Customer) -> None:
        assert posted(customer, b'{"group_id":"a"}'.ljust(LIMIT)).status == 200
        refused(posted(customer, b'{"group_id":"b"}'.ljust(LIMIT + 1)), 400)

    def test_another_content_type_is_400(self, standing: Customer) -> None:
        refused(posted(standing, b'{"group_id":"a"}', "text/plain"), 400)

    def test_unknown_members_are_ignored(self, customer: Customer) -> None:
        assert posted(customer, b'{"group_id":"a","colour":"blue"}').json["data"] == {"group_id": "a", "group_description": ""}


class TestErrors:
    def test_all_members_are_there(self, standing: Customer) -> None:
        answer = standing.ask(get_of_thing.handler, tuid="NOTHING0001")
        assert answer.json == {"statusCode": 404, "error": "Not Found", "message": "Thing not found"}

    def test_no_token_is_401_with_401_inside(self, standing: Customer) -> None:
        answer = call(list_groups.handler)
        assert refused(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_a_bad_request_says_what_is_wrong_and_repeats_nothing(self, standing: Customer) -> None:
        message = refused(posted(standing, b'{"group_id":"secret text","group_description":["secret text"]}'), 400)
        assert message == "Invalid parameters: group_id is not of the right form; group_description must be a string"

    def test_token_comes_before_permission_before_form_before_existence(self, customer: Customer) -> None:
        from functions.thingsee.group import rename

        refused(call(rename.handler, {"groupid": "nobody"}, body=b"{"), 401)
        customer.field.change(read_only=True)
        refused(customer.ask(rename.handler, b"{", groupid="nobody"), 403)
        customer.field.change(read_only=False)
        refused(customer.ask(rename.handler, b"{", groupid="nobody"), 400)
        refused(customer.ask(rename.handler, {"group_id": "a"}, groupid="nobody"), 404)


class TestPaths:
    def test_a_path_is_the_same_with_a_slash_at_its_end(self, standing: Customer) -> None:
        """API Gateway and the local server hand both spellings to the resource without one."""
        assert list_groups.handler.route.resource == create.handler.route.resource == "/groups"
        made = event("GET", "/groups", headers={"Authorization": f"Bearer {standing.token}"})
        made["path"] = made["requestContext"]["path"] = "/groups/"
        assert answered(list_groups.handler(made, Context())).status == 200

    def test_a_decoded_slash_never_matches(self, standing: Customer) -> None:
        refused(standing.ask(list_things.handler, groupid="a/b"), 404)

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
    def test_an_unknown_path_is_404(self, method: str) -> None:
        refused(elsewhere(method, "/{proxy+}", path={"proxy": "things/a/b/c"}), 404)

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [("PUT", "/groups", {"GET", "POST"}), ("PATCH", "/things/{tuid}/group", {"GET", "POST"}), ("GET", "/auth/client-token", {"POST"}),
         ("GET", "/groups/{groupid}", {"DELETE"}), ("DELETE", "/things/alerts", {"GET"}), ("POST", "/things/{tuid}", {"GET"})],
    )  # fmt: skip
    def test_another_method_is_405(self, method: str, path: str, allowed: set[str]) -> None:
        answer = elsewhere(method, path)
        refused(answer, 405)
        assert {name.strip() for name in answer.headers["Allow"].split(",")} - {"OPTIONS"} == allowed
