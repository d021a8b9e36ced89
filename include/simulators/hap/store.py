"""All apps of the simulated service and what they contain, without any HTTP.

One lock guards everything: a handler holds it for a whole call, a test's human actor for one
edit. A worksheet is found by id, or by its alias within one app.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from include.simulators.clock import VirtualClock, written
from include.simulators.hap.deferred import Deferred
from include.simulators.hap.errors import HapError
from include.simulators.hap.ids import Ids
from include.simulators.hap.model import (
    API_USER,
    NO_USER,
    WORKFLOW_USER,
    App,
    Item,
    Key,
    OptionSet,
    Section,
    View,
)
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.worksheet import Worksheet

DEMO_APPKEY = "demo-appkey"
DEMO_SIGN = "demo-sign"


class Fate(StrEnum):
    """What becomes of a write: the settings can lose one or delay it."""

    APPLIED = "applied"
    LOST = "lost"
    LATE = "late"


class HapStore:
    """The whole state of the service, with its clock and its settings."""

    def __init__(
        self,
        settings: HapSettings | None = None,
        clock: VirtualClock | None = None,
        *,
        seed: int = 0,
    ) -> None:
        self.settings = settings or HapSettings()
        self.clock = clock or VirtualClock()
        self.ids = Ids(seed)
        self.lock = threading.RLock()
        self.deferred = Deferred()
        self.apps: dict[str, App] = {}
        self.worksheets: dict[str, Worksheet] = {}
        self.option_sets: dict[str, OptionSet] = {}
        self.users = {API_USER: "API", WORKFLOW_USER: "工作流", NO_USER: "未指定"}
        self.calls = 0
        self.writes = 0

    @classmethod
    def demo(
        cls,
        settings: HapSettings | None = None,
        clock: VirtualClock | None = None,
        *,
        name: str = "客户运营",
        seed: int = 0,
    ) -> HapStore:
        """Return a store with one empty app behind `demo-appkey` and `demo-sign`."""
        store = cls(settings, clock, seed=seed)
        store.add_app(name, DEMO_APPKEY, DEMO_SIGN)
        return store

    @property
    def app(self) -> App:
        """The first app."""
        return next(iter(self.apps.values()))

    def add_app(self, name: str, appkey: str, sign: str) -> App:
        """Add an app with one authorisation, an empty first section and a child section in it."""
        child = Section(self.ids.object_id(), "归档")
        section = Section(self.ids.object_id(), "数据同步", children=[child])
        last = Section(self.ids.object_id(), "其他")
        app = App(
            self.ids.uuid(), self.ids.uuid(), name, {appkey: Key(appkey, sign)}, [section, last]
        )
        self.apps[app.id] = app
        return app

    def authorise(self, appkey: str) -> tuple[App, Key] | None:
        """Find the app and the authorisation behind an appKey."""
        for app in self.apps.values():
            if appkey in app.keys:
                return app, app.keys[appkey]
        return None

    def sheet(self, name: str, app: App | None = None) -> Worksheet:
        """Find a worksheet of an app (default: the first) by id or alias.

        Raises:
            HapError: 430022 when there is none, 430013 when it belongs to another app.
        """
        app = app or self.app
        found = self.worksheets.get(name) or self._by_alias(name, app)
        if found is None:
            raise HapError(self.settings.unknown_worksheet_code)
        if found.app_id != app.id:
            raise HapError(self.settings.foreign_worksheet_code)
        return found

    def sheets(self, app: App | None = None) -> list[Worksheet]:
        """Return an app's worksheets in order of creation."""
        app_id = (app or self.app).id
        return [sheet for sheet in self.worksheets.values() if sheet.app_id == app_id]

    def add_sheet(self, app: App, name: str, alias: str, section: Section | None) -> Worksheet:
        """Add an empty worksheet with its default view; no section: in none."""
        view = View(self.ids.object_id(), "全部")
        sheet = Worksheet(self.ids.object_id(), app.id, name, alias, view)
        self.worksheets[sheet.id] = sheet
        if section is not None:
            section.items.append(Item(sheet.id))
        return sheet

    def remove_sheet(self, sheet: Worksheet) -> None:
        """Delete a worksheet and its entry in the navigation."""
        del self.worksheets[sheet.id]
        for top in self.apps[sheet.app_id].sections:
            for section in (top, *top.children):
                section.items = [i for i in section.items if i.worksheet_id != sheet.id]

    def now(self) -> datetime:
        """Return the present instant in the app's zone."""
        return self.clock.now().astimezone(ZoneInfo(self.settings.app_zone))

    def stamp(self, *, seconds_ago: float = 0.0) -> str:
        """Return the present second, or an earlier one, as rows carry it."""
        return written(self.now() - timedelta(seconds=seconds_ago))

    def next_fate(self) -> Fate:
        """Decide what becomes of the next write (`lost_write_every`, `late_write_every`)."""
        self.writes += 1
        if _every(self.writes, self.settings.lost_write_every):
            return Fate.LOST
        if _every(self.writes, self.settings.late_write_every):
            return Fate.LATE
        return Fate.APPLIED

    def _by_alias(self, alias: str, app: App) -> Worksheet | None:
        for sheet in self.worksheets.values():
            if sheet.alias == alias and sheet.app_id == app.id and alias:
                return sheet
        return None


def _every(count: int, step: int) -> bool:
    return step > 0 and count % step == 0
