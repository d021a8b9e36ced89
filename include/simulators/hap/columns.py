"""What a filter, a sort or a projection may name: fields by id or alias, and the system fields.

System fields have two spellings, and both are accepted everywhere (contracts: hap §7.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from include.simulators.hap import relations
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Cell, Field, Row
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet


@dataclass(frozen=True, slots=True)
class Column:
    """A named value of a row. `field` is None for a system column; `is_rowid` marks the row id."""

    name: str
    family: Family
    read: Callable[[Row], Cell]
    field: Field | None = None
    is_rowid: bool = False


@dataclass(frozen=True, slots=True)
class SystemField:
    """A field that every worksheet has, with its name in either style."""

    id: str
    alias: str
    label: str
    type: str


# hap §7.5, in the vendor's order; the approval fields are always empty here
SYSTEM_FIELDS: tuple[SystemField, ...] = (
    SystemField("ownerid", "_owner", "拥有者", "Collaborator"),
    SystemField("caid", "_createdBy", "创建者", "Collaborator"),
    SystemField("ctime", "_createdAt", "创建时间", "DateTime"),
    SystemField("utime", "_updatedAt", "最近修改时间", "DateTime"),
    SystemField("uaid", "_updatedBy", "最近修改人", "Collaborator"),
    SystemField("wfname", "_processName", "流程名称", "Text"),
    SystemField("wfcuaids", "_nodeAssignees", "节点负责人", "Collaborator"),
    SystemField("wfcaid", "_initiatedBy", "发起人", "Collaborator"),
    SystemField("wfctime", "_initiatedAt", "发起时间", "DateTime"),
    SystemField("wfrtime", "_nodeStartedAt", "节点开始时间", "DateTime"),
    SystemField("wfcotime", "_approvalCompletedAt", "审批完成时间", "DateTime"),
    SystemField("wfdtime", "_dueAt", "截止时间", "DateTime"),
    SystemField("wfftime", "_remainingTime", "剩余时间", "Text"),
    SystemField("wfstatus", "_processStatus", "状态", "Text"),
)
_FAMILIES = {"Collaborator": Family.MEMBER, "DateTime": Family.DATETIME, "Text": Family.TEXT}
_READERS: dict[str, Callable[[Row], Cell]] = {
    "ctime": lambda row: row.ctime,
    "utime": lambda row: row.utime,
    "caid": lambda row: (row.caid,),
    "uaid": lambda row: (row.uaid,),
    "ownerid": lambda row: (row.ownerid,),
}


def _system() -> dict[str, Column]:
    columns = {
        "rowid": Column("rowid", Family.TEXT, lambda row: row.rowid, is_rowid=True),
        "autoid": Column("autoid", Family.NUMBER, lambda row: Decimal(row.autoid)),
    }
    columns["rowId"] = columns["rowid"]
    for system in SYSTEM_FIELDS:
        family = _FAMILIES[system.type]
        column = Column(system.id, family, _READERS.get(system.id, lambda row: ""))
        columns[system.id] = columns[system.alias] = column
    columns["_createAt"] = columns["ctime"]
    return columns


SYSTEM_COLUMNS: dict[str, Column] = _system()
SYSTEM_IDS = frozenset(column.name for column in SYSTEM_COLUMNS.values()) - {"rowid"}


def find(store: HapStore, sheet: Worksheet, name: object) -> Column | None:
    """Find the column that a request names; None where it names nothing."""
    if not isinstance(name, str):
        return None
    field = sheet.field(name)
    return SYSTEM_COLUMNS.get(name) if field is None else of_field(store, field)


def of_field(store: HapStore, field: Field) -> Column:
    """Return the column of a field."""
    return Column(field.id, field.family, _reader(store, field), field)


def _reader(store: HapStore, field: Field) -> Callable[[Row], Cell]:
    if field.reverse:
        return lambda row: relations.related_ids(store, field, row)
    empty: Cell = (
        ()
        if field.family in {Family.SELECT, Family.MEMBER, Family.RELATION, Family.ATTACHMENT}
        else ""
    )
    return lambda row: row.cells.get(field.id, empty)
