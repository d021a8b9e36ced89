"""`python -m include.simulators`: both vendors in one process, on 127.0.0.1 alone.

Serves until SIGTERM or SIGINT. Prints a single line once both accept connections:
`ready xiaoe=http://127.0.0.1:9001 hap=http://127.0.0.1:9002`. The two share one clock.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence

from include.simulators.clock import VirtualClock, parse_time
from include.simulators.hap.app import create_app as create_hap_app
from include.simulators.hap.store import HapStore
from include.simulators.server import Listener
from include.simulators.xiaoe.app import create_app as create_xiaoe_app
from include.simulators.xiaoe.live import Ticker
from include.simulators.xiaoe.seed import demo_shop


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    options = _parser().parse_args(arguments)
    clock = VirtualClock(options.now)
    shop = demo_shop(
        options.seed,
        options.now,
        days=options.days,
        orders_per_day=options.orders_per_day,
        clock=clock,
    )
    xiaoe_app = create_xiaoe_app(shop, prefix=options.prefix, seed=options.seed)
    hap_app = create_hap_app(HapStore.demo(clock=clock, seed=options.seed), prefix=options.prefix)
    try:
        xiaoe = Listener(xiaoe_app, options.xiaoe_port)
        hap = Listener(hap_app, options.hap_port)
    except OSError as error:
        sys.stderr.write(f"cannot listen: {error}\n")
        return 1
    ticker = Ticker(shop, seed=options.seed) if options.live else None
    asyncio.run(_serve(xiaoe, hap, options.prefix, ticker, options.live))
    return 0


async def _serve(
    xiaoe: Listener, hap: Listener, prefix: str, ticker: Ticker | None, seconds: float
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await xiaoe.start()
    await hap.start()
    sys.stdout.write(f"ready xiaoe={xiaoe.base_url}{prefix} hap={hap.base_url}{prefix}\n")
    sys.stdout.flush()
    while not stopped.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), seconds if ticker else None)
        if ticker is not None and not stopped.is_set():
            ticker.tick()
    await xiaoe.stop()
    await hap.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m include.simulators",
        description="小鹅通与明道云接口的本地模拟 / both vendors' APIs on 127.0.0.1",
    )
    add = parser.add_argument
    add("--xiaoe-port", type=int, default=0, help="小鹅通端口，0 为任意 / port, 0 takes any")
    add("--hap-port", type=int, default=0, help="明道云端口，0 为任意 / port, 0 takes any")
    add("--prefix", type=_prefix, default="", help="路径前缀 / path before every route")
    add("--seed", type=int, default=1, help="随机种子 / the same seed, the same shop")
    add("--days", type=int, default=60, help="历史天数 / days of order history")
    add("--orders-per-day", type=int, default=8, help="日均订单数 / orders a day, on average")
    add("--now", type=parse_time, default=None, help="起始时间（北京） / YYYY-MM-DD HH:MM:SS")
    add(
        "--live",
        type=float,
        default=0,
        metavar="SECONDS",
        help="每隔几秒发生一件事 / an event every",
    )
    return parser


def _prefix(text: str) -> str:
    bare = text.strip("/")
    return f"/{bare}" if bare else ""


if __name__ == "__main__":
    sys.exit(main())
