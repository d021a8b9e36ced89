"""`python -m tests.backfill`: 90 days backfilled beside the live schedule, on a real scheduler.

While both run the shop does not stand still: orders are placed, paid, refunded and settled, also
old ones that the backfill is just reading. Ninety days are asked for over the REST API, as the
Backfill dialog does, and three older ones by `airflow backfill create`. When everything is over an
oracle that shares no code with the pipeline compares each order with the shop's truth.

Ends with status 0 when nothing differs. Takes as long as the live schedule needs: two runs beside
the backfill and one after the last change, so half an hour at most on two idle cores.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from include.demo.airflow_api import Run
from include.demo.screen import Screen
from include.demo.steps import BASE_DATA, ORDERS, RECONCILE, SETUP, RunsFailedError, last_days
from include.simulators.xiaoe.live import Ticker
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.shop import Shop
from tests.backfill.stage import Stage, open_stage
from tests.pipeline.oracle import duplicates, order_differences

BY_COMMAND = 3  # days before the others
AT_ONCE = 3
LIVE_RUNS = 2  # at least, beside the backfill
POLL = 2.0
LAG = timedelta(seconds=35)  # a run leaves out what is younger than half a minute


class Restless:
    """Lets the shop live, an event every so many seconds, until it is told to rest."""

    def __init__(self, source: Shop, seconds: float) -> None:
        self.events: Counter[str] = Counter()
        self._ticker, self._seconds = Ticker(source, seed=7), seconds
        self._resting = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def rest(self) -> datetime:
        """Stop; returns when the last event can have been."""
        self._resting.set()
        self._thread.join()
        return datetime.now(UTC)

    def _live(self) -> None:
        while not self._resting.wait(self._seconds):
            self.events[self._ticker.tick()["event"]] += 1


def main() -> int:
    options = _arguments()
    screen = Screen()
    source = demo_shop(
        options.seed, days=options.days + BY_COMMAND + 1, orders_per_day=options.orders_per_day
    )
    folder = Path(tempfile.mkdtemp(prefix="backfill-"))
    with open_stage(source, folder, screen) as stage:
        report, faults = rehearse(stage, screen, options)
    screen.note(json.dumps(report, ensure_ascii=False, indent=2))
    for fault in faults[:50]:
        screen.note(f"✘ {fault}")
    if faults:
        screen.note(f"logs: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def rehearse(
    stage: Stage, screen: Screen, options: argparse.Namespace
) -> tuple[dict[str, Any], list[str]]:
    """Run it all; returns the numbers, and what is wrong in words."""
    stage.flow.run_once(SETUP, "建表", "set up the worksheets")
    stage.flow.run_once(BASE_DATA, "基础数据", "customers, goods, columns, answers")
    window = last_days(options.days, datetime.now(UTC))
    shop = Restless(stage.source, options.every)
    begun = time.monotonic()
    with screen.step(f"回填 {options.days} 天", f"backfill {options.days} days") as step:
        stage.api.pause(ORDERS, paused=False)
        shop.start()
        stage.api.backfill(ORDERS, window.since, window.until, AT_ONCE)
        _wait(stage, lambda done: screen.update(step, done))
        taken = time.monotonic() - begun
    older = window.since - timedelta(days=BY_COMMAND)
    with screen.step(f"命令行再回填 {BY_COMMAND} 天", f"{BY_COMMAND} older days by command"):
        stage.command(
            *("backfill", "create", "--dag-id", ORDERS),
            *("--from-date", older.isoformat()),
            *("--to-date", window.since.isoformat()),
        )
        _wait(stage)
    with screen.step("实时运行追上", "the live schedule catches up"):
        _until(lambda: len(_live(stage)) >= LIVE_RUNS)
        last = shop.rest()
        _until(lambda: any(_ends(run) > last + LAG for run in _live(stage)))
    faults = _failed_runs(stage) + _watermark_faults(stage)
    faults += order_differences(stage.source, stage.store, since=older)
    faults += [f"{name} has two rows" for name in duplicates(stage.store)]
    try:
        stage.flow.run_once(RECONCILE, "核对", "compare both sides, as every night")
    except RunsFailedError as red:
        faults.append(str(red))
    backfilled = stage.api.runs(ORDERS, kind="backfill")
    report = {
        "days": options.days + BY_COMMAND,
        "seconds for the 90 days": round(taken),
        "backfill runs": len(backfilled),
        "live runs": len(_live(stage)),
        "changes meanwhile": dict(shop.events),
        "orders compared": len(stage.source.orders.current),
        "differences": len(faults),
    }
    return report, faults


def _wait(stage: Stage, tell: Callable[[str], None] = lambda _: None) -> None:
    """Wait until no backfill is open."""

    def over() -> bool:
        runs = stage.api.runs(ORDERS, kind="backfill")
        done = sum(run.is_over for run in runs)
        tell(f"{done}/{len(runs)} 次运行 runs, {len(_live(stage))} 次定时 live")
        stage.flow.fleet.check()
        return not stage.api.open_backfills(ORDERS) and done == len(runs)

    _until(over)


def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(POLL)


def _live(stage: Stage) -> list[Run]:
    """Return the live runs that succeeded."""
    return [run for run in stage.api.runs(ORDERS, kind="scheduled") if run.state == "success"]


def _ends(run: Run) -> datetime:
    assert run.end_of_data is not None
    return run.end_of_data


def _failed_runs(stage: Stage) -> list[str]:
    return [
        f"{run.run_id} failed"
        for kind in ("backfill", "scheduled")
        for run in stage.api.runs(ORDERS, kind=kind)
        if run.state == "failed"
    ]


def _watermark(stage: Stage) -> dict[str, Any]:
    """Return the stored watermark, with the run that wrote it."""
    assets = stage.api.get("/api/v2/assets", name_pattern=ORDERS)["assets"]
    number = next(asset["id"] for asset in assets if asset["name"] == ORDERS)
    return stage.api.get(f"/api/v2/assets/{number}/state-store/watermark")


def _watermark_faults(stage: Stage) -> list[str]:
    """Tell where the watermark is not the end of the newest live run, or not its work."""
    told = _watermark(stage)
    newest = max(_ends(run) for run in _live(stage))
    moment, writer = datetime.fromisoformat(told["value"]), json.dumps(told)
    faults = []
    if abs(moment - newest) > timedelta(minutes=1):
        faults.append(f"the watermark is {moment}, the newest live run ended at {newest}")
    if "scheduled__" not in writer:
        faults.append(f"the watermark was not written by a live run: {writer}")
    return faults


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.backfill", description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--orders-per-day", type=int, default=3)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two events")
    parser.add_argument("--seed", type=int, default=11)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
