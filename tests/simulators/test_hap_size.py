"""A worksheet of 10,000 rows stays workable: a look-up by key touches the index alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.simulators.hap import listing, rows
from include.simulators.hap.writing import Write
from tests.simulators.hap_service import TEXT, Hap, condition, entries, group, served_hap

ROWS = 10_000


@pytest.fixture(scope="module")
def large() -> Iterator[Hap]:
    with served_hap() as service:
        sheet = service.make("orders", {"alias": "no", **TEXT}, {"alias": "state", **TEXT})
        write = Write(service.store)
        for number in range(ROWS):
            rows.create(write, sheet, entries({"no": f"A{number}", "state": "paid"}))
        yield service


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """How many rows each look for candidates and each sorting had before it."""
    told: dict[str, list[int]] = {"_candidates": [], "_ordered": []}

    def count(name: str) -> None:
        step = getattr(listing, name)

        def counted(*arguments: Any) -> list[Any]:
            rows: list[Any] = step(*arguments)
            told[name].append(len(rows))
            return rows

        monkeypatch.setattr(listing, name, counted)

    for name in told:
        count(name)
    return told


def test_looking_up_keys_touches_their_rows_alone(large: Hap, passes: dict[str, list[int]]) -> None:
    keys = [condition("no", "eq", f"A{number * 97}") for number in range(100)]
    assert len(large.rows("orders", filter=group(*keys, logic="OR"))) == 100
    for number in range(20):
        large.add("orders", no=f"new {number}", state="paid")
        found = large.values("orders", "no", filter=group(condition("no", "eq", f"new {number}")))
        assert found == [f"new {number}"]
    assert passes["_candidates"] == [100] + [1] * 20


def test_reading_page_after_page_sorts_once(large: Hap, passes: dict[str, list[int]]) -> None:
    by_number = [{"field": "no", "isAsc": True}]
    seen = {
        row["no"]
        for index in (1, 5, 10)
        for row in large.rows("orders", pageIndex=index, sorts=by_number)
    }
    assert len(seen) == 3000
    large.page("orders", pageSize=10, pageIndex=500, sorts=by_number)
    assert len(passes["_ordered"]) == 1
