"""First loads and no-change runs: the flow of `dags/xiaoe_orders.py` without Airflow around it.

Each task of the DAG is a fresh process here, and as many batches run at once as the DAG allows, so
that 100,000 orders do not cost 500 starts of an Airflow task.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from airflow_extras.xcom import decoded
from include.flows.run.batches import AT_ONCE, Batch, BatchRefs
from include.flows.run.window import RunWindow
from tests.bench import minimum, stages
from tests.bench.data_set import SPAN, last_order_at
from tests.bench.fresh_process import Ended, ProcessLostError, run_fresh
from tests.bench.progress import say
from tests.bench.stages import Site
from tests.bench.vendors import (
    LATENCY,
    Mark,
    Request,
    Vendors,
    calls_by_api,
    serve_vendors,
    throttled_by_api,
)
from tests.bench.verdict import business_writes, differences_of

TRIES = 3
SHOWN_DIFFERENCES = 5

Work = tuple[Site, Batch, list[str] | None]


@dataclass
class Run:
    """One run of the flow: its seconds and those of each stage, and what its processes used."""

    wall: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    batches: int = 0
    largest_batch: int = 0
    xcom_bytes: int = 0
    repeated: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def note(self, stage: str, ended: Ended) -> None:
        """Add what one process used."""
        self.cpu_seconds += ended.cpu_seconds
        self.peak_mib[stage] = max(self.peak_mib.get(stage, 0.0), round(ended.peak_mib, 1))


def measure_load(orders: int, folder: Path, *, limits: bool) -> dict[str, Any]:
    """Load so many orders into an empty app, run again, and compare with the truth."""
    busy_before = psutil.cpu_percent(interval=2) / 100
    until = last_order_at(datetime.now().astimezone())
    say(f"{orders:,} orders, limits {'on' if limits else 'off'}: building the shop")
    with serve_vendors(folder, orders, until) as vendors:
        site = Site(vendors.urls["xiaoe"], vendors.urls["hap"], folder / "shared", paced=limits)
        must(run_fresh(stages.provision, site, patience=600))
        vendors.conditions(limits=limits, latency=LATENCY)
        window = stages.window_of(until - SPAN, vendors.now() - timedelta(minutes=1))
        marks = [vendors.mark()]
        first = run_flow(site, window, vendors, patience=600 + orders * 0.03)
        marks.append(vendors.mark())
        again = run_flow(site, window, vendors, patience=600 + orders * 0.01)
        marks.append(vendors.mark())
        say("checking the end state")
        vendors.stop()
        facts = minimum.facts_of(vendors.truth())
        different = differences_of(vendors)
        return {
            "orders": orders,
            "limits": limits,
            "latency_ms": round(LATENCY * 1000),
            "busy_before": round(busy_before, 2),
            "facts": vars(facts),
            "first": _told(vendors, first, (marks[0], marks[1]), minimum.first_load(facts)),
            "again": _told(vendors, again, (marks[1], marks[2]), minimum.no_change(facts)),
            "simulators_peak_mib": {k: round(v, 1) for k, v in vendors.peak_mib.items()},
            "differences": len(different),
            "shown_differences": different[:SHOWN_DIFFERENCES],
        }


def run_flow(site: Site, window: RunWindow, vendors: Vendors, *, patience: float) -> Run:
    """Run the flow once, stage after stage; a stage that fails ends it, as in Airflow."""
    run, calls, begun = Run(), Counter[str](), time.monotonic()
    deadline = begun + patience

    def stage(name: str, function: Any, *arguments: Any) -> Any:
        ended = run_fresh(function, *arguments, patience=max(1, deadline - time.monotonic()))
        run.stages[name] = ended.wall
        run.note(name, ended)
        value = must(ended)
        calls.update((value or {}).get("calls") or {})
        return value

    listed = stage("list_orders", stages.list_stage, site, window)
    crossed = json.loads(json.dumps(listed))  # as it comes out of XCom
    batches = decoded(list[Batch], crossed["batches"])
    refs = decoded(list[BatchRefs], crossed["batches"])
    site = replace(site, app=crossed["app"])
    run.batches, run.largest_batch = len(batches), listed["largest"]
    run.xcom_bytes = listed["xcom_bytes"]
    told: list[dict[str, Any]] = []
    if batches:
        with ThreadPoolExecutor() as pool:
            goods = pool.submit(stage, "sync_goods", stages.goods_stage, site, refs)
            buyers = pool.submit(stage, "sync_buyers", stages.customers_stage, site, refs)
        goods.result()
        work = [(site, batch, buyers.result()["left"]) for batch in batches]
        started = time.monotonic()
        for value in _sync(work, run, vendors, deadline):
            told.append(value["told"])
            calls.update(value["calls"])
        run.stages["sync_orders"] = time.monotonic() - started
    stage("settle", stages.settle_stage, site, window, batches, told, dict(calls))
    run.wall = time.monotonic() - begun
    return run


def must(ended: Ended) -> Any:
    """Return what a process returned; raises RuntimeError with its traceback where it failed."""
    if ended.failure:
        raise RuntimeError(f"{ended.failure}\n{ended.told}")
    return ended.value


def _sync(batches: list[Work], run: Run, vendors: Vendors, deadline: float) -> list[dict[str, Any]]:
    """Run the batches, some at once; a failed one is tried again, as Airflow does."""
    lock, done = threading.Lock(), []

    def work(given: Work) -> None:
        label = given[1].label
        for attempt in range(1, TRIES + 1):
            left = max(1.0, deadline - time.monotonic())
            ended = run_fresh(stages.batch_stage, *given, patience=left)
            with lock:
                run.note("sync_orders", ended)
                if not ended.failure:
                    done.append(ended.value)
                    return
                kept = run.repeated if attempt < TRIES else run.failed
                kept.append(f"{label}: {ended.failure}")
                last_words = ended.told.strip().splitlines()[-1:]
                say(f"batch {label}, try {attempt}: {ended.failure} {last_words}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(work, batch) for batch in batches}
        shown = time.monotonic()
        while waiting:
            time.sleep(0.1)
            for future in [one for one in waiting if one.done()]:
                waiting.remove(future)
                try:
                    future.result()
                except ProcessLostError:
                    pool.shutdown(cancel_futures=True, wait=False)
                    raise
            if time.monotonic() - shown > 15:
                shown = time.monotonic()
                over = len(batches) - len(waiting)
                say(f"  {over}/{len(batches)} batches, {vendors.calls_so_far():,} calls so far")
    return done


def _told(
    vendors: Vendors, run: Run, marks: tuple[Mark, Mark], fewest: Counter[str]
) -> dict[str, Any]:
    """Return what is kept of one run."""
    asked: dict[str, list[Request]] = vendors.between(*marks)
    calls, throttled = calls_by_api(asked), throttled_by_api(asked)
    of_calls, by = minimum.shortest(calls)
    of_minimum, by_minimum = minimum.shortest(fewest)
    return {
        "wall_s": round(run.wall, 2),
        "stages_s": {name: round(seconds, 2) for name, seconds in run.stages.items()},
        "batches": run.batches,
        "largest_batch": run.largest_batch,
        "xcom_bytes": run.xcom_bytes,
        "peak_mib": run.peak_mib,
        "cpu_s": round(run.cpu_seconds, 1),
        "simulators_cpu_s": round(marks[1].cpu_seconds - marks[0].cpu_seconds, 1),
        "repeated": run.repeated,
        "failed": run.failed,
        "calls": {
            api: {"measured": calls[api], "minimum": fewest[api], "throttled": throttled[api]}
            for api in sorted(calls | fewest)
        },
        "bound_s": {"seconds": round(of_calls, 2), "by": by},
        "minimum_bound_s": {"seconds": round(of_minimum, 2), "by": by_minimum},
        "writes": dict(business_writes(asked["hap"])),
    }
