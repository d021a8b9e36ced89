"""What every topic of calls has."""

from __future__ import annotations

from connectors.xiaoe.caller import Caller


class Topic:
    """A group of calls that share one caller."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
