"""`make doctor`: prints the table; the same as the DAG `xiaoe_doctor`, without Airflow."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from connectors.errors import ConnectorError
from connectors.xiaoe.connection import push_keys
from include.connections import open_hap, open_xiaoe, order_feed, read_connection
from include.doctor.context import DoctorContext, PushSide
from include.doctor.examine import examine
from include.doctor.settings import settings_or_defaults
from include.doctor.shape_report.report import SAFE, shapes_of, written
from include.flows.run.context import SyncContext
from include.shops import FIRST, shop_named


def main(arguments: Sequence[str]) -> int:
    """Examine both systems; 1 when something is blocking.

    `--preview` writes no scratch row; `--verbose` lists also what is as it should be; `--shop NAME`
    takes another shop than the first; `--shapes FILE` writes what the two systems answered, without
    any value of a person.
    """
    logging.basicConfig(level=logging.ERROR)
    asked = _parser().parse_args(arguments)
    try:
        config = shop_named(asked.shop)
        hap = open_hap(config)
        settings = settings_or_defaults(hap, config)
        xiaoe, feed = open_xiaoe(config, settings.paths), order_feed(config)
        sync = SyncContext(xiaoe, hap, settings, config, feed, preview=asked.preview)
        push = PushSide(lambda: push_keys(read_connection(config.xiaoe)))
        context = DoctorContext(sync, push)
    except ConnectorError as error:
        sys.stderr.write(f"✗ {error}\n")
        return 1
    report = examine(context)
    sys.stdout.write(report.table(verbose=asked.verbose) + "\n")
    if asked.shapes:
        asked.shapes.write_text(written(shapes_of(context)) + "\n", encoding="utf-8")
        sys.stdout.write(f"\n{asked.shapes}: {SAFE}\n")
    sys.stdout.write(f"\n{report.conclusion()}\n")
    return 1 if report.blocking else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make doctor")
    parser.add_argument("--shop", default=FIRST)
    parser.add_argument("--preview", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--shapes", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
