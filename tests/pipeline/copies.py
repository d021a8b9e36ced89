"""Worlds with which many tests begin: made once in a process, and copied for each test.

To fill an app takes a second, to copy it a hundredth of that.
"""

from __future__ import annotations

import copyreg
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from include.simulators.hap.settings import HapSettings
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.pipeline.world import Kind, World, open_world

_KEPT: dict[str, bytes] = {}

# A copy is locked by nobody.
copyreg.pickle(type(threading.RLock()), lambda _: (threading.RLock, ()))
copyreg.pickle(type(threading.Lock()), lambda _: (threading.Lock, ()))


@contextmanager
def copied(
    name: str,
    tokens: Path,
    make: Callable[[Path], AbstractContextManager[Kind]],
    *,
    in_process: bool = True,
    xiaoe: XiaoeSettings | None = None,
    hap: HapSettings | None = None,
    kind: type[Kind] = World,  # type: ignore[assignment]
    **facts: Any,
) -> Iterator[Kind]:
    """Open a copy of the world that `make` opens; worlds of one name are the same.

    `xiaoe` and `hap` are other switches than those with which the first one was opened. The rest is
    for `open_world`.
    """
    if name not in _KEPT:
        with make(tokens.with_name(f"{tokens.name}-of-the-first")) as first:
            _KEPT[name] = pickle.dumps((first.source, first.store, first.order_feed))
    source, store, feed = pickle.loads(_KEPT[name])
    source.listeners.clear()  # the first world's
    with open_world(
        source,
        tokens,
        store=store,
        xiaoe=xiaoe or source.rules,
        hap=hap or store.settings,
        order_feed=feed,
        in_process=in_process,
        kind=kind,
        **facts,
    ) as world:
        yield world
