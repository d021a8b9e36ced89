"""The user's file is judged before anything is written, in words that say what to do."""

from __future__ import annotations

import pytest

from connectors.errors import ConfigurationError
from include.destination.sheets import user_mapping
from include.destination.sheets.provision import provision
from include.destination.sheets.record import Record
from include.destination.sheets.sheet import open_sheet
from include.destination.sheets.survey import State
from include.destination.sheets.worksheets import CUSTOMERS, GOODS, WORKSHEETS
from include.simulators.hap.model import Field as MadeField
from include.simulators.hap.model import Option
from tests.destination.sheets.test_provision import clear, edits


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "own_worksheets.toml"
    monkeypatch.setattr(user_mapping, "FILE", path)
    return path


@pytest.fixture
def app(served, file):
    """An app with a worksheet `kehu` that a person made, and nothing else."""
    desk = served.renew()
    clear(desk)
    sheet = desk.store.add_sheet(desk.store.app, "客户档案", "kehu", desk.store.app.sections[0])
    for name, kind, more in FIELDS:
        sheet.add_field(MadeField(desk.store.ids.object_id(), name, "", kind, **more))
    return desk


FIELDS = (
    ("编号", "Text", {"is_title": True}),
    ("手机号", "PhoneNumber", {}),
    ("备注", "RichText", {}),
    ("类别", "SingleSelect", {"options": [Option("k1", "决策者", 1)]}),
    ("渠道", "Dropdown", {}),
    ("等级", "Rating", {}),
    ("消费", "Currency", {"precision": 0}),
    ("注册日", "Date", {}),
    ("注册时", "DateTime", {"sub_type": 2}),
    ("同步于", "DateTime", {"sub_type": 1}),
    ("重名", "Text", {}),
    ("重名", "Text", {}),
    ("邮箱", "Text", {}),
)
FILE = '[customers]\nworksheet = "kehu"\nuser_id = "编号"\nemail = "邮箱"\n'

# the entry, and what the table must say of it
MISTAKES = {
    "worksheet nobody declared": ('[custmers]\nphone = "手机号"', "没有这张工作表"),
    "no such alias": (FILE + 'mobile = "手机号"', "没有这个字段别名"),
    "no such field": (FILE + 'phone = "电话号码"', "没有这个字段"),
    "no such worksheet": ('[goods]\nworksheet = "shangpin"', "没有这张工作表"),
    "two fields of one name": (FILE + 'name = "重名"', "有 2 个字段"),
    "two aliases, one name": (FILE + 'name = "手机号"\nphone = "手机号"', "被两个字段使用"),
    "a key left out": ("[customers]\nuser_id = false", "不能不要"),
    "bookkeeping left out": ("[customers]\nsource_hash = false", "不能不要"),
    "a needed field left out": ("[orders]\ncreated_at = false", "不能不要"),
    "a source without what follows": (FILE + "job_title = false", "也须写 false"),
    "neither a name nor false": (FILE + "phone = 7", "应为带引号的"),
    "true": (FILE + "phone = true", "应为带引号的"),
    "zero": (FILE + "phone = 0", "应为带引号的"),
    "the worksheet left out": ("[customers]\nworksheet = false", "应为带引号的"),
    "no table": ('customers = "kehu"', "应写成 [customers] 一节"),
    "one worksheet for two": (
        FILE + '[goods]\nworksheet = "kehu"\nname = "重名"',
        "被两张表使用",
    ),
    "rich text": (FILE + 'company = "备注"', "HTML"),
    "select for a text": (FILE + 'channel = "渠道"', "添一个选项"),
    "options missing": (FILE + 'segment = "类别"', "缺少选项 管理者、专业人员、执行者、其他"),
    "rating for a number": (FILE + 'purchase_count = "等级"', "类型应为 Number"),
    "too few decimals": (FILE + 'total_paid = "消费"', "小数位数应为 2"),
    "a date": (FILE + 'registered_at = "注册日"', "丢掉时间"),
    "hours": (FILE + 'registered_at = "注册时"', "只精确到小时"),
    "minutes for bookkeeping": (FILE + 'synced_at = "同步于"', "精确到秒"),
    "minutes for what orders are asked for by": (
        '[orders]\nworksheet = "kehu"\norder_id = "编号"\ncreated_at = "同步于"',
        "精确到秒",
    ),
    "a phone for a name": (FILE + 'name = "手机号"', "类型应为 Text"),
    "a phone as key": (FILE.replace("编号", "手机号"), "类型应为 Text"),
    "a field of a worksheet to be made": ('[goods]\nname = "名称"', "还没有建立"),
    "a field of ours without alias": (
        '[customers]\nworksheet = "kehu"\nuser_id = "编号"',
        "已有字段「邮箱」但没有别名",
    ),
}


@pytest.mark.parametrize(("text", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_set_up_refuses_a_wrong_entry_in_its_table_and_changes_nothing(app, file, text, words):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        provision(app.client(), WORKSHEETS)
    told = str(caught.value)
    assert words in told
    assert "✗" in told
    assert "own_worksheets.toml" in told
    assert edits(app) == []


@pytest.mark.parametrize(
    "name", ["no such field", "a phone for a name", "two aliases, one name", "rich text"]
)
def test_a_flow_does_not_open_a_worksheet_that_is_wrongly_named(app, file, name):
    text, words = MISTAKES[name]
    file.write_text(FILE, encoding="utf-8")
    provision(app.client(), WORKSHEETS)
    app.store.writes = 0
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words) as caught:
        open_sheet(app.client(), CUSTOMERS)
    assert "mingdao_setup" in str(caught.value)
    assert app.store.writes == 0


def test_one_worksheet_named_by_alias_and_by_id_is_still_one(app, file):
    file.write_text(
        FILE + f'[goods]\nworksheet = "{app.store.sheet("kehu").id}"\ngoods_id = "重名"',
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError, match="同一张工作表"):
        provision(app.client(), WORKSHEETS)
    assert edits(app) == []


def test_two_aliases_that_come_out_at_one_field_are_refused(app, file):
    sheet = app.store.sheet("kehu")
    sheet.rename_alias(next(field for field in sheet.fields if field.name == "邮箱"), "email")
    file.write_text(FILE.replace('email = "邮箱"', 'company = "邮箱"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="指向同一个字段"):
        provision(app.client(), WORKSHEETS)


def test_what_is_no_toml_is_refused_with_the_line(app, file):
    file.write_text("[customers\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="line 1"):
        provision(app.client(), WORKSHEETS)
    with pytest.raises(ConfigurationError, match=r"own_worksheets\.toml"):
        open_sheet(app.client(), GOODS)


def test_the_table_shows_what_is_mapped_and_what_is_left_out(app, file):
    file.write_text(FILE + 'phone = "手机号"\nwx_union_id = false\n', encoding="utf-8")
    findings = provision(app.client(), WORKSHEETS, preview=True)
    told = {(f.worksheet.alias, f.field.alias if f.field else ""): f for f in findings}
    assert "客户档案" in told["customers", ""].detail
    assert "手机号" in told["customers", "phone"].detail
    assert told["customers", "wx_union_id"].state is State.LEFT_OUT
    assert told["customers", "company"].state is State.MISSING
    assert edits(app) == []


def test_a_worksheet_of_ours_is_made_without_what_is_left_out(app, file):
    file.write_text("[goods]\nname = false\nsummary = false\n", encoding="utf-8")
    provision(app.client(), WORKSHEETS)
    made = app.store.sheet("goods")
    assert made.field("name") is None
    assert made.title is made.field("goods_id")
    assert (
        app.upsert(
            Record("g1", {"name": "课程", "price": None}), sheet=open_sheet(app.client(), GOODS)
        ).failures
        == {}
    )
    assert open_sheet(app.client(), GOODS).left_out == {"name", "summary"}


def test_a_field_that_set_up_adds_neither_takes_the_title_nor_asks_a_person_to_fill_it(app, file):
    file.write_text('[customers]\nworksheet = "kehu"\nemail = "邮箱"\n', encoding="utf-8")
    provision(app.client(), WORKSHEETS)
    sheet = app.store.sheet("kehu")
    assert sheet.title.name == "编号"
    assert not sheet.field("user_id").required
    assert not sheet.field("user_id").is_unique


@pytest.mark.parametrize("bare_phone", ["stored", "prefixed", "blank"])
def test_a_phone_field_reads_back_what_was_written_or_is_not_written(app, file, bare_phone):
    app.store.settings.bare_phone = bare_phone
    file.write_text(FILE + 'phone = "手机号"\n', encoding="utf-8")
    provision(app.client(), WORKSHEETS)
    sheet = open_sheet(app.client(), CUSTOMERS)
    records = [
        Record(f"u{number}", {"phone": phone})
        for number, phone in enumerate(
            ["13800138000", "+14155550123", "138****8000", "010-1234567"]
        )
    ]
    app.upsert(*records, sheet=sheet)
    writes = app.store.writes
    assert set(app.upsert(*records, sheet=sheet).actions.values()) == {"unchanged"}
    assert app.store.writes == writes
    field = next(field for field in app.store.sheet("kehu").fields if field.name == "手机号")
    held = {row["编号"]: row[field.id] for row in named_rows(app)}
    assert held == {"u0": "+8613800138000", "u1": "+14155550123", "u2": None, "u3": None}


def named_rows(app):
    key = next(field for field in app.store.sheet("kehu").fields if field.name == "编号").id
    return [{**row, "编号": row[key]} for row in app.rows("kehu")]


def test_each_app_has_worksheets_of_its_own(app, file, tmp_path, monkeypatch):
    shops = tmp_path / "shops.toml"
    shops.write_text(
        '[[shop]]\nname = "default"\n[[shop]]\nname = "academy"\nmingdao = "mingdao_academy"\n'
    )
    monkeypatch.setenv("XIAOE_SHOPS_FILE", str(shops))
    file.write_text(FILE.replace("[customers]", "[mingdao_academy.customers]"), encoding="utf-8")
    assert user_mapping.read_own("mingdao_default").by_alias == {}
    assert user_mapping.read_own("mingdao_default").mistakes == []
    assert user_mapping.read_own("mingdao_academy").name_of("customers") == "kehu"


def test_a_connection_that_no_shop_uses_is_a_mistake(file):
    file.write_text(FILE.replace("[customers]", "[mingdao_acadmy.customers]"), encoding="utf-8")
    (mistake,) = user_mapping.read_own("mingdao_default").mistakes
    assert mistake.worksheet == "mingdao_acadmy"
