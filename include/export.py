"""`make export USER=…`: gives what is known about one person as JSON, printed or in a file."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from connectors.errors import ConnectorError
from include.connections import open_hap, open_xiaoe
from include.flows.customers.export import export_person
from include.flows.run.api_settings import read_settings
from include.flows.run.context import SyncContext
from include.shops import FIRST, shop_named

_OWNER_ALONE = 0o600


def main(arguments: Sequence[str]) -> int:
    """Export the person who is named; return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        config = shop_named(asked.shop)
        hap = open_hap(config)
        settings = read_settings(hap, config)
        shop = SyncContext(open_xiaoe(config, settings.paths), hap, settings, config)
        text = json.dumps(export_person(shop, asked.user), ensure_ascii=False, indent=2)
        if asked.out:
            _write(asked.out, text)
        else:
            sys.stdout.write(f"{text}\n")
    except (ConnectorError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _write(out: Path, text: str) -> None:
    """Write a file that nobody else may read; one that is there already is left alone."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    sys.stderr.write(f"已写入，仅当前用户可读 / written, for its owner alone: {out}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make export")
    parser.add_argument("--shop", default=FIRST)
    parser.add_argument("--out", type=Path)
    parser.add_argument("user", nargs="?", default="")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
