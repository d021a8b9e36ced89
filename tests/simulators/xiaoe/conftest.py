from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.simulators.xiaoe.app import create_app
from include.simulators.xiaoe.settings import harmless
from tests.in_process import mounted
from tests.simulators.xiaoe.shop_client import ShopClient, small_shop


@pytest.fixture
def api() -> Iterator[ShopClient]:
    """The small shop behind its API, with every answer in its tidiest shape."""
    app = create_app(small_shop(), harmless())
    with mounted(app) as url:
        yield ShopClient(url, app)
