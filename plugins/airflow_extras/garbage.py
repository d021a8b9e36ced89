"""Keeps the garbage collector of a task away from what was loaded before it was forked."""

from __future__ import annotations

import gc

# What a task makes has hardly a circle in it, and a large run holds a million objects: by Python's
# own numbers (700, 10, 10) a tenth of its CPU went into looking through them.
THRESHOLDS = (10_000, 20, 20)


def leave_loaded_alone() -> None:
    """Exempt what is loaded now: walking through it takes long, and copies its pages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
