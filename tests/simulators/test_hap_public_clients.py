"""A client that nobody here wrote: it checks paths, verbs and envelopes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mingdao_hap import MdClient
from mingdao_hap.exceptions import MdApiError

from tests.simulators.hap_service import TEXT, Hap, options, served_hap


@pytest.fixture
def hap() -> Iterator[Hap]:
    """On a socket, for the client sends by a library of its own."""
    with served_hap(in_process=False) as service:
        yield service


@pytest.fixture
def orders(hap: Hap) -> Hap:
    hap.make("people", {"alias": "name", **TEXT})
    hap.make(
        "orders",
        {"alias": "order_no", **TEXT},
        {"alias": "amount", "type": "Number", "precision": 2},
        {"alias": "state", "type": "SingleSelect", "options": options("A", "B")},
        {"alias": "who", "type": "Relation", "dataSource": hap.store.sheet("people").id},
    )
    return hap


@pytest.fixture
def v3(orders: Hap) -> MdClient:
    return MdClient(app_key="demo-appkey", sign="demo-sign", base_url=orders.url, max_retries=0)


def test_the_v3_client_creates_and_finds(v3: MdClient) -> None:
    made = v3.worksheet("orders").insert({"order_no": "A1", "amount": 129.9})
    batch = [{"order_no": "A2"}, {"order_no": "A10"}]
    more = v3.worksheet("orders").insertAll(batch, trigger_workflow=False)
    assert len(more["rowIds"]) == 2
    found = v3.worksheet("orders").where("order_no", "eq", "A1").orderBy("order_no", "asc")
    [row] = found.limit(10).get()
    assert (row["rowId"], row["amount"]) == (made["id"], "129.90")
    names = [r["order_no"] for r in v3.worksheet("orders").orderBy("order_no", "asc").get()]
    assert names == ["A1", "A10", "A2"]


def test_the_v3_client_counts_the_whole_table_for_isempty(v3: MdClient, orders: Hap) -> None:
    v3.worksheet("orders").insertAll([{"order_no": "A1"}, {"order_no": "A2"}])
    assert v3.worksheet("orders").where("order_no", "isempty").count() == 2
    orders.settings.isempty_honoured = True
    assert v3.worksheet("orders").where("order_no", "isempty").count() == 0


@pytest.mark.parametrize("answer", ["string", "id", "none"])
def test_the_v3_client_updates_whatever_the_answer_looks_like(
    v3: MdClient, orders: Hap, answer: str
) -> None:
    orders.settings.update_answer = answer  # type: ignore[assignment]
    row = v3.worksheet("orders").insert({"order_no": "A1"})["id"]
    v3.worksheet("orders").updateById(row, {"amount": "2"})
    assert v3.worksheet("orders").first()["amount"] == "2.00"
    changed = v3.worksheet("orders").where("order_no", "eq", "A1").update({"amount": "3"})
    assert changed == {"updated": 1}
    assert v3.worksheet("orders").first()["amount"] == "3.00"


def test_the_v3_client_stumbles_over_the_documented_row_id(v3: MdClient, orders: Hap) -> None:
    orders.settings.row_key = "id"
    v3.worksheet("orders").insert({"order_no": "A1"})
    with pytest.raises(KeyError):
        v3.worksheet("orders").where("order_no", "eq", "A1").update({"amount": "3"})


def test_the_v3_client_deletes_one_and_many(v3: MdClient) -> None:
    row = v3.worksheet("orders").insert({"order_no": "A1"})["id"]
    v3.worksheet("orders").insertAll([{"order_no": "B1"}, {"order_no": "B2"}])
    v3.worksheet("orders").deleteById(row)
    assert v3.worksheet("orders").where("order_no", "startswith", "B").delete() == {"deleted": 2}
    assert v3.worksheet("orders").get() == []


def test_the_v3_client_reports_refusals_and_the_batch_delete_quirk(
    v3: MdClient, orders: Hap
) -> None:
    with pytest.raises(MdApiError, match="430022"):
        v3.worksheet("nope").get()
    orders.settings.batch_delete_answer = "quirk"
    v3.worksheet("orders").insert({"order_no": "A1"})
    with pytest.raises(MdApiError, match="成功"):
        v3.worksheet("orders").where("order_no", "eq", "A1").delete()
    assert v3.worksheet("orders").get() == []
