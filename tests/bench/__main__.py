"""`make bench`: loads, the same on Airflow, and the peers; results in docs/.

`BENCH_SIZES=1000,10000` chooses the sizes of the loads, `BENCH_PARTS=loads,airflow,peers` what is
measured at all; a part that is left out keeps its last results. `BENCH_LIMITS=on` leaves out the
loads for which the vendors set no limits. `BENCH_BEFORE=<commit>` measures each load with that
commit as well, right before. Every result is written as soon as it is there.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from include.demo import interrupts
from tests.bench.before import checkout, measure_load_before
from tests.bench.ceiling import measure_ceiling
from tests.bench.load import measure_load
from tests.bench.on_airflow import measure_on_airflow
from tests.bench.peer_runs import (
    PATIENCE,
    PEERS,
    REASONABLE,
    Runner,
    measure_clean,
    measure_trouble,
    run_ours,
)
from tests.bench.progress import say
from tests.bench.results import AIRFLOW, LOADS, keep
from tests.bench.results import PEERS as PEERS_SECTION
from tests.bench.table import write_tables

SIZES = (1_000, 10_000, 100_000)
PEER_SIZE, LARGE_PEER_SIZE = 1_000, 10_000
BUILD = Path(__file__).parents[2] / "build" / "bench"


def main() -> int:
    """Measure what was asked for; return 1 when a load ended wrong."""
    interrupts.raise_on_signals()
    sizes = [int(size) for size in _words("BENCH_SIZES")] or list(SIZES)
    parts = _words("BENCH_PARTS") or ["loads", "airflow", "peers"]
    measures: dict[str, Callable[[list[int]], bool]] = {
        "loads": _loads,
        "airflow": _airflow,
        "peers": _peers,
    }
    BUILD.mkdir(parents=True, exist_ok=True)
    right = [measures[part](sizes) for part in parts]
    return 0 if all(right) else 1


def _loads(sizes: list[int]) -> bool:
    with _scratch() as folder:
        ceiling = measure_ceiling(folder)
    runs: list[dict[str, Any]] = []
    commit = os.environ.get("BENCH_BEFORE", "")
    with _scratch() as place, checkout(commit, place) if commit else nullcontext() as older:
        chosen = _words("BENCH_LIMITS") or ["on", "off"]
        for limits, size in itertools.product((name == "on" for name in chosen), sizes):
            before = _load_before(older, size, limits=limits) if older else {}
            with _scratch() as folder:
                run = _attempt(measure_load, size, folder, limits=limits)
            runs.append({"orders": size, "limits": limits, **before, **run})
            write_tables(keep(LOADS, {"ceiling": ceiling, "before": commit, "runs": runs}))
            say(f"{size:,} orders, limits {'on' if limits else 'off'}: {_summary(run)}")
    return not any(run.get("error") or run["differences"] for run in runs)


def _load_before(place: Path, size: int, *, limits: bool) -> dict[str, Any]:
    with _scratch() as folder:
        run = _attempt(partial(measure_load_before, place), size, folder, limits=limits)
    say(f"{size:,} orders by the older commit: {run.get('error') or run['first']['wall_s']}")
    return {} if "error" in run else {"before": run}


def _airflow(sizes: list[int]) -> bool:
    with _scratch() as folder:
        run = _attempt(measure_on_airflow, folder)
    write_tables(keep(AIRFLOW, run))
    return not (run.get("error") or run["differences"])


def _peers(sizes: list[int]) -> bool:
    size = min(PEER_SIZE, max(sizes))
    runs: list[dict[str, Any]] = []
    ways: list[tuple[str, Runner]] = [("this pipeline", run_ours)]
    for peer in PEERS:
        peer.prepare()
        ways.append((peer.name, peer.run))
    for name, runner in ways:
        told: dict[str, Any] = {"name": name, "clean": []}
        runs.append(told)
        for orders in (size, LARGE_PEER_SIZE):
            if orders > max(sizes) or orders in [run["orders"] for run in told["clean"]]:
                continue
            longest = max((run.get("wall_s", PATIENCE) for run in told["clean"]), default=0)
            if longest * orders / size > REASONABLE:
                say(f"{name}: {orders:,} orders would take more than {REASONABLE / 60:.0f} minutes")
                continue
            say(f"{name}: {orders:,} orders in peace")
            with _scratch() as folder:
                clean = _attempt(measure_clean, runner, orders, folder)
            told["clean"].append({"orders": orders, **clean})
            say(f"{name}: {told['clean'][-1]}")
            write_tables(keep(PEERS_SECTION, {"runs": runs}))
        say(f"{name}: orders change meanwhile, answers get lost")
        with _scratch() as folder:
            told["trouble"] = _attempt(measure_trouble, runner, size, folder)
        say(f"{name}: {told['trouble']}")
        write_tables(keep(PEERS_SECTION, {"runs": runs}))
    return True


def _attempt(measure: Callable[..., dict[str, Any]], *given: Any, **named: Any) -> dict[str, Any]:
    """Measure; what goes wrong becomes a result of its own, and the rest is measured as well."""
    try:
        return measure(*given, **named)
    except Exception as error:
        say(f"failed: {error}")
        return {"error": f"{type(error).__name__}: {error}"[:500]}


def _summary(run: dict[str, Any]) -> str:
    if "error" in run:
        return str(run["error"]).splitlines()[0]
    first, again = run["first"], run["again"]
    return (
        f"{first['wall_s']} s (bound {first['bound_s']['seconds']} s), again {again['wall_s']} s, "
        f"{run['differences']} differences"
    )


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=BUILD))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


if __name__ == "__main__":
    sys.exit(main())
