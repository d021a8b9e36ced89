"""A worksheet of 100,000 rows stays workable: a look-up by key touches the index alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from include.simulators.hap import rows
from include.simulators.hap.writing import Write
from tests.simulators.hap_service import TEXT, Hap, condition, entries, group, served_hap

ROWS = 100_000


@pytest.fixture(scope="module")
def large() -> Iterator[Hap]:
    with served_hap() as service:
        sheet = service.make("orders", {"alias": "no", **TEXT}, {"alias": "state", **TEXT})
        write = Write(service.store)
        for number in range(ROWS):
            rows.create(write, sheet, entries({"no": f"A{number}", "state": "paid"}))
        yield service


def seconds(large: Hap, times: int, **body: object) -> float:
    large.page("orders", **body)
    started = time.process_time()
    for _ in range(times):
        large.page("orders", **body)
    return time.process_time() - started


def test_looking_up_a_hundred_keys_is_quick(large: Hap) -> None:
    keys = [condition("no", "eq", f"A{number * 997}") for number in range(100)]
    asked = group(*keys, logic="OR")
    assert len(large.rows("orders", filter=asked)) == 100
    for number in range(20):
        large.add("orders", no=f"new {number}", state="paid")
        found = large.values("orders", "no", filter=group(condition("no", "eq", f"new {number}")))
        assert found == [f"new {number}"]
    assert seconds(large, 20, filter=asked) < 1.0


def test_reading_page_after_page_sorts_once(large: Hap) -> None:
    by_number = [{"field": "no", "isAsc": True}]
    seen = {
        row["no"]
        for index in (1, 50, 100)
        for row in large.rows("orders", pageIndex=index, sorts=by_number)
    }
    assert len(seen) == 3000
    assert seconds(large, 20, pageSize=10, pageIndex=5000, sorts=by_number) < 1.0
