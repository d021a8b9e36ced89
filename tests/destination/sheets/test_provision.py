"""The app's structure is made once, and nothing that does not fit is touched."""

from __future__ import annotations

import pytest

from connectors.errors import ConfigurationError, ConnectorError
from include.destination.sheets.provision import provision
from include.destination.sheets.record import Record
from include.destination.sheets.sheet import open_sheet
from include.destination.sheets.survey import State, table
from include.destination.sheets.worksheets import ORDERS, WORKSHEETS
from include.simulators.faults import Kind
from tests.destination.desk import PEOPLE, TEAMS, served_desk

BOTH = (TEAMS, PEOPLE)


@pytest.fixture(scope="module")
def served():
    """On a socket, for edits of the structure may take their time."""
    with served_desk(in_process=False) as desk:
        yield desk


@pytest.fixture
def empty(served):
    desk = served.renew()
    clear(desk)
    return desk


def clear(desk) -> None:
    desk.store.worksheets.clear()
    for section in desk.store.app.sections:
        for part in (section, *section.children):
            part.items.clear()
    desk.journal.clear()


def edits(desk) -> list[str]:
    return [
        e.api for e in desk.journal.entries() if e.api in {"worksheet.create", "worksheet.edit"}
    ]


def test_a_second_provisioning_changes_nothing(empty):
    provision(empty.client(), WORKSHEETS)
    assert edits(empty)
    empty.journal.clear()
    findings = provision(empty.client(), WORKSHEETS)
    assert edits(empty) == []
    assert {finding.state for finding in findings} == {State.FITS}


def test_relations_are_added_after_all_worksheets_one_edit_each(empty):
    provision(empty.client(), BOTH)
    assert edits(empty) == ["worksheet.create"] * 2 + ["worksheet.edit"] * 2


def test_only_what_is_missing_is_added(empty):
    provision(empty.client(), BOTH)
    empty.client().edit_worksheet("people", remove_fields=["nickname", "team"])
    empty.journal.clear()
    findings = provision(empty.client(), BOTH)
    missing = {f.field.alias for f in findings if f.state is State.MISSING and f.field}
    assert missing == {"nickname", "team"}
    assert len(edits(empty)) == 2
    assert open_sheet(empty.client(), PEOPLE).live.field("team").data_source


MISFITS = {
    "another type": ({"alias": "paid", "type": "Text"}, "paid"),
    "too few decimals": ({"alias": "paid", "type": "Number", "precision": 0}, "paid"),
    "a date without a time": ({"alias": "paid_at", "type": "Date"}, "paid_at"),
    "a text for a select": ({"alias": "state", "type": "Text"}, "state"),
}


@pytest.mark.parametrize(("field", "alias"), MISFITS.values(), ids=MISFITS.keys())
def test_what_does_not_fit_is_shown_in_one_table_and_nothing_is_changed(empty, field, alias):
    key = {"name": "编号", "alias": "person_id", "type": "Text", "required": True}
    empty.client().create_worksheet(
        "人员", "people", [key, {"name": "字段", "required": False, **field}]
    )
    empty.journal.clear()
    with pytest.raises(ConfigurationError) as caught:
        provision(empty.client(), BOTH)
    assert alias in str(caught.value)
    assert "✗" in str(caught.value)
    assert edits(empty) == []


def test_a_field_that_a_person_made_in_a_kindred_type_is_taken(empty):
    provision(empty.client(), BOTH)
    field = next(f for f in empty.store.sheet("people").fields if f.alias == "state")
    field.type = "Dropdown"
    empty.journal.clear()
    provision(empty.client(), BOTH)
    assert edits(empty) == []
    assert empty.upsert(Record("p1", {"state": "已完成"})).failures == {}
    assert empty.row("p1")["state"] == "已完成"


def test_a_preview_shows_what_is_missing_and_creates_nothing(empty):
    findings = provision(empty.client(), BOTH, preview=True)
    assert edits(empty) == []
    assert table(findings).count("将新建") == 2


SWITCHES = [
    {"new_sheet_section": "last"},
    {"new_sheet_section": "child"},
    {"new_sheet_section": "hidden"},
    {"section_id_key": "sectionId"},
    {"system_fields_in_structure": False},
    {"structure_type": "code"},
    {"option_deleted_as": "string"},
    {"creatable": "measured"},
    {"creatable": "union"},
    {"promote_title": False},
    {"alias_clash_code": 10002},
    {"duplicate_name": "refused"},
    {"max_fields": None},
    {"max_options": None},
    {"edit_options": "merge"},
    {"edit_option_keys": "new"},
    {"structure_overlap": "stale", "structure_edit_s": 0.01},
    {"error_spelling": "errorCode"},
    {"error_spelling": "code"},
    {"success_code": "absent"},
    {"unknown_worksheet_code": 10007},
    {"unknown_worksheet_code": 10002},
    {"unknown_worksheet_code": 430013},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_structure_is_made_and_used_under_every_switch(empty, switches):
    for name, value in switches.items():
        setattr(empty.store.settings, name, value)
    for _ in range(2):
        provision(empty.client(), BOTH)
    assert len(empty.store.worksheets) == 2
    assert empty.upsert(Record("p1", {"state": "已完成"})).failures == {}
    assert empty.row("p1")["state"] == "已完成"


@pytest.mark.parametrize("kind", [Kind.RESET_BEFORE, Kind.RESET_AFTER])
def test_a_provisioning_that_broke_off_is_completed_by_the_next(empty, kind):
    for number in range(1, 5):
        clear(empty)
        empty.fail(api="worksheet.[ce]*", kind=kind, nth=number)
        with pytest.raises(ConnectorError):
            provision(empty.client(), BOTH)
        empty.faults.clear()
        provision(empty.client(), BOTH)
        assert {f.state for f in provision(empty.client(), BOTH)} == {State.FITS}
        assert len(empty.store.worksheets) == 2


def test_a_worksheet_that_lacks_a_field_is_not_opened(desk):
    desk.client().edit_worksheet("people", remove_fields=["paid"])
    with pytest.raises(ConfigurationError, match="mingdao_setup"):
        desk.sheet()
    with pytest.raises(ConfigurationError, match="mingdao_setup"):
        desk.sheet(ORDERS)
