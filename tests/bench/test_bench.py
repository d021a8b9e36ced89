"""The benchmark's own arithmetic, on shops of a few orders; nothing is timed here."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import pytest

from include.simulators.clock import SHANGHAI
from tests.bench import minimum, table, wanted
from tests.bench.data_set import build_shop, load_truth, save_truth
from tests.bench.vendors import Request, calls_by_api, throttled_by_api
from tests.bench.verdict import business_writes
from tests.pipeline.oracle import expected_order

UNTIL = datetime(2026, 11, 20, tzinfo=SHANGHAI)


def line(goods_id: str, kind: int) -> SimpleNamespace:
    return SimpleNamespace(goods_id=goods_id, goods_type=kind)


EVERYTHING = tuple((question, "…") for question in ("姓名", "手机号", "公司名称", "职位", "邮箱"))


def shop_of(orders: int, buyers: int, forms: dict[str, int]) -> SimpleNamespace:
    lines = [(line("video", 3),), (line("column", 6), line("ticket", 29))]
    placed = {
        f"o{n}": SimpleNamespace(
            user_id=f"u{n % buyers}", lines=lines[n % 2], share_user_id="" if n % 10 else "u0"
        )
        for n in range(orders)
    }
    answers = [
        SimpleNamespace(form_id=form, user_id=f"u{n % buyers}", answers=EVERYTHING[: 5 - n % 2])
        for form, count in forms.items()
        for n in range(count)
    ]
    return SimpleNamespace(
        orders=SimpleNamespace(current=placed), forms=forms, answers=dict(enumerate(answers))
    )


def test_the_fewest_calls_of_a_first_load_are_counted_by_pages_and_batches() -> None:
    facts = minimum.facts_of(shop_of(1001, 120, {"a": 51, "b": 50, "c": 0}))
    assert minimum.first_load(facts) == {
        "token": 1,
        "order.list": 11,
        "order.detail": 101,
        "user.by_id": 3,
        "user.info": 120 - 26,
        "goods.detail": 2,
        "information.form": 1,
        "information.form.result": 3,
        "hap.rows.list": (3 + 1 + 1 + 1 + 1) + (1 + 1 + 1),
        "hap.rows.batch_create": (1 + 1) + (11 + 2 + 1),
    }


def test_a_few_buyers_are_asked_one_by_one_what_they_filled_in() -> None:
    facts = minimum.facts_of(shop_of(4, 2, {"a": 500}))
    calls = minimum.first_load(facts)
    assert calls["information.user"] == 2
    assert calls["information.form.result"] == 0


def test_without_a_change_the_list_and_the_keys_are_read_and_nothing_else() -> None:
    facts = minimum.facts_of(shop_of(250, 9, {}))
    assert minimum.no_change(facts) == {"order.list": 3, "hap.rows.list": 1}


def test_the_bound_is_the_interface_that_takes_longest_and_hap_has_one_budget() -> None:
    assert minimum.shortest({"order.detail": 3000, "order.list": 10}) == (10, "order.detail")
    rows = {"hap.rows.list": 300, "hap.rows.batch_create": 300, "order.detail": 3000}
    assert minimum.shortest(rows) == (12, "hap rows")
    assert minimum.shortest({"hap.worksheet.get": 900, "order.list": 20}) == (1, "order.list")


def test_the_truth_survives_the_way_to_another_process(tmp_path) -> None:
    shop = build_shop(30, UNTIL)
    save_truth(shop, tmp_path / "truth", UNTIL)
    truth = load_truth(tmp_path / "truth")
    facts = minimum.facts_of(truth)
    assert facts.orders == 30  # the older one is not to be loaded
    assert 0 < facts.buyers <= 10
    assert sum(facts.answers_of_forms) == len(shop.answers)
    assert all(expected_order(truth, order) for order in truth.orders.current.values())


def test_calls_refusals_and_writes_are_counted_from_the_journals() -> None:
    asked = {
        "xiaoe": [
            Request(1, 0.0, "order.list", "0", ""),
            Request(2, 0.1, "order.list", "2053", ""),
        ],
        "hap": [
            Request(1, 0.0, "rows.batch_create", "1", "create orders 5"),
            Request(2, 0.1, "rows.update", "1", "update sync_config 1; update customers 2"),
        ],
    }
    assert calls_by_api(asked)["order.list"] == 2
    assert throttled_by_api(asked) == {"order.list": 1}
    assert business_writes(asked["hap"]) == {"orders": 5, "customers": 2}


def run_of(orders: int, wall: float, *, peak: float = 90.0) -> dict:
    calls = {"order.detail": {"measured": orders, "minimum": orders, "throttled": 0}}
    calls["order.list"] = {"measured": orders // 50, "minimum": orders // 100, "throttled": 3}
    run = {
        "wall_s": wall,
        "stages_s": {"list_orders": 1.0, "sync_orders": wall - 1},
        "batches": 50,
        "largest_batch": 200,
        "xcom_bytes": 2048,
        "peak_mib": {"sync_orders": peak},
        "cpu_s": wall,
        "simulators_cpu_s": 1.0,
        "calls": calls,
        "bound_s": {"seconds": orders / 300, "by": "order.detail"},
        "minimum_bound_s": {"seconds": orders / 300, "by": "order.detail"},
        "writes": {},
    }
    return {
        "orders": orders,
        "limits": True,
        "busy_before": 0.02,
        "first": run,
        "again": run | {"wall_s": 2.0},
        "simulators_peak_mib": {"xiaoe": 100.0, "hap": 100.0},
        "differences": 0,
    }


STAMP = {
    "cores": 2,
    "memory_gib": 8.0,
    "python": "3.12.1",
    "system": "Linux x86_64",
    "commit": "abc",
    "date": "2026-11-26 12:00 UTC",
}


CEILING = {"order.detail": {"second": 900, "cpu_second": 1100}}


def results_of(*runs: dict) -> dict:
    return {"loads": {"stamp": STAMP, "ceiling": CEILING, "runs": list(runs)}}


def test_what_was_reached_and_what_was_not_is_told_with_its_reason() -> None:
    told = wanted.verdicts(results_of(run_of(10_000, 50.0), run_of(100_000, 800.0, peak=350)))
    reached = {verdict.wanted: verdict.reached for verdict in told}
    assert reached == {
        "10,000 orders within 1.1 × the bound of their calls": False,
        "linear growth": False,
        "at most 300 MiB a task": False,
        "a run without a change over 10,000 orders in seconds, with 0 writes": True,
        "calls ÷ fewest at most 1.3, of each interface above 100 calls": False,
        "no difference from the truth": True,
    }
    assert all(verdict.reason for verdict in told if not verdict.reached)


def test_both_commits_stand_side_by_side_and_are_held_against_what_was_wanted() -> None:
    run = run_of(10_000, 30.0) | {"before": run_of(10_000, 90.0)}
    results = results_of(run)
    results["loads"]["before"] = "def"
    told = {verdict.wanted: verdict.measured for verdict in wanted.verdicts(results)}
    assert told["10,000 orders faster than the commit before: 2.5 ×"] == "3.0 ×"
    assert told["10,000 orders: a run without a change faster: 2 ×"] == "1.0 ×"
    page = table.render(results)
    assert "| 10,000 | on | first load | 90 s | 30 s (3.0×) |" in page


def test_every_call_above_the_fewest_has_a_known_reason() -> None:
    short = wanted.shortfalls(results_of(run_of(10_000, 50.0)))
    assert [(api, ratio) for api, ratio, _ in short] == [("order.list", "200 ÷ 100")]
    assert "not known" not in [why for _, _, why in short]


@pytest.mark.parametrize(
    "text",
    [None, f"# Title\n\nkept above\n\n{table.BEGIN}\nolder results\n{table.END}\nkept below\n"],
)
def test_the_tables_replace_what_stands_between_the_marks_alone(
    text, tmp_path, monkeypatch
) -> None:
    page = tmp_path / "performance.md"
    if text:
        page.write_text(text)
    monkeypatch.setattr(table, "PAGE", page)
    broken = {"orders": 7, "limits": False, "error": "RuntimeError: a | b\nmore"}
    table.write_tables(results_of(run_of(1000, 5.0), broken))
    table.write_tables(results_of(run_of(1000, 5.0), broken))
    shown = page.read_text()
    assert shown.count(table.BEGIN) == shown.count(table.END) == 1
    assert "older results" not in shown
    assert ("kept above" in shown) is bool(text)
    assert shown.endswith("kept below\n") is bool(text)
    assert "failed: RuntimeError: a / b |" in shown
    assert "| 1,000 | on | 5.0 s |" in shown
