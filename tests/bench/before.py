"""The same loads by an older commit of this project, from a checkout of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.paths import ROOT

# The older benchmark judges its end state by an oracle of its time, which may not know what the
# simulated shop has learned since: only what it took is measured.
_SCRIPT = """
import json, sys
from pathlib import Path
from tests.bench import load

load.differences_of = lambda vendors: []
if __name__ == "__main__":
    orders, limits, folder, told = sys.argv[1:]
    run = load.measure_load(int(orders), Path(folder), limits=limits == "on")
    Path(told).write_text(json.dumps(run))
"""


@contextmanager
def checkout(commit: str, folder: Path) -> Iterator[Path]:
    """Keep a checkout of a commit in an empty folder, with the environment that it asks for."""
    place = folder / "before"
    _git("worktree", "add", "--quiet", "--detach", str(place), commit)
    try:
        (place / "measure.py").write_text(_SCRIPT)
        interpreter = Path(sys.executable).resolve()
        subprocess.run(["make", "venv", f"PYTHON={interpreter}"], cwd=place, check=True)
        yield place
    finally:
        _git("worktree", "remove", "--force", str(place))


def measure_load_before(place: Path, orders: int, folder: Path, *, limits: bool) -> dict[str, Any]:
    """Return what a load took with the code of a checkout, as `measure_load` does."""
    told = folder / "told.json"
    limited = "on" if limits else "off"
    subprocess.run(
        [".venv/bin/python", "measure.py", str(orders), limited, str(folder), str(told)],
        cwd=place,
        check=True,
    )
    return json.loads(told.read_text())


def compared(run: dict[str, Any]) -> list[list[str]]:
    """Return the rows of the table of both: first load and run without a change."""
    before = run["before"]
    head = [f"{run['orders']:,}", "on" if run["limits"] else "off"]
    return [
        [
            *head,
            name,
            *_pair(before[which]["wall_s"], run[which]["wall_s"], " s"),
            *_pair(before[which]["cpu_s"], run[which]["cpu_s"], " s"),
            *_pair(_calls(before[which]), _calls(run[which]), ""),
            *_pair(_hap_calls(before[which]), _hap_calls(run[which]), ""),
        ]
        for which, name in (("first", "first load"), ("again", "no change"))
    ]


def _calls(run: dict[str, Any]) -> int:
    return sum(one["measured"] for one in run["calls"].values())


def _hap_calls(run: dict[str, Any]) -> int:
    told = run["calls"].items()
    return sum(one["measured"] for api, one in told if api.startswith("hap.rows."))


def _pair(before: float, now: float, unit: str) -> tuple[str, str]:
    """Return both, the second with how many times less it is."""
    less = f" ({before / now:.1f}×)" if now else ""
    return f"{before:,.0f}{unit}", f"{now:,.0f}{unit}{less}"


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True)
