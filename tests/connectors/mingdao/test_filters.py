from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.mingdao.filters import all_of, any_equal, between

SHANGHAI = ZoneInfo("Asia/Shanghai")
SINCE = datetime(2026, 11, 1, 16, 0, tzinfo=UTC)
UNTIL = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)


def depth(node: dict[str, Any]) -> int:
    return 1 + max((depth(child) for child in node.get("children", [])), default=0)


def test_any_equal_is_an_or_group_of_eq_with_one_string_each():
    assert any_equal("order_id", ["A1", "A2"]) == {
        "type": "group",
        "logic": "OR",
        "children": [
            {"type": "condition", "field": "order_id", "operator": "eq", "value": ["A1"]},
            {"type": "condition", "field": "order_id", "operator": "eq", "value": ["A2"]},
        ],
    }


def test_between_is_in_the_zone_of_the_app_and_a_day_wider_than_asked():
    condition = between("created_at", SINCE, UNTIL, zone=SHANGHAI)["children"][0]
    assert condition["operator"] == "between"
    assert condition["value"] == ["2026-11-01 00:00:00", "2026-11-04 00:00:00"]


def test_between_can_be_exact():
    exact = between("created_at", SINCE, UNTIL, zone=SHANGHAI, slack=timedelta(0))
    assert exact["children"][0]["value"] == ["2026-11-02 00:00:00", "2026-11-03 00:00:00"]


def test_all_of_joins_groups_under_one_root_and_stays_two_groups_deep():
    joined = all_of(
        any_equal("shop", ["app_1"]), between("created_at", SINCE, UNTIL, zone=SHANGHAI)
    )
    assert joined["logic"] == "AND"
    assert [child["type"] for child in joined["children"]] == ["group", "group"]
    assert depth(joined) == 3


def test_all_of_one_filter_is_that_filter():
    only = any_equal("shop", ["app_1"])
    assert all_of(only) == only


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: any_equal("order_id", []), "whole worksheet"),
        (lambda: any_equal("order_id", ["A1", " "]), "blank value"),
        (lambda: any_equal("order_id", [""]), "blank value"),
        (lambda: any_equal("order id", ["A1"]), "field name"),
        (lambda: any_equal("order_id ", ["A1"]), "field name"),
        (lambda: any_equal("", ["A1"]), "field name"),
        (all_of, "whole worksheet"),
        (
            lambda: all_of(all_of(any_equal("a", ["1"]), any_equal("b", ["2"]))),
            "two levels",
        ),
        (lambda: between("t", UNTIL, SINCE, zone=SHANGHAI), "before"),
        (lambda: between("t", SINCE.replace(tzinfo=None), UNTIL, zone=SHANGHAI), "time zone"),
    ],
)
def test_a_filter_that_hap_would_drop_cannot_be_built(build, reason):
    with pytest.raises(ValueError, match=reason):
        build()
