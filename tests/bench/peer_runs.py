"""The same work done by others, on the same simulators: how many calls, how long, how it ends.

Each peer has a folder with its requirements and `run.py`, which loads what changed since its last
run. It gets both addresses, the range of a first run and a folder for its state. Its packages are
installed apart from ours, below `build/`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from include.flows.run.window import LAG, OVERLAP
from tests.bench import stages
from tests.bench.data_set import SPAN, last_order_at
from tests.bench.fresh_process import ProcessLostError, run_fresh
from tests.bench.load import must, run_flow
from tests.bench.progress import say
from tests.bench.vendors import LATENCY, Vendors, calls_by_api, serve_vendors, throttled_by_api
from tests.bench.verdict import order_faults
from tests.paths import ROOT

FOLDER = Path(__file__).parent / "peers"
BUILD = ROOT / "build" / "bench"
PATIENCE = 900.0  # for one run of a peer
REASONABLE = 600.0  # a larger load that would take longer is left out
REFUNDS = 5
# A creation is carried out, and the connection reset instead of an answer.
LOST_ANSWERS = (
    {"vendor": "hap", "api": "rows.batch_create", "kind": "reset_after", "nth": 3},
    {"vendor": "hap", "api": "rows.create", "kind": "reset_after", "nth": 40},
)

Runner = Callable[[Vendors, Path, datetime, datetime], str]


@dataclass(frozen=True)
class Peer:
    """Somebody else's way; `folder` below `peers/`."""

    name: str
    folder: str

    def prepare(self) -> None:
        """Install what it needs, once for each version of its requirements."""
        wanted = FOLDER / self.folder / "requirements.txt"
        mark = self._home / hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]
        if mark.exists():
            return
        say(f"installing {self.name}")
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "-q", "--clear", self._home], check=True)
        command = [uv, "pip", "install", "-q", "--python", self._python, "-r", wanted]
        subprocess.run(command, check=True)
        mark.touch()

    def run(self, vendors: Vendors, folder: Path, since: datetime, until: datetime) -> str:
        """Run it once; return how it ended, empty when all went well."""
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / "log"
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {
            "BENCH_XIAOE_URL": vendors.urls["xiaoe"],
            "BENCH_HAP_URL": vendors.urls["hap"],
            "BENCH_SINCE": since.isoformat(),
            "BENCH_UNTIL": until.isoformat(),
            "BENCH_STATE": str(folder),
            "PYTHONPATH": str(FOLDER),
            "NO_PROXY": "*",
            "RUNTIME__DLTHUB_TELEMETRY": "false",
        }
        command = [self._python, FOLDER / self.folder / "run.py"]
        with log.open("ab") as output:
            try:
                ended = subprocess.run(
                    command,
                    env=environment,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=PATIENCE,
                    cwd=folder,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return f"not done in {PATIENCE:.0f} s"
        if ended.returncode:
            say(f"  {self.name} ended with {ended.returncode}: {_last_line(log)}")
            return f"exit status {ended.returncode}"
        return ""

    @property
    def _home(self) -> Path:
        return BUILD / self.folder

    @property
    def _python(self) -> Path:
        return self._home / "bin" / "python"


PEERS = (
    Peer("no-code workflow", "sequential"),
    Peer("dlt", "dlt_rest"),
    Peer("Meltano SDK", "singer"),
)


def run_ours(vendors: Vendors, folder: Path, since: datetime, until: datetime) -> str:
    """Run our flow once, as its schedule would."""
    site = stages.Site(vendors.urls["xiaoe"], vendors.urls["hap"], folder / "shared")
    folder.mkdir(parents=True, exist_ok=True)
    watermark, until = folder / "watermark", until - LAG
    if watermark.exists():
        since = datetime.fromisoformat(watermark.read_text()) - OVERLAP
    try:
        run = run_flow(site, stages.window_of(since, until), vendors, patience=PATIENCE)
    except (RuntimeError, ProcessLostError) as error:  # a red run: the watermark stays
        say(f"  {error}")
        return str(error).splitlines()[0]
    watermark.write_text(until.isoformat())
    return ", ".join(run.failed)


def measure_clean(runner: Runner, orders: int, folder: Path) -> dict[str, Any]:
    """Let somebody load so many orders in peace, with limits and latency."""
    until = last_order_at(datetime.now().astimezone())
    with serve_vendors(folder / "vendors", orders, until) as vendors:
        _set_up(vendors, folder)
        vendors.conditions(limits=True, latency=LATENCY)
        before, begun = vendors.mark(), time.monotonic()
        ended = runner(vendors, folder / "state", until - SPAN, vendors.now())
        wall = time.monotonic() - begun
        after = vendors.mark()
        vendors.stop()
        asked = vendors.between(before, after)
        calls = calls_by_api(asked)
        return {
            "orders": orders,
            "wall_s": round(wall, 1),
            "calls": dict(sorted(calls.items())),
            "total_calls": calls.total(),
            "throttled": throttled_by_api(asked).total(),
            "ended": ended,
            "faults": order_faults(vendors),
        }


def measure_trouble(runner: Runner, orders: int, folder: Path) -> dict[str, Any]:
    """Let somebody load while orders change and answers get lost; then refunds, and run again."""
    until = last_order_at(datetime.now().astimezone())
    with serve_vendors(folder / "vendors", orders, until, unrest=True) as vendors:
        _set_up(vendors, folder)
        vendors.conditions(limits=True, latency=0, rules=LOST_ANSWERS)
        first = runner(vendors, folder / "state", until - SPAN, vendors.now())
        vendors.calm()
        vendors.advance(60)
        for order_id in _refundable(vendors):
            vendors.act("refund", order_id=order_id)
        vendors.advance(1200)
        second = runner(vendors, folder / "state", until - SPAN, vendors.now())
        vendors.stop()
        return {"orders": orders, "ended": [first, second], "faults": order_faults(vendors)}


def _set_up(vendors: Vendors, folder: Path) -> None:
    site = stages.Site(vendors.urls["xiaoe"], vendors.urls["hap"], folder / "set-up")
    must(run_fresh(stages.provision, site, patience=600))


def _refundable(vendors: Vendors) -> list[str]:
    """Return orders from the middle of the history."""
    paid = [one for one in vendors.orders() if one["actual_fee"] > one["refund_fee"]]
    paid.sort(key=lambda one: one["created_at"])
    return [one["order_id"] for one in paid[len(paid) // 2 :][:REFUNDS]]


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
