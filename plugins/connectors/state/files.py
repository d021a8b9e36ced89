"""Files that all processes of a machine share: the shop's token, and the state of the rates.

One directory, readable by its owner alone. Workers on several machines share it through a volume,
named by ``XIAOE_TOKEN_DIR``. File names are hashes, which tell nothing.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from connectors.errors import Bilingual, ConfigurationError
from connectors.typed import typed


def shared_directory() -> Path:
    """Return the directory: ``XIAOE_TOKEN_DIR``, else one in ``AIRFLOW_HOME``."""
    chosen = typed(os.environ.get("XIAOE_TOKEN_DIR"))
    home = Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow")
    return Path(chosen) if chosen else home / "xiaoe_tokens"


def prepare(directory: Path, api: str) -> None:
    """Make the directory if need be; raises ConfigurationError when others can read it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = directory.stat()
    if state.st_uid != os.geteuid() or state.st_mode & 0o077:
        raise ConfigurationError(
            api,
            Bilingual("令牌目录可被他人读取", "other users can read the token directory"),
            Bilingual(
                "把目录权限改为 700，并归运行任务的用户所有",
                "make the directory mode 700, owned by the user who runs the tasks",
            ),
        )


def file_name(identity: str) -> str:
    """Return the name, without ending, of what belongs to an identity such as host and app."""
    return hashlib.sha256(identity.encode()).hexdigest()[:32]
