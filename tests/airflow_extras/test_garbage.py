from __future__ import annotations

import subprocess
import sys

_LOOK = """
import gc
from airflow_extras.garbage import leave_loaded_alone
leave_loaded_alone()
loaded = gc.get_freeze_count()
made = [[] for _ in range(60_000)]
print(loaded > 1_000, gc.get_stats()[2]["collections"])
"""


def test_a_task_does_not_walk_through_what_was_loaded_before_it():
    """In a process of its own: the collector's settings are the process's."""
    told = subprocess.run(
        [sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True
    ).stdout
    assert told.split() == ["True", "1"]  # the one collection is the one beforehand
