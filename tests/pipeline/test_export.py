"""What is known about a person, handed out as JSON."""

from __future__ import annotations

import json
import stat

import pytest

from connectors.errors import ConfigurationError, NotFound
from include import export
from include.flows.customers.export import export_person
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows


@pytest.fixture
def person(filled):
    answered = {row["customer"][0] for row in plain_rows(filled.store, "collected_info")}
    bought = {row["customer"][0] for row in plain_rows(filled.store, "orders") if row["customer"]}
    rows = plain_rows(filled.store, "customers")
    return next(row for row in rows if row["rowid"] in answered & bought and row["phone"])


def test_an_export_holds_every_row_of_the_person_and_what_the_shop_tells(filled, person):
    exported = export_person(filled.context(), str(person["user_id"]))
    json.dumps(exported)
    mingdao, xiaoe = exported["mingdao"], exported["xiaoe"]
    (customer,) = mingdao["客户"]
    assert customer["用户ID (user_id)"] == person["user_id"]
    assert str(person["phone"]) in customer["手机 (phone)"]

    def ids(sheet: str, key: str) -> set[object]:
        rows = plain_rows(filled.store, sheet)
        return {row[key] for row in rows if row["customer"] == [person["rowid"]]}

    orders = ids("orders", "order_id")
    assert {row["订单号 (order_id)"] for row in mingdao["订单"]} == orders
    assert {row["order_info"]["order_id"] for row in xiaoe["orders"]} == orders
    answers = ids("collected_info", "record_id")
    assert {row["记录ID (record_id)"] for row in mingdao["采集信息"]} == answers
    told = xiaoe[str(person["user_id"])]
    assert {row["id"] for row in told["answers"]} == answers
    assert told["user"][0]["nickname"] == person["nickname"]


@pytest.fixture
def promoted(filled):
    """Somebody whose order another person promoted, which both systems tell."""
    orders = filled.source.orders.current.values()
    bought = next(one for one in orders if one.share_user_id not in ("", one.user_id))
    rows = plain_rows(filled.store, "customers")
    return next(row for row in rows if row["user_id"] == bought.user_id)


@pytest.mark.parametrize("whose", ["person", "promoted"])
def test_an_export_says_nothing_of_anybody_else(filled, whose, request):
    person = request.getfixturevalue(whose)
    text = json.dumps(export_person(filled.context(), str(person["user_id"])), ensure_ascii=False)
    others = [
        row for row in plain_rows(filled.store, "customers") if row["rowid"] != person["rowid"]
    ]
    assert [row["user_id"] for row in others if str(row["user_id"]) in text] == []
    phones = {str(row["phone"]) for row in others if row["phone"] != person["phone"]}
    assert [phone for phone in phones - {"None", ""} if phone in text] == []


def test_what_people_of_the_company_noted_in_a_field_of_their_own_is_exported_too(filled, person):
    note = {"name": "备注", "alias": "note", "type": "Text"}
    filled.hap().edit_worksheet("customers", add_fields=[note])
    Person(filled.store).edit("customers", str(person["rowid"]), {"note": "老客户"})
    exported = export_person(filled.context(), str(person["user_id"]))
    assert exported["mingdao"]["客户"][0]["备注 (note)"] == "老客户"


def test_an_id_that_nobody_knows_is_an_error(filled):
    with pytest.raises(NotFound, match="没有导出任何数据"):
        export_person(filled.context(), "u_mistyped")
    with pytest.raises(ConfigurationError, match="USER="):
        export_person(filled.context(), " ")


def test_the_command_writes_a_file_that_nobody_else_may_read(
    filled, person, monkeypatch, capsys, tmp_path
):
    extra = {"client_id": "xopDEMO0001", "allow_http": True}
    for system, url, login, password in (
        ("xiaoe", filled.xiaoe_url, filled.app_id, "demo-secret-key"),
        ("mingdao", filled.hap_url, "demo-appkey", "demo-sign"),
    ):
        connection = {"conn_type": system, "host": url, "login": login, "password": password}
        name = f"AIRFLOW_CONN_{system.upper()}_DEFAULT"
        monkeypatch.setenv(name, json.dumps({**connection, "extra": extra}))
    monkeypatch.setenv("XIAOE_TOKEN_DIR", str(tmp_path))
    user_id, out = str(person["user_id"]), tmp_path / "person.json"

    assert export.main([user_id]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert export.main([user_id, "--out", str(out)]) == 0
    assert json.loads(out.read_text())["mingdao"] == printed["mingdao"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert str(person["phone"]) not in "".join(capsys.readouterr())

    assert export.main([user_id, "--out", str(out)]) == 1  # nothing is overwritten
    assert export.main([]) == 1
    assert "USER=" in capsys.readouterr().err
