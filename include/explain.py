"""`make explain ORDER=…`: prints one order's story; the same as the DAG `xiaoe_explain_order`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from connectors.errors import ConnectorError
from include.connections import open_hap, open_xiaoe, order_feed
from include.flows.orders.explain import explain_order
from include.flows.run.api_settings import read_settings
from include.flows.run.context import SyncContext
from include.shops import FIRST, shop_named


def main(arguments: Sequence[str]) -> int:
    """Print the story of the order that is named; return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        config = shop_named(asked.shop)
        hap = open_hap(config)
        settings = read_settings(hap, config)
        xiaoe = open_xiaoe(config, settings.paths)
        shop = SyncContext(xiaoe, hap, settings, config, order_feed=order_feed(config))
        lines = explain_order(shop, " ".join(asked.order))
    except ConnectorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make explain")
    parser.add_argument("--shop", default=FIRST)
    parser.add_argument("order", nargs="*")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
