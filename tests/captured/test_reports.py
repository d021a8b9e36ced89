"""Reports of shapes that users sent are read by the client and models of today.

Drop a report into this folder (see README.md): each of its interfaces, worksheets and forms becomes
a test. The captured rows, and a report that is made of the simulators here, are read the same way.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.doctor.context import DoctorContext
from include.doctor.shape_report.report import for_a_log, shapes_of
from include.doctor.shape_report.shape import Shape
from include.flows.run.api_settings import ApiSettings
from include.flows.run.context import SyncContext
from include.simulators.hap.settings import HapSettings
from include.simulators.xiaoe.seed import demo_shop
from tests.captured.replay import (
    CALLS,
    read_report,
    unread_answers,
    unread_cells,
    unread_form,
    unread_structure,
)
from tests.captured.rows import captured_orders
from tests.pipeline.world import open_world

FOLDER = Path(__file__).parent
SENT = {
    path.name: report
    for path in sorted(FOLDER.iterdir())
    if path.suffix in {".json", ".log", ".txt"}
    and (report := read_report(path.read_text(encoding="utf-8")))
}


def shapes_in(report: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Return each part of a report with what of it cannot be read."""
    for api, one in report["xiaoe"].items():
        yield api, unread_answers(api, one["answer"])
    for number, form in enumerate(report["forms"]):
        yield f"form {number}", unread_form(form)
    app = report["mingdao"]
    for api, one in app["app"].items():
        yield api, unread_structure(api, one["answer"])
    for sheet, told in app["worksheets"].items():
        for api, one in told["calls"].items():
            yield f"{sheet} {api}", unread_structure(api, one["answer"])
        for alias, field in told["fields"].items():
            yield f"{sheet}.{alias}", unread_cells(alias, field)


def test_everything_that_users_systems_answered_is_read():
    assert {
        f"{name}: {part}": problems
        for name, report in SENT.items()
        for part, problems in shapes_in(report)
        if problems
    } == {}


@pytest.fixture(scope="module")
def captured() -> dict[str, Any]:
    """The shape of the captured rows, as a report tells it."""
    answer = Shape()
    answer.add({"code": 0, "data": {"total": 10, "list": captured_orders()}})
    told: dict[str, Any] = answer.to_json()
    return told


def test_every_kind_and_sentinel_of_the_captured_rows_is_read(captured):
    assert unread_answers("order.list", captured) == []


def changed(shape: dict[str, Any], *path: str, **kinds: list[int]) -> dict[str, Any]:
    """Return a report's shape in which a place comes in other kinds."""
    shape = copy.deepcopy(shape)
    place = shape["keys"]["data"]["keys"]["list"]["items"]
    for key in path:
        place = place["items" if key == "[]" else "keys"] if key == "[]" else place["keys"][key]
    place.update(exact={}, kinds={kind.replace("__", ":"): told for kind, told in kinds.items()})
    return shape


@pytest.mark.parametrize(
    ("path", "kind", "problem"),
    [
        (("order_info", "actual_fee"), "string__text", ".order_info.actual_fee string:text 3"),
        (("order_info", "order_id"), "float", ".order_info.order_id float 3"),
        (("order_info", "update_time"), "string__text", ".order_info.update_time string:text 3"),
        (("order_info", "pay_state_time"), "string__latin", "pay_state_time string:latin 3"),
        (("good_list", "[]", "buy_num"), "string__word", ".good_list[].buy_num in no kind"),
        (("order_info", "user_id"), "string__latin", ".order_info.user_id string:latin 3"),
    ],
)
def test_a_kind_that_the_models_cannot_read_is_named(captured, path, kind, problem):
    found = unread_answers("order.list", changed(captured, *path, **{kind: [9, 3, 3]}))
    assert 1 <= len(found) <= 2  # that no kind of it can be read, and which kind it was
    assert any(problem in one for one in found)


def test_a_field_that_comes_as_a_list_is_named(captured):
    shape = copy.deepcopy(captured)
    info = shape["keys"]["data"]["keys"]["list"]["items"]["keys"]["order_info"]["keys"]
    name = {"seen": 1, "kinds": {"string:text": [1, 2, 2]}}
    info["goods_name"] = {"seen": 1, "kinds": {"list": [1, 1, 1]}, "items": name}
    (found,) = unread_answers("order.list", shape)
    assert found == "order.list data.list[].order_info.goods_name[] string:text 2: read as nothing"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> dict[str, Any]:
    source = demo_shop(5, days=20, orders_per_day=2)
    with open_world(source, tmp_path_factory.mktemp("tokens"), hap=HapSettings(qps=0)) as world:
        world.set_up()
        world.all_orders(days=5)
        return shapes_of(DoctorContext(SyncContext(world.xiaoe(), world.hap(), ApiSettings())))


def test_a_report_of_the_simulators_is_read_out_of_a_log_and_holds_every_interface(simulated):
    logged = "\n".join(f"[2025-07-29] INFO - {line}" for line in for_a_log(simulated).splitlines())
    report = read_report(logged)
    assert report == simulated
    assert set(report["xiaoe"]) == {*CALLS, "token", "resource.list"}
    assert {part: problems for part, problems in shapes_in(report) if problems} == {}


def test_a_cell_a_structure_and_a_form_that_cannot_be_read_are_named(simulated):
    report = copy.deepcopy(simulated)
    orders = report["mingdao"]["worksheets"]["orders"]
    orders["fields"]["amount_paid"]["cells"]["kinds"] = {"string:text": [3, 2, 2]}
    fields = orders["calls"]["hap.worksheet"]["answer"]["keys"]["data"]["keys"]["fields"]
    fields["items"]["keys"]["id"].update(exact={"null": 1}, kinds={"null": [1, 0, 0]})
    layout = report["forms"][0]["layout"]["<json-array>"]
    layout[1] = layout[1]["value"]
    named = {part: problems for part, problems in shapes_in(report) if problems}
    assert sorted(named) == ["form 0", "orders hap.worksheet", "orders.amount_paid"]
    assert named["orders.amount_paid"] == ["amount_paid string:text 2"]
    assert "hap.worksheet data.fields[].id null" in named["orders hap.worksheet"]
    asked, read = map(ast.literal_eval, named["form 0"][0].split(" is read as "))
    assert read == [asked[0], *asked[2:]]  # whatever the questions are called on that day


def test_a_report_of_another_format_is_refused():
    with pytest.raises(AssertionError, match="shapes/99"):
        read_report(json.dumps({"format": "xiaoe-mingdao-shapes/99"}))
