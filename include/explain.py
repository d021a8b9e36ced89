"""`make explain ORDER=…`: prints one order's story; the same as the DAG `xiaoe_explain_order`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from connectors.errors import ConnectorError
from include.connections import open_hap, open_xiaoe, order_feed
from include.flows.explain import explain_order
from include.flows.settings import read_settings
from include.flows.shop import Shop


def main(arguments: Sequence[str]) -> int:
    """Print the story of the order that is named; return the exit status."""
    try:
        hap = open_hap()
        settings = read_settings(hap)
        shop = Shop(open_xiaoe(settings.paths), hap, settings, order_feed=order_feed())
        lines = explain_order(shop, " ".join(arguments))
    except ConnectorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
