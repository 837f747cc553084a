"""GET /applications/{applicationId}/devices: the order of the list, its pages, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import product

import pytest

from fleet.access import EVERYWHERE
from fleet.query import select_devices
from fleet.query.listing import Listing
from fleet.query.sort import SortField, in_order
from fleet.registry.device_row import DeviceRow
from functions.wegnology.devices.get import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import DELETED, change, delete, fill, names, remove, row, rows, shown
from tests.harness.aws import put
from tests.harness.interference import before_first_request
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder
from tests.harness.timing import fastest
from tests.workers.messages import NOW

BATCH, QUERY = "dynamodb:BatchGetItem", "dynamodb:Query"
BEGIN = 1_900_000_000_000


def ids_of(application: Application, **query: str) -> list[str]:
    return [item["id"] for item in shown(application, query)["items"]]


class TestOrder:
    def test_texts_are_sorted_by_code_point_and_equal_ones_by_id(self, application: Application) -> None:
        made = [application.world.device(name) for name in ("a", "Z", "b", "Å", "𝄞", "a")]
        found = names(application)
        assert found == ["Edge", "Gateway", "Hall", "North", "Z", "a", "a", "b", "Å", "𝄞"]
        twins = sorted(device.id for device in made if device.name == "a")
        for direction in ("asc", "DESC", "Asc"):
            answer = shown(application, {"sortDirection": direction})
            assert [item["id"] for item in answer["items"] if item["name"] == "a"] == twins
            assert answer["sortDirection"] == direction.lower()
        assert names(application, {"sortDirection": "desc"}) == found[::-1]

    def test_each_field(self, application: Application) -> None:
        hall = change(application.hall, modified=application.hall.modified.replace(year=2050))
        by_id = sorted(device.id for device in (application.gateway, application.edge, application.hall, application.north))
        assert ids_of(application, sortField="id") == by_id
        assert ids_of(application, sortField="id", sortDirection="desc") == by_id[::-1]
        assert ids_of(application, sortField="deletedAt") == ids_of(application, sortField="deletedAt", sortDirection="desc") == by_id
        assert ids_of(application, sortField="connectionStatus") == by_id
        assert (
            ids_of(application, sortField="lastUpdated")[-1]
            == hall.id
            == ids_of(application, sortField="lastUpdated", sortDirection="desc")[0]
        )
        made = sorted(
            (device.created.isoformat(timespec="milliseconds"), device.id)
            for device in (application.gateway, application.edge, application.hall, application.north)
        )
        assert ids_of(application, sortField="creationDate") == [id for _, id in made]
        assert {shown(application, {"sortField": field})["sortField"] for field in ("name", "id", "creationDate", "deletedAt")} == {
            "name",
            "id",
            "creationDate",
            "deletedAt",
        }

    def test_deleted_devices_by_when_they_were_deleted(self, application: Application) -> None:
        first, second = delete(application.edge), delete(application.north, DELETED - timedelta(milliseconds=1))
        assert ids_of(application, sortField="deletedAt", queryDeleted="true") == [second.id, first.id]
        assert ids_of(application, sortField="deletedAt", queryDeleted="true", sortDirection="desc") == [first.id, second.id]


class TestPages:
    def test_pages_are_counted_from_zero(self, application: Application) -> None:
        for page, expected in ((0, ["Edge", "Gateway", "Hall"]), (1, ["North"]), (2, []), (10**30, [])):
            for query in ({}, {"query": '{"name":{"$ne":"x"}}'}):
                answer = shown(application, {"page": str(page), "perPage": "3", **query})
                assert ([item["name"] for item in answer["items"]], answer["count"]) == (expected, len(expected)), page
                assert (answer["totalCount"], answer["page"], answer["perPage"]) == (4, page, 3)
        assert shown(application, {"page": "10", "sortField": "id"})["totalCount"] == 4

    def test_more_than_a_thousand_are_cut_to_a_thousand(self, application: Application) -> None:
        for text, effective in (("1000", 1000), ("1001", 1000), ("9" * 30, 1000), ("1", 1)):
            assert shown(application, {"perPage": text})["perPage"] == effective

    def test_what_was_written_is_listed(self, application: Application) -> None:
        posted = application.posted({"name": "Zulu"})
        assert names(application)[-1] == "Zulu"
        assert posted["id"] in ids_of(application, sortField="id", sortDirection="desc")
        delete(application.world.stored(posted))
        assert "Zulu" not in names(application)

    def test_a_device_that_leaves_while_it_is_listed_is_left_out_and_counts(self, application: Application) -> None:
        for leaves in (delete, remove):
            device = application.world.device("Zulu")
            with before_first_request("BatchGetItem", partial(leaves, device), after=1):
                answer = shown(application)
            assert (answer["count"], answer["totalCount"], len(answer["items"])) == (4, 5, 4), leaves
            assert shown(application)["totalCount"] == 4

    def test_a_page_of_more_than_six_megabytes_is_refused_and_says_how_to_ask(self, application: Application) -> None:
        attributes = tuple({"name": f"a{number}", "data_type": "string", "description": "d" * 32_767} for number in range(10))
        for number in range(20):
            application.world.device(f"Wide {number}", attributes=attributes)
        assert refusal(application.ask(handler), 400) == "perPage must be lower"
        assert shown(application, {"perPage": "15"})["totalCount"] == 24
        assert shown(application, headers={"Accept-Encoding": "gzip"})["count"] == 24


FLEETS: dict[str, Callable[[], list[DeviceRow]]] = {
    "one a second": lambda: rows(700),
    "many in one millisecond": lambda: [row(number, BEGIN + number // 90 * 1000) for number in range(700)],
    "all in one millisecond": lambda: [row(number, BEGIN) for number in range(700)],
    "twenty a second": lambda: rows(700, every_ms=50),
    "with ids of another time": lambda: [
        row(number, BEGIN + number * 9000, f"{BEGIN // 1000 - number * 9000:08x}{number:016x}") for number in range(700)
    ],
}


class TestCreation:
    """A list in order of creation is read in part, and is the same as if it were read as a whole."""

    @pytest.mark.parametrize("fleet", FLEETS)
    def test_every_page_is_right(self, application: Application, fleet: str) -> None:
        made = FLEETS[fleet]()
        fill(application, made)
        fields: tuple[SortField, ...] = ("id", "creationDate")
        for field, descending, size, number in product(fields, (False, True), (10, 100), (0, 1, 3, 6, 30, 69)):
            expected = in_order(made, field, descending)[size * number : size * (number + 1)]
            found = select_devices.page(EVERYWHERE, application.id, Listing(None, field, descending, number, size), NOW)
            assert ([each.id for each in found.rows], found.total) == ([each.id for each in expected], 700), (field, descending, number)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1_000, 20_000])
class TestCosts:
    @pytest.fixture(autouse=True)
    def _fleet(self, application: Application, size: int) -> None:
        fill(application, rows(size))

    def test_a_page_in_order_of_creation_takes_four_requests_and_bounded_units(
        self, application: Application, size: int, aws_requests: Recorder
    ) -> None:
        for field, direction, page in product(("id", "creationDate"), ("asc", "desc"), (0, 5, size // 100 - 1)):
            aws_requests.clear()
            with Meter() as meter:
                answer = shown(application, {"sortField": field, "sortDirection": direction, "page": str(page)})
            assert answer["totalCount"] == size
            assert len(aws_requests.requests) <= 4, aws_requests.requests
            assert meter.reads <= 110 + 45, (field, page)

    def test_a_filtered_page_takes_three_requests_and_one_for_each_megabyte(
        self, application: Application, size: int, aws_requests: Recorder
    ) -> None:
        query = '{"$or":[{"tags":{"hall":"h3"}},{"tags":{"hall":"h4"}}]}'
        for asked in ({"query": query}, {"tagFilter[0][key]": "hall", "tagFilter[0][value]": "h3"}, {}):
            aws_requests.clear()
            with Meter() as meter:
                shown(application, asked)
            assert aws_requests.requests == [BATCH, QUERY, BATCH]
            assert meter.reads <= 2 + 100 + 12 * size / 1000


@pytest.mark.slow
def test_the_time_grows_with_the_fleet_by_little(application: Application) -> None:
    """At most 4 ms of processor time for a thousand devices, on a machine where the loop takes 16 ms."""
    fill(application, rows(20_000))
    query = {"query": '{"$or":[{"tags":{"hall":"h3"}},{"tags":{"hall":"h4"}}]}', "perPage": "1"}
    loop = fastest(lambda: sum(number * number for number in range(200_000)))
    assert fastest(lambda: application.ask(handler, query=query)) < 20 * loop


@pytest.mark.slow
def test_devices_of_too_many_bytes_are_not_read_to_the_end(application: Application, aws_requests: Recorder) -> None:
    fleet = rows(400)
    fill(application, fleet)
    model = application.edge.changed(notes="d" * 300_000)
    body = model.model_dump_json(exclude_none=True)
    items = ((each.id, body.replace(model.id, each.id)) for each in fleet)
    put(
        "FleetTable",
        [{"pk": {"S": f"DEVICE#{id}"}, "sk": {"S": "DEVICE"}, "org": {"S": model.organization}, "body": {"S": text}} for id, text in items],
    )
    aws_requests.clear()
    assert refusal(application.ask(handler, query={"perPage": "400"}), 400) == "perPage must be lower"
    assert aws_requests.requests == [BATCH, QUERY, *[BATCH] * 4]  # 16 MB each
    assert shown(application, {"perPage": "10"})["count"] == 10
