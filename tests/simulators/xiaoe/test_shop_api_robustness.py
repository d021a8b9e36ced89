"""Whatever a client sends, the answer is an envelope."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from include.simulators.xiaoe.app import create_app
from include.simulators.xiaoe.endpoints import ENDPOINTS
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.in_process import mounted
from tests.simulators.xiaoe.shop_client import NOON, ShopClient, place, small_shop

NAMES = (
    "page",
    "page_index",
    "page_size",
    "user_id",
    "order_id",
    "goods_id",
    "goods_type",
    "resources",
    "resource_type",
    "last_id",
    "es_skip",
    "user_id_list",
    "field_list",
    "created_at",
    "date_type",
    "form_id",
    "update_time_start",
    "order_by",
    "from",
    "begin_time",
    "end_time",
    "marketing_play",
    "sales_state",
    "user_created_start",
    "min_pay_sum",
    "data",
)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["u_0", "o_1", "p_1", "2026-11-20", "2026-01-01||2026-12-31"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "ids", "type", "user_created_at"]), inner, max_size=3
        )
    ),
    max_leaves=4,
)


def test_junk_parameters_never_break_the_service() -> None:
    shop = small_shop()
    place(shop, "o_1", NOON)
    app = create_app(shop, XiaoeSettings(rate_limits=False))
    with mounted(app) as url:
        api = ShopClient(url, app)

        @settings(max_examples=200, deadline=None, derandomize=True)
        @given(
            st.sampled_from(ENDPOINTS),
            st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=4),
            st.booleans(),
        )
        def answers(endpoint: Any, params: dict[str, Any], nested: bool) -> None:
            body = {"data": params} if nested else params
            answer = api.raw(endpoint.api, **body)
            assert answer.status_code == 200
            assert isinstance(answer.json()["code"], int)

        answers()
