"""The shop itself: records, indexes and what can happen in it. Knows nothing of HTTP."""

from include.simulators.xiaoe.shop.shop import Shop

__all__ = ["Shop"]
