"""The moment at which every test runs, whatever the machine's clock says.

Wall time stands still there; a test that needs time to pass moves it itself, through the fixture
`wall`. Only `time.monotonic` goes on, by which patience is measured. `TEST_MOMENT` in the
environment, in Beijing time, names another moment; processes that a test starts find it there.

`python -m tests.moment` prints three moments drawn by lot, for `make test-any-day`.
"""

from __future__ import annotations

import os
import random
import sys
from datetime import UTC, datetime, timedelta

import time_machine

from include.simulators.clock import SHANGHAI

MOMENT = datetime.fromisoformat(
    os.environ.setdefault("TEST_MOMENT", "2026-11-20T12:00:00")
).replace(tzinfo=SHANGHAI)


def stopped() -> time_machine.travel:
    """Return what stops wall time at the moment; the host's zone is left alone."""
    return time_machine.travel(MOMENT.astimezone(UTC), tick=False)


if __name__ == "__main__":
    for _ in range(3):
        drawn = datetime(2026, 1, 1) + timedelta(seconds=random.randrange(4 * 365 * 86_400))
        sys.stdout.write(f"{drawn:%Y-%m-%dT%H:%M:%S}\n")
