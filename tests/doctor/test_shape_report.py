"""The report of what the systems answer holds nothing of a person, wherever an answer puts it.

The shop's people and secrets are planted into every object of every answer of both systems: as
values, as keys, under the names of enumerations and in JSON in a string.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.http.transport import Transport
from connectors.mingdao.client import MingdaoClient
from connectors.xiaoe.client import XiaoeClient
from include.doctor.context import DoctorContext
from include.doctor.shape_report import FORMAT
from include.doctor.shape_report.report import for_a_log, shapes_of, written
from include.doctor.shape_report.shape import Shape
from include.doctor.shape_report.titles import Titles
from include.doctor.shape_report.vocabulary import shown_key
from include.flows.run.api_settings import ApiSettings
from include.flows.run.context import SyncContext
from tests import canaries
from tests.canaries import PEOPLE, canary_shop
from tests.crash.scene import NOON
from tests.pipeline.world import World, open_world

FACTS = [fact for person in PEOPLE for fact in person]
TOKEN, URL = "canaryTokenQ7zAbcXyz", "https://canary.example/file?sig=9f8e"
LATIN, LOWER, WORDY = "Zhangcanary", "wangcanary", "order_licanary_phone"
IDS = ["u_64a1b2c3d4e5f_CaNaRy0001", "o_1706750000_65bb0acanary", "oCANARY13870001001"]
PLANTED = [*FACTS, TOKEN, URL, LATIN, LOWER, *IDS, "389765"]
FORMS = {form for one in PLANTED for form in canaries.written(one)}
ENUMERATED = ("sale_type", "period_type", "order_state", "type", "msg", "wx_app_type", "state")


def planted(value: Any, turn: count) -> Any:
    """Return an answer with canaries in each of its objects, where nothing of ours is."""
    if isinstance(value, list):
        return [planted(one, turn) for one in value]
    if not isinstance(value, dict):
        return value
    grown = {key: planted(one, turn) for key, one in value.items()}
    number = next(turn)
    canary, other = PLANTED[number % len(PLANTED)], PLANTED[(number * 7 + 3) % len(PLANTED)]
    grown.setdefault(canary, other)
    grown.setdefault(WORDY, canary)
    grown.setdefault("by_phone", {phone: {"name": canary} for _, _, phone, *_ in PEOPLE})
    grown.setdefault("extra_json", json.dumps({canary: [other], "title": canary}))
    for key in ENUMERATED:
        grown.setdefault(key, canary)
    return grown


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    source = canary_shop()
    odd = source.add_form(
        "欧阳黄雀的登记", ("欧阳黄雀的公司", "2026届学员13870001001", "行业"), at=NOON
    )
    for user_id, person in zip(list(source.users), PEOPLE, strict=True):
        typed = {"行业": person[3], "2026届学员13870001001": person[4]}
        if person is PEOPLE[0]:
            typed["欧阳黄雀的公司"] = person[3]
        source.answer_form(odd.form_id, user_id, typed, at=NOON - timedelta(hours=1))
    with open_world(source, tmp_path_factory.mktemp("tokens")) as opened:
        opened.set_up()
        opened.all_orders()
        yield opened


@pytest.fixture(scope="module")
def report(world) -> dict[str, Any]:
    """What is reported of answers that hold canaries everywhere."""
    turn, exchange = count(), Transport._exchange
    with pytest.MonkeyPatch.context() as patch:

        def planting(self: Transport, call: Any) -> Any:
            answer = exchange(self, call)
            return replace(answer, json=planted(answer.json, turn))

        patch.setattr(Transport, "_exchange", planting)
        return shapes_of(DoctorContext(SyncContext(world.xiaoe(), world.hap(), ApiSettings())))


def secrets(world: World) -> list[str]:
    """Everything that must not be in a report: what was planted, and each id, amount and token."""
    source = world.source
    orders = list(source.orders.current.values())
    token = json.loads(next(world.tokens.glob("*.json")).read_text())["value"]
    ids = [*source.users, *source.goods, *source.forms, *(one.order_id for one in orders)]
    shown = [field.get(name) for rows in _rows(world) for field in rows for name in ("row_id",)]
    return [*PLANTED, "licanary", *ids, *map(str, shown), token, "9900", "99.00", source.app_id]


def _rows(world: World) -> list[list[dict[str, Any]]]:
    return [world.rows(alias) for alias in ("customers", "orders", "goods", "collected_info")]


def test_no_value_of_a_person_is_in_the_report_in_any_encoding(world, report):
    content = for_a_log(report).encode()
    found = [one for one in secrets(world) if any(f in content for f in canaries.written(one))]
    assert found == []


def test_what_was_planted_did_come_by(report):
    told = written(report)
    assert "<phone 11>" in told
    assert "order_<8>_phone" in told
    assert report["xiaoe"]["order.list"]["answer"]["keys"]["data"]["keys"]["extra_json"]["holds"]


def test_it_tells_keys_types_codes_and_what_the_models_do_not_read(report):
    orders = report["xiaoe"]["order.list"]
    info = orders["answer"]["keys"]["data"]["keys"]["list"]["items"]["keys"]["order_info"]["keys"]
    assert info["pay_state"]["exact"] == {"1": info["pay_state"]["seen"]}
    assert list(info["actual_fee"]["kinds"]) == ["int"]
    assert info["actual_fee"]["kinds"]["int"][1:] == [4, 4]
    assert "exact" not in info["order_id"]
    assert info["refund_time"]["exact"] == {'"0000-00-00 00:00:00"': info["refund_time"]["blank"]}
    assert "data.list[].order_info.trade_id" in orders["without_field"]
    assert report["xiaoe"]["resource.list"]["codes"] == {"2052": 1}
    assert report["xiaoe"]["purchase"]["not_seen"] == ["data.list[].start_at"]


def test_a_form_is_told_by_its_titles_and_the_kinds_of_its_answers(report):
    odd, plain = sorted(report["forms"], key=lambda form: len(form["read"]))
    assert (plain["records"], plain["people"], plain["extra"]) == (3, 3, {"JSON 数组 array": 3})
    assert plain["layout"]["<json-array>"][:2] == [
        {"title": "姓名", "value": "<text 4>"},
        {"title": "手机号", "value": "<phone 15>"},
    ]
    titles = [(one["title"], one["answer"]) for one in odd["read"]]
    assert titles == [
        ("行业", "string:text"),
        ("<digits 4>届学员<phone 11>", "string:text"),
        ("<text 7>", "string:text"),
    ]


def test_hap_is_told_by_the_types_of_our_fields_and_how_cells_come(report):
    fields = report["mingdao"]["worksheets"]["orders"]["fields"]
    assert fields["amount_paid"]["type"] == "Number"
    assert list(fields["amount_paid"]["cells"]["kinds"]) == ["string:decimal"]
    state = fields["order_state"]["cells"]["items"]["keys"]
    assert list(state["key"]["kinds"]) == ["string:uuid"]
    assert fields["customer"]["cells"]["kinds"]
    calls = report["mingdao"]["worksheets"]["orders"]["calls"]
    assert {"hap.row.get", "hap.row.relations", "hap.rows.pivot"} <= set(calls)
    assert not any("failed" in call for call in calls.values())


def test_it_says_that_it_is_safe_to_mail_inside_and_around(report):
    assert report["format"] == FORMAT
    assert "可以放心发送" in report["note"]["zh"]
    assert "safe to mail" in report["note"]["en"]
    lines = for_a_log(report).splitlines()
    assert lines[0].endswith("it is safe to mail")
    assert (lines[1], lines[3]) == ("-----BEGIN SHAPES-----", "-----END SHAPES-----")
    assert json.loads(lines[2]) == report


def test_an_error_whose_text_is_somebody_s_is_told_by_its_type(world, monkeypatch):
    def stumble(*_: object, **__: object) -> None:
        raise RuntimeError(f"{PEOPLE[0][1]} {PEOPLE[0][2]}")

    for stumbling in (XiaoeClient, MingdaoClient):
        for name in ("list_users", "list_rows"):
            monkeypatch.setattr(stumbling, name, stumble, raising=False)
    monkeypatch.setattr("include.doctor.shape_report.forms.layout", stumble)
    told = shapes_of(DoctorContext(SyncContext(world.xiaoe(), world.hap(), ApiSettings())))
    assert told["xiaoe"]["user.list"]["failed"] == {"RuntimeError": 1}
    assert told["forms"][0] == {"records": 3, "failed": "RuntimeError"}
    orders = told["mingdao"]["worksheets"]["orders"]
    assert orders["calls"]["hap.rows.list"]["failed"] == {"RuntimeError": 1}
    assert PEOPLE[0][1] not in written(told)


TEXTS = st.builds(
    lambda before, canary, after: f"{before}{canary}{after}",
    st.sampled_from(["", "order_", "[", '{"a": "', "u_", " ", "ship", "1"]),
    st.sampled_from(PLANTED),
    st.sampled_from(["", "_id", "]", '"}', ":", "@x.cn", "At"]),
)
JSON = st.recursive(
    TEXTS | st.integers(10**6, 10**12) | st.booleans() | st.none(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(JSON, max_size=3))
def test_a_shape_holds_no_text_that_is_not_on_a_list(values):
    shape = Shape()
    for value in values:
        shape.add({"order_state": value, "data": [value]})
    told = json.dumps(shape.to_json(), ensure_ascii=False).encode()
    assert [form for form in FORMS if form in told] == []


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("aftersale_show_state_time", "aftersale_show_state_time"),
        ("goodsName2", "goodsName2"),
        ("order_zhangsan_time", "order_<8>_time"),
        ("13870001001", "<phone 11>"),
        ("u_64a1b2c3d4e5f_AbCdEf0001", "<id u_ 26>"),
        ("zhangsan", "<word 8>"),
        ("张三", "<text 2>"),
        ("phone_13870001001", "<id 17>"),
    ],
)
def test_a_key_is_shown_as_far_as_its_words_are_listed(key, shown):
    assert shown_key(key) == shown


def test_a_title_that_few_people_have_or_that_somebody_typed_is_not_shown():
    def record(title: str) -> str:
        return json.dumps([{"title": title, "value": "甲"}, {"title": "城市", "value": "参会目的"}])

    records = [(f"u_{number}", record("参会目的")) for number in range(5)]
    records += [
        ("u_9", record("王小二介绍")),
        ("u_9", record("王小二介绍")),
        ("u_9", record("王小二介绍")),
    ]
    assert Titles(records).shown("王小二介绍") == "<text 5>"
    assert Titles(records).shown("参会目的") == "<text 4>"
    fair = [(f"u_{number}", '[{"title": "参会目的", "value": "甲"}]') for number in range(5)]
    assert Titles(fair).shown("参会目的") == "参会目的"
    assert Titles(fair[:2]).shown("参会目的") == "<text 4>"
