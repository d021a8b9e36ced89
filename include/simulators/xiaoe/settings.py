"""Every switch of the simulated Xiaoe-tong API.

Where the documentation is silent or contradicts itself, both behaviours are here, named, with the
place that leaves it open ("contracts: xiaoe §n"). Values that are invented are marked so. The
default is the documented behaviour, else the harsher one that a client must survive.
"""

# ruff: noqa: S105 - the credentials of the demo shop are no secret
from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ALL_PERMISSIONS = frozenset(
    {"用户管理-查询", "商品管理-查询", "订单管理-查询", "订购管理-查询", "信息采集/表单管理-查询"}
)
Event = Literal["refund", "settle", "ship", "change", "close"]
Bound = Literal["inclusive", "exclusive"]
Unit = Literal["fen", "yuan"]
OverLimit = Literal["clip", "error"]


class AccessSettings(BaseModel):
    """Credentials, token, whitelist, permissions, rate limits: xiaoe §2, §3."""

    # who may enter
    app_id: str = "appDEMOshop0001"
    client_id: str = "xopDEMO0001"
    secret_key: str = "demo-secret-key"
    client_id_required: bool = True  # §2.1: shops opened before 2019-12-09 may leave it out
    bad_secret_code: int = 2004  # §3.1: the old wiki gives 2001 for the same
    ip_whitelist: list[str] | None = None  # None: every address; else 2051 at token time
    whitelist_on_business_calls: bool = False  # §2.3 [?]
    whitelist_tells_address: bool = True  # whether the msg of 2051 names the caller's address
    permissions: frozenset[str] = ALL_PERMISSIONS  # §3.3: what is missing here answers 2017

    # token, §2.3
    token_mode: Literal["reuse_until_30min", "rotate_5min_overlap"] = "reuse_until_30min"
    token_lifetime: int = 7200
    token_overlap: int = 300
    token_length: int = 520  # §1.1: reserve at least 512 characters
    token_expires_in: Literal["remaining", "full"] = "remaining"  # of a token handed out again
    token_expires_as: Literal["int", "string", "zero", "negative"] = "int"
    token_empty: bool = False  # answer 0 with an empty token
    token_lasts_calls: int | None = None  # every token dies after so many business calls

    # rate limits, §3.2
    rate_limits: bool = True
    rate_scale: float = Field(default=1.0, gt=0)  # multiplies every business limit
    rate_windows: Literal["fixed", "sliding"] = "fixed"  # [?]
    rate_scope: Literal["interface", "shared"] = "interface"  # [?]
    rate_answer: Literal["code", "http_429", "http_503"] = "code"  # HTTP status on limiting [?]
    rate_retry_after: int | None = None  # no Retry-After is documented
    spike_calls: int | None = None  # more calls than this within `spike_seconds`: 2054
    spike_seconds: float = 0.1


class EnvelopeSettings(BaseModel):
    """The shape of answers in general: xiaoe §1, §12 rows 7, 9, 10, 14."""

    error_status: int = 200  # HTTP status of business errors; 200 is inferred from clients
    error_data: Literal["mixed", "null", "list", "object"] = "mixed"
    msg: Literal["mixed", "success", "empty"] = "mixed"
    code_as_string: bool = False
    parameter_error_code: int = 3001  # invented: no source names a code for a bad parameter
    # §1.2: the zero date of its place, as captured (§6.4.1); the others are documented or guarded
    sentinels: Literal["zero", "mixed", "null", "empty", "epoch"] = "zero"
    numbers: Literal["int", "mixed", "string"] = "int"
    empty_objects: Literal["mixed", "list", "object"] = "mixed"
    dialect_seed: int = 0
    dialect_stable: bool = True  # False: mixed choices change from answer to answer

    # lists; `distorted_apis` is a pattern of api names that the rest of this block applies to
    distorted_apis: str = "*"
    total: Literal["exact", "string", "missing", "zero", "one_more", "jumping"] = "exact"
    list_shape: Literal["list", "null_when_empty", "missing", "renamed", "object"] = "list"
    short_list: bool = False  # each page lacks its last row although `total` counts it
    duplicate_rows: bool = False  # each page repeats its first row at the end
    last_page_repeats: bool = False  # pages behind the last one show the last one again
    page_size_cap: int | None = None  # the server silently lowers every page size to this
    page_size_over_limit: Literal["clamp", "error"] = "clamp"  # [?] but for goods: clamp
    page_zero: Literal["first", "empty", "error"] = "first"  # below the first page number [?]
    stream: Literal["normal", "empty", "tenth"] = "normal"  # the source seems to have lost its rows


class OrderSettings(BaseModel):
    """Order lists, details and after-sales: xiaoe §6, §13.1-4, §13.10, §13.13."""

    # the time filters of list 2.0, §6.4 and §11.1
    update_filter: Literal["honoured", "ignored", "within_created_default"] = "honoured"
    update_requires_created: bool = False  # the table flags created_time_* as required
    several_times: Literal["override", "and"] = "override"  # two dimensions at once
    window_start: Bound = "inclusive"
    window_end: Bound = "inclusive"
    window_over_limit: OverLimit = "clip"  # §6.4 rule 1: silently the first N days
    missing_bound: Literal["fill", "error"] = "fill"  # only one end of a window is given
    default_window_for_ids: bool = True  # an id alone is searched in the last 30 days only
    order_by_honoured: bool = True
    legacy_order_by_updated: bool = False  # §6.3: `updated_at:asc` of list 1.1 does something
    order_depth_cap: int | None = None  # rows reachable by paging, page x size [?]
    order_depth_answer: Literal["empty", "error", "last_page"] = "empty"
    tie_break: Literal["stable", "reversed", "random"] = "stable"  # within one second [?]

    # what a change does, §6.4 "undetermined"
    update_time_ignores: frozenset[Event] = frozenset()
    list_lag: float = Field(default=0.0, ge=0)  # seconds until a list shows what a detail shows

    # shapes and units
    lines_at: Literal["good_list", "goods_info"] = "good_list"  # §6.4
    # §13.14: whether the list row names who promoted an order, by the nickname alone perhaps, or
    # hides that somebody did; none of the captured ones had been promoted
    list_promoter: Literal["empty", "filled", "nickname", "hidden"] = "empty"
    list_expiry: Literal["shown", "dashes"] = "shown"  # expire_* of the lines, or "--"
    order_not_found_code: int = 3002  # invented
    legacy_price: Literal["string", "number"] = "string"  # §6.3
    legacy_refund_unit: Unit = "fen"  # §10.1, unverified
    legacy_full_refund_state: Literal[3, 10] = 10  # §10.2
    settle_time_garbage: bool = False  # "o_xxxx" in settle_time, as in the official sample
    unknown_enum: bool = False  # order_state 9 and resource_type 999 in every seventh row
    after_sale_page_key: Literal["page_index", "page", "both"] = "both"  # §6.7
    after_sale_max_page: int = 50  # §13.13, invented


class PeopleSettings(BaseModel):
    """Users: xiaoe §4, §13.10; merges §9.2."""

    user_rows_cap: int = 10_000  # user list 1.0.0
    user_cap_answer: Literal["empty", "error"] = "empty"  # §12 row 15
    user_v1_pay_sum: Unit = "yuan"  # inferred
    user_v2_pay_sum: Unit = "fen"  # U2 says 分, UB says 元
    user_day_end: Bound = "inclusive"  # user_created_end
    es_skip: bool = True  # False: rows of user list 2.0.0 carry no cursor
    user_not_found_code: Literal[2009, 2010] = 2010  # §4.4
    user_info_extras: bool = True  # unrequested fields in user.info
    merged_orders: Literal["kept", "moved", "moved_silently"] = "moved"
    merged_user_info: Literal["not_found", "remaining"] = "not_found"  # asking for the old id


class GoodsSettings(BaseModel):
    """Goods and columns: xiaoe §5, §13.6, §13.11."""

    bundles_listed: bool = True  # §10.3: what row the goods list has for a bundle is [?]
    resource_list: Literal["unknown", "alias"] = "unknown"  # 2052, or goods list 4.0.0
    goods_detail_data: Literal["object", "list"] = "object"  # §5.6: table against sample
    goods_detail_v2_data: Literal["list", "object"] = "list"  # §5.7: clients against table
    goods_cache_seconds: float = 0.0  # detail 4.0.0 may be this old unless is_cache is false
    goods_depth_cap: int | None = None
    relation_cursor: Literal["data", "row"] = "data"  # §5.4: where last_id is, invented


class PurchaseSettings(BaseModel):
    """Purchases: xiaoe §7. No source shows a response, so every shape here is invented."""

    purchase_list_key: Literal["list", "data", "purchase_list"] = "list"
    purchase_total: bool = True
    purchase_id_key: Literal["resource_id", "product_id", "both"] = "both"
    purchase_expiry: Literal["expire_at", "end_date", "expire_end", "period"] = "expire_at"
    purchase_no_expiry: Literal["null", "empty", "zero", "text"] = "null"
    purchase_deleted: Literal["flagged", "hidden"] = "flagged"
    purchase_depth_cap: int | None = None


class InformationSettings(BaseModel):
    """Collected info: xiaoe §8, §13.7."""

    information_list_key: Literal["collection_list", "collect_list", "collection_info", "list"] = (
        "collection_list"
    )
    information_total: bool = True
    information_times: Literal["collected", "form_created", "ignored"] = "collected"
    extra_format: Literal[
        "array", "object", "double_encoded", "text", "empty", "decoded", "mixed"
    ] = "array"
    extra_keys: Literal["title_value", "name_content", "label_answer", "question_answer"] = (
        "title_value"
    )


class PushSettings(BaseModel):
    """Message push: xiaoe §9, §13.12. Without an address nothing is pushed."""

    push_url: str = ""
    push_token: str = "demo-push-token0"  # 16 characters
    push_aes_key: str = "DemoPushKeyDemoPushKeyDemoPushKeyDemoPushKe"  # 43 characters
    push_envelope: Literal["2020", "2022"] = "2022"  # MsgSignature, or signature
    push_signature_in: Literal["xml", "query"] = "xml"  # [?]
    push_root: Literal["doc", "siblings"] = "doc"
    push_data: Literal["nested", "flat"] = "nested"
    push_url_check: Literal["encrypted", "plain"] = "encrypted"  # [?]
    push_retry_timestamp: Literal["fresh", "first"] = "fresh"  # [?]
    push_drop: float = Field(default=0.0, ge=0, le=1)  # share of messages that never arrive
    push_double: float = Field(default=0.0, ge=0, le=1)  # share of messages that arrive twice
    push_spread: float = Field(default=0.0, ge=0)  # seconds; above 0 the order is lost
    push_time_scale: float = Field(default=1.0, gt=0)  # of the waits before a retry


class XiaoeSettings(
    PushSettings,
    InformationSettings,
    PurchaseSettings,
    GoodsSettings,
    PeopleSettings,
    OrderSettings,
    EnvelopeSettings,
    AccessSettings,
):
    """All switches in one flat object; assigning a value that is not allowed raises."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)


def harmless() -> XiaoeSettings:
    """Return the settings under which every answer has one fixed, tidy shape."""
    return XiaoeSettings(error_data="null", msg="success", empty_objects="list")
