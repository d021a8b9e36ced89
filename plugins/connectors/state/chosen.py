"""Where this installation keeps what its processes share: the one place that chooses.

``XIAOE_STATE=redis://…`` for workers on several machines; else files of this one, in
``XIAOE_TOKEN_DIR`` or a directory of ``AIRFLOW_HOME``.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from connectors.errors import Bilingual, ConfigurationError
from connectors.state.files import FileState
from connectors.state.interface import SharedState
from connectors.typed import typed


def shared_state() -> SharedState:
    """Return the state that this installation shares.

    Raises:
        ConfigurationError: ``XIAOE_STATE`` cannot be used.
    """
    address = typed(os.environ.get("XIAOE_STATE"))
    if address:
        return _redis_at(address)
    chosen = typed(os.environ.get("XIAOE_TOKEN_DIR"))
    home = Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow")
    return FileState(Path(chosen) if chosen else home / "xiaoe_tokens")


def is_named() -> bool:
    """Tell whether somebody has said where workers on several machines share their state."""
    return any(typed(os.environ.get(name)) for name in ("XIAOE_STATE", "XIAOE_TOKEN_DIR"))


@functools.cache
def _redis_at(address: str) -> SharedState:
    try:
        from connectors.state.redis_server import RedisState
    except ImportError:
        raise ConfigurationError(
            "state",
            Bilingual(
                "环境变量 XIAOE_STATE 需要 Python 包 redis，这里没有安装",
                "the variable XIAOE_STATE needs the Python package redis, which is not installed",
            ),
            Bilingual(
                "运行 pip install --require-hashes -r requirements-celery.txt，或去掉该变量",
                "install requirements-celery.txt, or leave the variable out",
            ),
        ) from None
    return RedisState.at(address)
