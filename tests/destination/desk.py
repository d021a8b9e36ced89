"""Two declared worksheets, and a served HAP simulator that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.http.transport import Transport
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Field as LiveField
from connectors.mingdao.models import Option, Row
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.destination.sheets.fields import (
    FieldType,
    Policy,
    Worksheet,
    count,
    hidden,
    moment,
    money,
    relation,
    select,
    text,
)
from include.destination.sheets.provision import provision
from include.destination.sheets.record import Record
from include.destination.sheets.sheet import Sheet, open_sheet
from include.destination.sheets.worksheets import PROVENANCE
from include.destination.write.outcome import Outcome
from include.destination.write.upsert import Writer
from include.simulators.clock import VirtualClock
from include.simulators.faults import FaultPlan, FaultRule
from include.simulators.hap.app import create_app
from include.simulators.hap.deferred import Deferred
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN, HapStore
from include.simulators.journal import Journal
from include.simulators.server import serve
from tests.in_process import mounted

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

TEAMS = Worksheet("teams", "团队", "team_id", (text("team_id", "编号", Policy.ONCE, title=True),))
PEOPLE = Worksheet(
    "people",
    "人员",
    "person_id",
    (
        text("person_id", "编号", Policy.ONCE, title=True),
        text("nickname", "昵称"),
        text("note", "备注", Policy.ONCE),
        text("phone", "手机", Policy.FILL),
        select("segment", "客群", ("甲", "乙"), Policy.FILL),
        select("state", "状态", ("待付款", "已完成")),
        money("paid", "实付"),
        count("times", "次数"),
        moment("paid_at", "支付时间"),
        relation("team", "团队", "teams"),
        relation("teams", "团队们", "teams", many=True),
        hidden("filled", "填充记录"),
        *PROVENANCE,
    ),
)


def sheet_of(definition: Worksheet) -> Sheet:
    """Return a worksheet as if it had been read from HAP."""
    fields = [
        LiveField(
            id=f"id-{field.alias}",
            name=field.label,
            alias=field.alias,
            type=field.type.value,
            options=[Option(key=f"key-{option}", value=option) for option in field.options],
        )
        for field in definition.fields
    ]
    live = LiveWorksheet(id="id", name=definition.label, alias=definition.alias, fields=fields)
    return Sheet(definition, live, SHANGHAI, {field.alias: field for field in fields})


def row_of(sheet: Sheet, values: dict[str, Any], row_id: str = "row-1") -> Row:
    """Return a row as HAP lists it: numbers as text, options as objects, no multiple relations."""
    shown: dict[str, Any] = {}
    for alias, value in values.items():
        field = sheet.definition.field(alias)
        if field.type is FieldType.SELECT and value:
            shown[alias] = [{"key": f"key-{value}", "value": value}]
        elif field.type is FieldType.DATETIME and value:
            shown[alias] = value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        elif field.type is FieldType.RELATION:
            if not field.many:
                shown[alias] = [{"sid": one, "name": ""} for one in value]
        else:
            shown[alias] = "" if value is None else str(value)
    return Row(row_id, shown)


@dataclass
class Desk:
    """A served app with `people` and `teams` in it."""

    store: HapStore
    journal: Journal
    faults: FaultPlan
    base_url: str

    def renew(self, **switches: Any) -> Desk:
        """Empty the app, set the switches, provision anew."""
        self.faults.clear()
        for name, value in HapSettings(qps=0):
            setattr(self.store.settings, name, value)
        self.store.deferred = Deferred()
        self.store.worksheets.clear()
        for section in self.store.app.sections:
            for part in (section, *section.children):
                part.items.clear()
        provision(self.client(), (TEAMS, PEOPLE))
        for name, value in switches.items():
            setattr(self.store.settings, name, value)
        self.store.writes = 0
        self.journal.clear()
        return self

    def client(self, timezone: str = "Asia/Shanghai") -> MingdaoClient:
        transport = Transport(self.base_url, allow_http=True)
        return MingdaoClient(transport, appkey=DEMO_APPKEY, sign=DEMO_SIGN, timezone=timezone)

    def sheet(self, definition: Worksheet = PEOPLE) -> Sheet:
        return open_sheet(self.client(), definition)

    def upsert(self, *records: Record, sheet: Sheet | None = None, **options: Any) -> Outcome:
        """Upsert with a writer that moves the app's clock instead of sleeping."""
        writer = Writer(self.client(), sleep=self._sleep, **options)
        return writer.upsert(sheet or self.sheet(), records)

    def _sleep(self, seconds: float) -> None:
        self.store.clock.advance(seconds)

    def rows(self, alias: str = "people", *, recycled: bool = False) -> list[dict[str, Any]]:
        return [dict(row) for row in plain_rows(self.store, alias, recycled=recycled)]

    def row(self, key: str) -> dict[str, Any]:
        (row,) = (row for row in self.rows() if row["person_id"] == key)
        return row

    def fail(self, **rule: Any) -> None:
        self.faults.set([FaultRule(**rule)])

    def writes(self) -> list[str]:
        return [entry.effect for entry in self.journal.writes()]

    @property
    def person(self) -> Person:
        return Person(self.store)


@contextmanager
def served_desk(*, in_process: bool = True) -> Iterator[Desk]:
    store = HapStore.demo(HapSettings(qps=0), VirtualClock(NOW))
    gateway = create_app(store)
    with mounted(gateway) if in_process else serve(gateway) as base_url:
        simulation = gateway.simulation
        yield Desk(store, simulation.journal, simulation.faults, base_url)
