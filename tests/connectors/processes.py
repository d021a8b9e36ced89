"""Processes for tests: forked from a server that has one thread, and so inherit no lock in use."""

from __future__ import annotations

import multiprocessing

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", "connectors.rates.limits", "connectors.xiaoe.client"])
