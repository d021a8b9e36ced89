"""What the page shows of a shop that is in HAP, and what it never shows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import Bilingual, ConfigurationError, RejectedError
from connectors.http.transport import Transport
from connectors.mingdao.client import MingdaoClient
from include.destination.sheets.worksheets import WORKSHEETS
from include.flows.customers.audiences import refresh_audiences
from include.flows.run.api_settings import ApiReport, RunReport, report_run
from include.flows.run.error_rows import Failure, record_failures
from include.shops import ShopConfig
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN
from include.simulators.xiaoe.seed import demo_shop
from include.status.app import App
from include.status.rows import count_customers, newest_order
from include.status.snapshot import read_snapshot
from tests.pipeline.nights import night, synced_world
from tests.pipeline.world import World, open_world

SHOPS = (ShopConfig(),)


def rows(world: World, alias: str) -> list[Any]:
    return list(plain_rows(world.store, alias))


@pytest.fixture(scope="module")
def picture(world):
    return read_snapshot(world.hap(), SHOPS)


def failure(record_id: str, code: str = "3002") -> Failure:
    words = Bilingual("订单不存在", "no such order"), Bilingual("核对订单号", "check the id")
    return Failure("order", record_id, "order.detail", RejectedError("order.detail", *words, code))


def test_each_day_shows_orders_and_sums_of_both_sides(world, picture):
    (shop,) = picture["shops"]
    assert shop["shop"] == world.app_id
    assert len(shop["days"]) == 30
    told = {day["day"]: day for day in shop["days"] if day["source"]}
    orders = rows(world, "orders")
    by_day = Counter(row["created_at"][:10] for row in orders)
    assert {day: by_day[day] for day in told} == {
        day: row["hap"]["orders"] for day, row in told.items()
    }
    assert all(day["source"] == day["hap"] and day["status"] == "一致" for day in told.values())
    paid = sum(row["amount_paid"] for row in orders if row["created_at"][:10] in told)
    assert Decimal(str(round(sum(day["hap"]["paid"] for day in told.values()), 2))) == paid


def test_a_day_without_a_ledger_row_is_not_checked_rather_than_zero(world):
    later = world.source.clock.now() + timedelta(days=5)
    last = read_snapshot(world.hap(), SHOPS, later)["shops"][0]["days"][-1]
    assert (last["status"], last["source"], last["hap"]) == (None, None, None)


def test_it_tells_the_newest_order_and_how_far_the_source_was_read(world, picture):
    newest = max(row["created_at"] for row in rows(world, "orders"))
    assert picture["shops"][0]["newest_in_hap"][:19].replace("T", " ") == newest
    assert picture["shops"][0]["newest_day_in_source"] == newest[:10]
    assert picture["read_until"]


def test_it_tells_when_both_sides_were_compared_and_how_much_was_written_since(world, picture):
    check = picture["shops"][0]["check"]
    assert check["at"] is not None
    assert check["written_since"] == 0
    later = read_snapshot(world.hap(), SHOPS, datetime.now(UTC) + timedelta(hours=1))
    assert later["shops"][0]["check"]["at"] == check["at"]


def test_a_backfill_beside_the_live_schedule_does_not_look_like_a_live_run_that_is_late(
    world, picture
):
    now = world.source.clock.now()
    world.orders(now - timedelta(days=4), now - timedelta(days=3))
    assert read_snapshot(world.hap(), SHOPS)["read_until"] == picture["read_until"]


def test_customers_are_counted_by_segment(world, picture):
    customers = rows(world, "customers")
    counted = Counter(row["segment"] or "" for row in customers)
    shop = picture["shops"][0]
    assert shop["customers"] == len(customers)
    assert {part["name"]: part["customers"] for part in shop["segments"]} == {
        name: counted[name] for name in ("决策者", "管理者", "专业人员", "执行者", "其他", "")
    }


def test_each_segment_shows_the_last_thirty_days_beside_the_thirty_before(world):
    refresh_audiences(world.context())
    picture = read_snapshot(world.hap(), SHOPS)
    kept = {
        row["segment"]: row
        for row in rows(world, "audiences")
        if row["goods_type"] == "全部" and row["shop"] == world.app_id
    }
    shown = {part["name"]: part for part in picture["shops"][0]["segments"] if part["recent"]}
    assert shown.keys() == kept.keys()
    for name, row in kept.items():
        told = shown[name]
        for span in ("recent", "before"):
            assert Decimal(str(told[span]["paid"])) == row[f"{span}_paid"]
            assert told[span]["customers"] == row[f"{span}_customers"]
    assert kept


def test_the_last_runs_link_to_airflow_by_path_alone(world):
    hap = world.hap()
    now = world.source.clock.now() + timedelta(minutes=5)
    url = "https://airflow.example.com/prefix/dags/xiaoe_orders/runs/scheduled__2026-11-23T00:00:00+00:00"
    report_run(
        hap,
        ShopConfig(),
        RunReport({"order.list": ApiReport(7, 3, 2)}, "部分失败", "说明", now, url),
        {},
    )
    (run,) = [run for run in read_snapshot(hap, SHOPS)["runs"] if run["api"] == "order.list"]
    assert (run["rows_read"], run["rows_written"], run["calls"]) == (7, 3, 2)
    assert (run["status"], run["message"]) == ("部分失败", "说明")
    assert run["run_path"] == "dags/xiaoe_orders/runs/scheduled__2026-11-23T00:00:00+00:00"


def test_a_link_that_a_person_typed_leads_nowhere(world, person):
    (row,) = (row for row in rows(world, "sync_config") if row["api"] == "order.list")
    for typed in ("javascript:alert(1)", "https://evil.example.com/", "dags/x/runs/y?next=//evil"):
        person.edit("sync_config", row["rowid"], {"run_url": typed})
        (run,) = [
            run for run in read_snapshot(world.hap(), SHOPS)["runs"] if run["api"] == "order.list"
        ]
        assert run["run_path"] == ""


def test_open_errors_come_with_their_causes_and_solved_ones_do_not(world, person):
    record_failures(world.context(), [failure(f"o_{number}") for number in range(5)])
    record_failures(world.context(), [failure("o_5", "5000"), failure("o_4")])
    error_rows = {row["record_id"]: row for row in rows(world, "sync_errors")}
    person.edit("sync_errors", error_rows["o_0"]["rowid"], {"status": "忽略"})
    person.edit("sync_errors", error_rows["o_1"]["rowid"], {"status": "重试"})
    errors = read_snapshot(world.hap(), SHOPS)["errors"]
    assert errors["total"] == 5
    assert [(cause["code"], cause["count"]) for cause in errors["causes"]] == [
        ("3002", 4),
        ("5000", 1),
    ]
    told = {error["record_id"]: error for error in errors["newest"]}
    assert told.keys() == {"o_1", "o_2", "o_3", "o_4", "o_5"}
    assert (told["o_4"]["attempts"], told["o_1"]["status"]) == (2, "重试")
    assert (told["o_2"]["reason"], told["o_2"]["action"]) == ("订单不存在", "核对订单号")
    row = error_rows["o_2"]["rowid"]
    assert told["o_2"]["error_url"].endswith(f"/row/{row}")
    assert told["o_2"]["error_url"].startswith(f"{world.hap_url}/worksheet/")
    assert told["o_2"]["row_url"] is None  # HAP holds no such order


def test_nothing_about_any_person_is_asked_for_or_shown(world, person):
    personal = {
        sheet.alias: [field.alias for field in sheet.fields if field.personal]
        for sheet in WORKSHEETS
    }
    canary = "CANARY王小明13800001111"
    for alias in ("customers", "orders", "collected_info"):
        for row in rows(world, alias)[:5]:
            person.edit(alias, row["rowid"], dict.fromkeys(personal[alias], canary))
    seen = world.hap_journal.entries()[-1].sequence
    shown = json.dumps(read_snapshot(world.hap(), SHOPS), ensure_ascii=False)
    assert "CANARY" not in shown
    people = rows(world, "customers")
    names = {str(row[alias]) for row in people for alias in personal["customers"] if row[alias]}
    assert {name for name in names if len(name) > 3 and name in shown} == set()
    assert not any(entry.effect for entry in world.hap_journal.entries(after=seen))


def test_each_shop_stands_for_itself(world, person):
    today = world.source.clock.now().date()
    person.add(
        "sync_ledger", {"day": f"appOTHER:{today}", "source_orders": Decimal(3), "status": "不一致"}
    )
    person.add("customers", {"user_id": "u_other", "shop": "appOTHER", "segment": "决策者"})
    shops = {shop["shop"]: shop for shop in read_snapshot(world.hap(), SHOPS)["shops"]}
    assert shops.keys() == {world.app_id, "appOTHER"}
    other = shops["appOTHER"]
    assert [day["source"]["orders"] for day in other["days"] if day["source"]] == [3]
    assert (other["customers"], other["newest_in_hap"]) == (1, None)
    assert shops[world.app_id]["customers"] == len(rows(world, "customers")) - 1


def test_the_same_record_of_two_shops_links_to_the_row_of_each(world):
    configs = (ShopConfig(), ShopConfig("branch"))
    for config in configs:
        context = replace(world.context(), config=config)
        record_failures(context, [replace(failure("order.detail"), entity="interface")])
    newest = read_snapshot(world.hap(), configs)["errors"]["newest"]
    links = {e["shop"]: e["error_url"] for e in newest if e["record_id"] == "order.detail"}
    assert links.keys() == {"", "branch"}
    held = {row["error_id"]: row["rowid"] for row in rows(world, "sync_errors")}
    assert links[""].endswith(held["interface:order.detail"])
    assert links["branch"].endswith(held["interface@branch:order.detail"])


class Odd(MingdaoClient):
    """A server that tells the newest row of these worksheets without its id."""

    odd: frozenset[str] = frozenset()

    def list_rows(self, ws, **asked):
        page = super().list_rows(ws, **asked)
        if ws in self.odd and page.rows:
            return replace(page, rows=page.rows[1:], unreadable=page.unreadable + 1)
        return page


ODD = ["orders", "customers", "sync_errors", "sync_ledger", "audiences"]


@pytest.mark.parametrize("alias", ODD)
def test_a_row_without_an_id_is_named_and_hides_no_number(tmp_path, alias):
    with synced_world(tmp_path) as world:
        assert night(world).green
        refresh_audiences(world.context())
        record_failures(world.context(), [failure("o_1"), failure("o_2")])
        before = read_snapshot(world.hap(), SHOPS)
        transport = Transport(world.hap_url, allow_http=True)
        client = Odd(transport, appkey=DEMO_APPKEY, sign=DEMO_SIGN)
        client.odd = frozenset({world.store.sheet(alias).id})
        picture = read_snapshot(client, SHOPS)
    label = next(sheet.label for sheet in WORKSHEETS if sheet.alias == alias)
    assert (picture["unreadable"], before["unreadable"]) == ([label], [])
    ((shop,), (known,)) = (picture["shops"], before["shops"])
    assert (shop["shop"], shop["customers"]) == (known["shop"], known["customers"])
    assert picture["errors"]["total"] == 2


class Deaf(MingdaoClient):
    """A server that drops every filter, as HAP drops those that it does not understand."""

    def list_rows(self, ws, *, filter=None, **asked):  # noqa: A002
        return super().list_rows(ws, **asked)


def test_a_dropped_filter_makes_a_count_unknown_instead_of_wrong(world):
    transport = Transport(world.hap_url, allow_http=True)
    deaf = Deaf(transport, appkey=DEMO_APPKEY, sign=DEMO_SIGN)
    counted = count_customers(App(deaf), "appNOBODY")
    assert (counted.total, set(counted.segments.values())) == (None, {None})
    assert newest_order(App(deaf), "appNOBODY") is None


def test_an_app_that_is_not_set_up_says_what_to_do(tmp_path):
    with open_world(demo_shop(3, days=2, orders_per_day=1), tmp_path) as world:
        with pytest.raises(ConfigurationError) as caught:
            read_snapshot(world.hap(), SHOPS)
        assert "mingdao_setup" in str(caught.value)


def test_an_app_without_rows_gives_an_empty_picture(tmp_path):
    with open_world(demo_shop(3, days=2, orders_per_day=1), tmp_path) as world:
        world.set_up()
        picture = read_snapshot(world.hap(), SHOPS)
        assert (picture["shops"], picture["runs"], picture["errors"]["total"]) == ([], [], 0)
