"""`python -m tests.bench.served xiaoe|hap`: one vendor in a process of its own, on 127.0.0.1.

Prints `ready <url>` when it accepts connections. On SIGTERM, or when the benchmark is gone, it
leaves what it holds, and every request that reached it, in the folder. SIGUSR1 ends the unrest.
"""

from __future__ import annotations

import argparse
import asyncio
import pickle
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from include.simulators.clock import VirtualClock
from include.simulators.gateway import Gateway
from include.simulators.hap import snapshot
from include.simulators.hap.app import create_app as hap_app
from include.simulators.hap.store import HapStore
from include.simulators.server import Listener
from include.simulators.xiaoe.app import create_app as xiaoe_app
from tests.bench.data_set import build_shop, save_truth
from tests.bench.unrest import Unrest

HAP_CONTENT, SHOP_TRUTH = "hap.json", "shop.pickle"


def main() -> int:
    options = _parser().parse_args()
    app, save = _hap(options) if options.vendor == "hap" else _xiaoe(options)
    asyncio.run(_serve(app, options.port))
    save()
    entries = app.simulation.journal.entries()
    told = [(e.sequence, e.monotonic, e.api, e.code, e.effect) for e in entries]
    with (options.folder / f"{options.vendor}.journal").open("wb") as file:
        pickle.dump(told, file)
    return 0


def _hap(options: argparse.Namespace) -> tuple[Gateway, Callable[[], None]]:
    store = HapStore.demo(clock=VirtualClock(), seed=1)
    return hap_app(store), lambda: snapshot.save(store, options.folder / HAP_CONTENT)


def _xiaoe(options: argparse.Namespace) -> tuple[Gateway, Callable[[], None]]:
    shop = build_shop(options.orders, options.until)
    app = xiaoe_app(shop)
    if options.unrest:
        unrest = Unrest(shop)
        app.simulation.before.append(unrest)
        signal.signal(signal.SIGUSR1, lambda *_: setattr(unrest, "over", True))
    return app, lambda: save_truth(shop, options.folder / SHOP_TRUTH, options.until)


async def _serve(app: Gateway, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    # nothing is ever written to it: it ends when the benchmark does, however that is
    asyncio.get_running_loop().add_reader(sys.stdin, stopped.set)
    listener = Listener(app, port)
    await listener.start()
    sys.stdout.write(f"ready {listener.base_url}\n")
    sys.stdout.flush()
    await stopped.wait()
    await listener.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.served")
    parser.add_argument("vendor", choices=("xiaoe", "hap"))
    parser.add_argument("--orders", type=int, default=0)
    parser.add_argument("--until", type=datetime.fromisoformat)
    parser.add_argument("--unrest", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
