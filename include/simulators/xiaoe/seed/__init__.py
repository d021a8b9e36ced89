"""The demo shop: the same people, goods and orders every time for one seed and one day."""

from include.simulators.xiaoe.seed.demo import demo_shop, plain_shop

__all__ = ["demo_shop", "plain_shop"]
