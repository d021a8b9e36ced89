"""HAP's own sums are read in every shape that was seen, and in no other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from connectors.errors import Bilingual, RejectedError
from include.destination.read.pivot import pivot_sums
from include.destination.sheets.worksheets import ORDERS
from tests.destination.desk import sheet_of

SHEET = sheet_of(ORDERS)
DAY = date(2026, 11, 25)
FLAT = {"created_at": "2026-11-25", "record_count": 2, "amount_paid_sum": "9.90"}
NESTED = {
    "rows": {"id-created_at-1": "2026/11/25"},
    "columns": {},
    "values": {"record_count": "2", "id-amount_paid": 9.9},
}


def sums_from(answer):
    def pivot(ws, body):
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = SimpleNamespace(pivot=pivot)
    return pivot_sums(client, SHEET, "created_at", ["amount_paid"], {"type": "group"})


@pytest.mark.parametrize(
    "answer", [[FLAT], {"data": [FLAT]}, {"metadata": {}, "data": [NESTED]}], ids=str
)
def test_flat_and_nested_groups_are_read(answer):
    assert sums_from(answer) == {DAY: (Decimal(2), Decimal("9.9"))}


def test_no_group_means_no_row():
    assert sums_from({"data": []}) == {}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "",
        {"data": None},
        {"data": [{"created_at": "2026-11-25"}]},
        {"data": [{**FLAT, "created_at": "第 48 周"}]},
        {"data": [{**FLAT, "amount_paid_sum": "¥9"}]},
        {"data": ["row"]},
        RejectedError("hap.rows.pivot", Bilingual("缺少视图", "no view"), Bilingual("", "")),
    ],
    ids=str,
)
def test_any_other_answer_is_no_answer(answer):
    assert sums_from(answer) is None
