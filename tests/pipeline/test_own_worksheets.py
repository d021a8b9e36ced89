"""A user's own worksheets, made by hand, serve the whole pipeline under their own names."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

import pytest

from include.destination.sheets import user_mapping
from include.destination.sheets.worksheets import WORKSHEETS
from include.doctor.context import DoctorContext
from include.doctor.examine import examine
from include.doctor.findings import State
from include.flows.customers.audiences import refresh_audiences
from include.flows.customers.erase import erase_customer
from include.flows.orders.explain import explain_order
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from include.status.app import App
from include.status.rows import count_customers, newest_order
from tests.pipeline.hand_made import LEFT_OUT, MADE, make_app
from tests.pipeline.nights import DAYS, night
from tests.pipeline.world import open_world

DEFINITIONS = {sheet.alias: sheet for sheet in WORKSHEETS}
SHARED = [one.alias for one in MADE if one.alias != "sync_errors"]


def run_all(world) -> None:
    world.base_data()
    world.all_orders()
    refresh_audiences(world.context())


def source():
    return demo_shop(5, days=DAYS, orders_per_day=2)


@contextmanager
def own_app(folder):
    """Open a world whose app is the user's own, set up and with everything in it."""
    with open_world(source(), folder) as world:
        world.made = make_app(world.store)
        world.before = world.made.structure()
        world.file = folder / "own_worksheets.toml"
        world.file.write_text(world.made.toml, encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(user_mapping, "FILE", world.file)
            world.set_up()
            run_all(world)
        yield world


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What the pipeline writes into its own worksheets, as the yardstick."""
    with open_world(source(), tmp_path_factory.mktemp("plain")) as world:
        world.set_up()
        run_all(world)
        return {alias: plain_rows(world.store, alias) for alias in SHARED}


@pytest.fixture(scope="module")
def one_app(tmp_path_factory):
    with own_app(tmp_path_factory.mktemp("own")) as world:
        yield world


@pytest.fixture(scope="module")
def another_app(tmp_path_factory):
    with own_app(tmp_path_factory.mktemp("another")) as world:
        yield world


@pytest.fixture
def unchanged(one_app, monkeypatch):
    """An own app for tests that change nothing in it."""
    monkeypatch.setattr(user_mapping, "FILE", one_app.file)
    return one_app


@pytest.fixture
def mine(another_app, monkeypatch):
    """Another one, for tests that touch a row each."""
    monkeypatch.setattr(user_mapping, "FILE", another_app.file)
    return another_app


def held(rows, definition):
    """Return the rows by key, as far as both apps can agree: minutes, digits, numbers of links.

    The share of customers with a phone is none of it: some are phones for a text field alone.
    """
    bookkeeping = {"source_hash", "filled", "synced_at"}
    without = {*bookkeeping, "phone_share", *LEFT_OUT.get(definition.alias, ())}
    return {
        row[definition.key]: {
            field.alias: comparable(row[field.alias])
            for field in definition.fields
            if field.alias not in without
        }
        for row in rows
    }


def comparable(value):
    if isinstance(value, list):
        return len(value)
    if isinstance(value, str):
        value = value.removeprefix("+86")
        try:
            return datetime.fromisoformat(value).replace(second=0)
        except ValueError:
            return value
    return value.normalize() if isinstance(value, Decimal) else value


def writable(rows):
    """Leave out phones that a phone field cannot hold."""
    for row in rows.values():
        phone = row.get("phone")
        dialled = phone and len(phone) == 11 and phone.startswith("1") and phone.isdigit()
        if "phone" in row and not (dialled or str(phone).startswith("+")):
            row["phone"] = None
    return rows


@pytest.mark.parametrize("alias", SHARED)
def test_own_fields_hold_what_the_default_ones_would(unchanged, plain, alias):
    definition = DEFINITIONS[alias]
    expected = writable(held(plain[alias], definition))
    assert expected
    assert held(unchanged.made.rows(alias), definition) == expected


def test_set_up_adds_bookkeeping_alone_and_changes_no_field_of_a_person(unchanged):
    after = unchanged.made.structure()
    assert {name: after[name] for name in unchanged.before} == unchanged.before
    customers = unchanged.made.sheets["customers"]
    added = {field.alias for field in customers.fields if field.id not in unchanged.before}
    assert added == {"shop", "source_hash", "source_updated_at", "synced_at", "filled"}
    names = [sheet.alias for sheet in unchanged.store.sheets() if sheet.alias]
    assert names == ["merged_accounts", "sync_config", "sync_ledger"]


def test_the_second_run_writes_nothing(unchanged):
    run_all(unchanged)
    assert night(unchanged).green
    # The night fills in the verified phone of whoever typed one that a phone field cannot hold.
    refresh_audiences(unchanged.context())
    before = [plain_rows(unchanged.store, unchanged.made.sheets[alias].id) for alias in SHARED]
    run_all(unchanged)
    assert night(unchanged).green
    assert [
        plain_rows(unchanged.store, unchanged.made.sheets[alias].id) for alias in SHARED
    ] == before


def test_left_out_fields_are_untouched_and_a_persons_rows_are_let_be(mine):
    customers, orders = mine.made.sheets["customers"], mine.made.sheets["orders"]
    kept = mine.made.field("customers", "company").id
    person = Person(mine.store)
    row = mine.made.rows("customers")[0]
    person.edit(customers.id, row["rowid"], {kept: "手填的公司  \n原样"})
    offline = {mine.made.field("orders", "created_at").id: orders_day(mine)}
    row_id = person.add(orders.id, {**offline, mine.made.field("orders", "goods_name").id: "线下"})
    run_all(mine)
    told = night(mine)
    assert told.green, told.error
    cells = {one["rowid"]: one for one in mine.made.rows("customers")}
    assert cells[row["rowid"]]["company"] == "手填的公司  \n原样"
    assert {one["company"] for one in mine.made.rows("customers")} == {"手填的公司  \n原样", None}
    assert {one["promoter"] for one in mine.made.rows("orders")} == {None}
    assert next(r for r in mine.made.rows("orders") if r["rowid"] == row_id)["goods_name"] == "线下"


def orders_day(world) -> str:
    return max(row["created_at"] for row in world.made.rows("orders"))


def test_a_correction_in_an_own_field_stays(mine):
    row = next(one for one in mine.made.rows("customers") if one["name"])
    name = mine.made.field("customers", "name").id
    Person(mine.store).edit(mine.made.sheets["customers"].id, row["rowid"], {name: "改过的姓名"})
    run_all(mine)
    rows = {one["rowid"]: one for one in mine.made.rows("customers")}
    assert rows[row["rowid"]]["name"] == "改过的姓名"


def test_a_wrong_cell_in_an_own_field_is_found_and_repaired_at_night(mine):
    row = [one for one in mine.made.rows("orders") if one["order_id"]][-1]
    field = mine.made.field("orders", "amount_paid").id
    Person(mine.store).edit(mine.made.sheets["orders"].id, row["rowid"], {field: 99999})
    told = night(mine)
    assert told.green, told.error
    assert row["order_id"] in told.compared.named
    assert {one["rowid"]: one for one in mine.made.rows("orders")}[row["rowid"]] | {
        "utime": "",
        "uaid": "",
        "source_hash": "",
        "synced_at": "",
    } == row | {"utime": "", "uaid": "", "source_hash": "", "synced_at": ""}


def test_explain_and_page_read_the_own_fields(unchanged):
    order = unchanged.made.rows("orders")[-1]
    story = "\n".join(explain_order(unchanged.context(), order["order_id"]))
    assert "✓ 每一项都相同" in story, story
    assert "我的·amount_paid" in story
    newest = newest_order(App(unchanged.hap()), unchanged.app_id)
    assert newest is not None
    assert newest.created_at is not None
    counted = count_customers(App(unchanged.hap()), unchanged.app_id)
    assert counted.total == len(unchanged.made.rows("customers"))
    assert sum(number or 0 for number in counted.segments.values()) == counted.total


def test_erasing_finds_the_person_in_the_own_worksheets(mine):
    buyers = {row["customer"][0] for row in mine.made.rows("orders") if row["customer"]}
    person = next(row for row in mine.made.rows("customers") if row["rowid"] in buyers)
    counts = erase_customer(mine.context(), person["user_id"])
    assert counts["customers"] == 1
    assert counts["orders"] > 0
    assert all(row["user_id"] != person["user_id"] for row in mine.made.rows("customers"))
    assert all(person["rowid"] not in row["customer"] for row in mine.made.rows("orders"))


def test_the_doctor_finds_the_own_worksheets_in_order(unchanged):
    report = examine(DoctorContext(unchanged.context()))
    assert list(report.blocking) == []
    assert "自建客户（我的·user_id）" in report.table()
    assert not any(one.state is State.WRONG and "字段" in one.check.zh for one in report.findings)
    keys = [row["user_id"] for row in unchanged.made.rows("customers")]
    assert not any(str(key).startswith("doctor") for key in keys)


def test_another_mapping_fills_the_new_field_in_every_row(mine):
    before = {row["order_id"] for row in mine.made.rows("orders") if row["pay_method"]}
    assert before == set()
    named = mine.made.toml.replace("pay_method = false", 'pay_method = "我的·pay_method"')
    user_mapping.FILE.write_text(named, encoding="utf-8")
    mine.set_up()
    run_all(mine)
    paid = [row for row in mine.made.rows("orders") if row["paid_at"]]
    assert paid
    assert all(row["pay_method"] for row in paid)
