"""What the benchmark's processes are forked from, as tasks are from Airflow's (`preload.py`)."""

from __future__ import annotations

import tests.bench.stages  # noqa: F401 - what every task of the flow imports
from airflow_extras.garbage import leave_loaded_alone

leave_loaded_alone()
