"""Both simulated vendors, each in its own process, and what the benchmark does to them."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import requests

from include.simulators.hap import snapshot
from include.simulators.hap.store import HapStore
from tests.bench.data_set import load_truth
from tests.bench.served import HAP_CONTENT, SHOP_TRUTH
from tests.paths import ROOT

LATENCY = 0.06
HAP_ROW_CALLS_A_SECOND = 50
PATIENCE = 900.0
THROTTLED = frozenset({"2053", "2054", "90001", "51"})

Rule = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request as a simulator's journal has it; `effect` is empty for a read."""

    sequence: int
    monotonic: float
    api: str
    code: str
    effect: str


@dataclass(frozen=True)
class Mark:
    """A moment between two phases: how much had been asked of each vendor by then."""

    sequences: dict[str, int]
    cpu_seconds: float


@dataclass
class Vendors:
    """The two processes; `folder` is where they leave what they hold."""

    folder: Path
    urls: dict[str, str]
    processes: dict[str, subprocess.Popen[str]]
    journal: dict[str, list[Request]] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._http = requests.Session()
        self._http.trust_env = False

    def conditions(self, *, limits: bool, latency: float, rules: tuple[Rule, ...] = ()) -> None:
        """Switch the documented rate limits on or off, and let every answer take its time."""
        slow = {"kind": "slow", "seconds": latency}
        for vendor in self.urls:
            own = [
                {k: v for k, v in r.items() if k != "vendor"}
                for r in rules
                if r["vendor"] == vendor
            ]
            self._send("PUT", vendor, "faults", {"rules": [*own, *([slow] if latency else [])]})
        self._send("PATCH", "xiaoe", "settings", {"rate_limits": limits})
        self._send("PATCH", "hap", "settings", {"qps": HAP_ROW_CALLS_A_SECOND if limits else 0})

    def act(self, operation: str, **arguments: object) -> Any:
        """Let something happen in the shop."""
        return self._send("POST", "xiaoe", f"act/{operation}", arguments)

    def orders(self) -> list[dict[str, Any]]:
        """Return the shop's orders as they are now."""
        return self._send("GET", "xiaoe", "truth/orders")

    def calm(self) -> None:
        """Let nothing change any more by itself."""
        self.processes["xiaoe"].send_signal(signal.SIGUSR1)

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        for vendor in self.urls:
            self._send("POST", vendor, "clock", {"advance": seconds})

    def now(self) -> datetime:
        """Return the shop's time."""
        return datetime.fromisoformat(self._send("GET", "xiaoe", "clock")["now"])

    def mark(self) -> Mark:
        """Note where both journals stand."""
        sequences = {v: sum(self._send("GET", v, "calls").values()) for v in self.urls}
        return Mark(sequences, sum(_cpu(process.pid) for process in self.processes.values()))

    def calls_so_far(self) -> int:
        """Return how many requests have reached both."""
        return sum(self.mark().sequences.values())

    def stop(self) -> None:
        """Stop both and take over their journals; afterwards `truth` and `content` are there."""
        for vendor, process in self.processes.items():
            self.peak_mib[vendor] = _peak_mib(process.pid)
            process.send_signal(signal.SIGTERM)
        for vendor, process in self.processes.items():
            if process.wait(PATIENCE):
                raise RuntimeError(f"the {vendor} simulator ended with {process.returncode}")
            with (self.folder / f"{vendor}.journal").open("rb") as file:
                self.journal[vendor] = [Request(*told) for told in pickle.load(file)]

    def between(self, start: Mark, end: Mark) -> dict[str, list[Request]]:
        """Return what was asked of each vendor between two marks."""
        return {
            vendor: self.journal[vendor][start.sequences[vendor] : end.sequences[vendor]]
            for vendor in self.urls
        }

    def truth(self) -> Any:
        """Return the shop's records."""
        return load_truth(self.folder / SHOP_TRUTH)

    def content(self) -> HapStore:
        """Return what HAP held at the end."""
        store = HapStore.demo()
        snapshot.load(store, self.folder / HAP_CONTENT)
        return store

    def _send(self, method: str, vendor: str, path: str, body: object = None) -> Any:
        url = f"{self.urls[vendor]}/_sim/{path}"
        answer = self._http.request(method, url, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def serve_vendors(
    folder: Path, orders: int, until: datetime, *, unrest: bool = False, ports: Any = None
) -> Iterator[Vendors]:
    """Start both and wait for them; whatever happens, neither outlives the block."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = ports or SimpleNamespace(xiaoe=0, hap=0)
    shop = ["--orders", str(orders), "--until", until.isoformat(), "--port", str(ports.xiaoe)]
    arguments = {
        "xiaoe": shop + (["--unrest"] if unrest else []),
        "hap": ["--port", str(ports.hap)],
    }
    processes: dict[str, subprocess.Popen[str]] = {}
    try:
        for vendor, given in arguments.items():
            processes[vendor] = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.bench.served",
                    vendor,
                    "--folder",
                    str(folder),
                    *given,
                ],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
            )
        urls = {vendor: _ready(vendor, process) for vendor, process in processes.items()}
        yield Vendors(folder, urls, processes)
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()


def calls_by_api(requests_: dict[str, list[Request]]) -> Counter[str]:
    """Count requests by api, HAP's under `hap.`."""
    return Counter(
        name_of(vendor, request) for vendor, asked in requests_.items() for request in asked
    )


def throttled_by_api(requests_: dict[str, list[Request]]) -> Counter[str]:
    """Count the requests that were turned away because there were too many."""
    return Counter(
        name_of(vendor, request)
        for vendor, asked in requests_.items()
        for request in asked
        if request.code in THROTTLED
    )


def name_of(vendor: str, request: Request) -> str:
    """Return the api's name in results."""
    return request.api if vendor == "xiaoe" else f"hap.{request.api}"


def _ready(vendor: str, process: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + PATIENCE
    assert process.stdout
    line = process.stdout.readline()
    if not line.startswith("ready ") or time.monotonic() > deadline:
        raise RuntimeError(f"the {vendor} simulator did not start: {line!r}")
    return line.split()[1]


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _peak_mib(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if "VmHWM" in line) / 1024
    except OSError:  # not Linux: what it holds now, which for a store that only grows is the peak
        return psutil.Process(pid).memory_info().rss / 1024**2
