"""The results as JSON: three sections, each stamped with the commit and the time of its run."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from typing import Any

import psutil

from tests.paths import ROOT

FILE = ROOT / "docs" / "bench" / "results.json"
LOADS, AIRFLOW, PEERS = "loads", "airflow", "peers"


def read_results() -> dict[str, Any]:
    """Return what earlier runs have left."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def keep(section: str, values: dict[str, Any]) -> dict[str, Any]:
    """Put a section into the file, in place of an older one; return all sections."""
    results = read_results() | {section: {"stamp": stamp(), **values}}
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(results, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return results


def stamp() -> dict[str, Any]:
    """Return where, when and of what the measurement is."""
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 1024**3, 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "commit": _commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }


def _commit() -> str:
    def git(*words: str) -> str:
        told = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return told.stdout.strip()

    changed = git("status", "--porcelain", "--", ":!docs")
    return git("rev-parse", "--short=12", "HEAD") + (" + changes" if changed else "")
