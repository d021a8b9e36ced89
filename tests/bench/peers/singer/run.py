"""Runs `tap | target` and keeps the state that the target confirms, as `meltano run` does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run the pipe once; return its exit status."""
    folder = Path(os.environ["BENCH_STATE"])
    config, state = folder / "config.json", folder / "state.json"
    dates = {"start_date": os.environ["BENCH_SINCE"], "end_date": os.environ["BENCH_UNTIL"]}
    config.write_text(json.dumps(dates))
    tap_command = [sys.executable, HERE / "tap.py", "--config", config]
    if state.exists():
        tap_command += ["--state", state]
    with subprocess.Popen(tap_command, stdout=subprocess.PIPE) as tap:
        target = subprocess.run(
            [sys.executable, HERE / "target.py"],
            stdin=tap.stdout,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    confirmed = target.stdout.strip().splitlines()
    if confirmed:
        state.write_text(confirmed[-1])
    return target.returncode or tap.returncode


if __name__ == "__main__":
    sys.exit(main())
