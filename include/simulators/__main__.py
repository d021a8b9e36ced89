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
from pathlib import Path
from typing import NamedTuple

from include.simulators.clock import SHANGHAI, VirtualClock, parse_time
from include.simulators.hap import snapshot as hap_snapshot
from include.simulators.hap.app import create_app as create_hap_app
from include.simulators.hap.store import HapStore
from include.simulators.server import Listener
from include.simulators.xiaoe import snapshot as shop_snapshot
from include.simulators.xiaoe.app import create_app as create_xiaoe_app
from include.simulators.xiaoe.live import Ticker
from include.simulators.xiaoe.push.sender import PushSender
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.shop import Shop

PUSH_INTERVAL = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    options = _parser().parse_args(arguments)
    clock = VirtualClock(options.now)
    kept = _kept(options, clock)
    shop, store = _as_left(options, clock, kept) or _fresh(options, clock)
    xiaoe_app = create_xiaoe_app(shop, prefix=options.prefix, seed=options.seed)
    hap_app = create_hap_app(store, prefix=options.prefix)
    try:
        xiaoe = Listener(xiaoe_app, options.xiaoe_port)
        hap = Listener(hap_app, options.hap_port)
    except OSError as error:
        sys.stderr.write(f"cannot listen: {error}\n")
        return 1
    ticker = Ticker(shop, seed=options.seed) if options.live else None
    asyncio.run(_serve(xiaoe, hap, options.prefix, ticker, options.live, xiaoe_app.pushes))
    if kept is not None:
        hap_snapshot.save(store, kept.hap)
        shop_snapshot.save(shop, kept.shop)
    return 0


class _Kept(NamedTuple):
    """The files that keep the content of both over a restart."""

    hap: Path
    shop: Path


def _as_left(
    options: argparse.Namespace, clock: VirtualClock, kept: _Kept | None
) -> tuple[Shop, HapStore] | None:
    """Return both as they were left; None unless both can be read, for they belong together."""
    if kept is None or not (kept.shop.exists() and kept.hap.exists()):
        return None
    shop = Shop(clock=clock, seed=options.seed)
    store = HapStore.demo(clock=clock, seed=options.seed)
    try:
        shop_snapshot.load(shop, kept.shop)
        hap_snapshot.load(store, kept.hap)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        sys.stderr.write(
            f"{kept.shop.parent} 里的演示数据读不出（旧版本或已损坏：{type(error).__name__}），"
            "两边都从头开始 / what was kept cannot be read, both begin anew\n"
        )
        return None
    return shop, store


def _fresh(options: argparse.Namespace, clock: VirtualClock) -> tuple[Shop, HapStore]:
    shop = demo_shop(
        options.seed,
        options.now,
        days=options.days,
        orders_per_day=options.orders_per_day,
        clock=clock,
    )
    return shop, HapStore.demo(clock=clock, seed=options.seed)


def _kept(options: argparse.Namespace, clock: VirtualClock) -> _Kept | None:
    """Return the files that keep both contents; another day is another shop, so other files."""
    if options.state is None:
        return None
    day = f"{clock.now().astimezone(SHANGHAI):%Y-%m-%d}"
    shop = f"{options.seed}-{options.days}-{options.orders_per_day}"
    folder: Path = options.state
    folder.mkdir(parents=True, exist_ok=True)
    return _Kept(*(folder / f"{system}-{shop}-{day}.json" for system in ("hap", "shop")))


async def _serve(
    xiaoe: Listener,
    hap: Listener,
    prefix: str,
    ticker: Ticker | None,
    seconds: float,
    pushes: PushSender,
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await xiaoe.start()
    await hap.start()
    sys.stdout.write(f"ready xiaoe={xiaoe.base_url}{prefix} hap={hap.base_url}{prefix}\n")
    sys.stdout.flush()
    pushing = asyncio.create_task(_push(pushes))
    while not stopped.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), seconds if ticker else None)
        if ticker is not None and not stopped.is_set():
            ticker.tick()
    pushing.cancel()
    await xiaoe.stop()
    await hap.stop()


async def _push(pushes: PushSender) -> None:
    while True:
        await asyncio.to_thread(pushes.deliver)
        await asyncio.sleep(PUSH_INTERVAL)


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
    add("--state", type=Path, default=None, help="保存内容的目录 / keeps both over a restart")
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
