"""The ten worksheets that the pipeline provisions and fills, as declared data.

The order is the order of provisioning: a relation's target stands before the relation. The
meaning of each field, its source and its policy are the contract with the people who use the app;
see docs/worksheets.md.
"""

from __future__ import annotations

from include.destination.sheets.fields import (
    Field,
    Policy,
    Worksheet,
    count,
    hidden,
    later,
    moment,
    money,
    personal,
    relation,
    select,
    text,
)

PROVENANCE: tuple[Field, ...] = (
    text("shop", "店铺"),
    hidden("source_hash", "来源指纹"),
    moment("source_updated_at", "来源更新时间"),
    moment("synced_at", "同步时间"),
)

SEGMENTS = ("决策者", "管理者", "专业人员", "执行者", "其他")
ON_SALE, OFF_SALE, SCHEDULED = "在售", "下架", "待上架"
ENABLED, DISABLED = "启用", "停用"
SUCCEEDED, PARTLY_FAILED, FAILED = "成功", "部分失败", "失败"
OPEN, RETRY, RESOLVED, IGNORED = "待处理", "重试", "已解决", "忽略"


def _goods_fields(key: str, key_label: str, type_alias: str) -> tuple[Field, ...]:
    return (
        text(key, key_label, Policy.ONCE),
        text("name", "名称", title=True),
        text(type_alias, "类型"),
        money("price", "售价"),
        money("list_price", "划线价"),
        select("sale_status", "销售状态", (ON_SALE, OFF_SALE, SCHEDULED)),
        text("summary", "简介"),
        text("cover_url", "封面"),
        moment("created_at", "创建时间"),
    )


def _whole(alias: str, label: str, key: str, fields: tuple[Field, ...]) -> Worksheet:
    """Declare a worksheet of the pipeline's own, which makes no sense with a field missing."""
    return Worksheet(alias, label, key, fields, frozenset(field.alias for field in fields))


CUSTOMERS = Worksheet(
    "customers",
    "客户",
    "user_id",
    (
        text("user_id", "用户ID", Policy.ONCE),
        personal("nickname", "昵称", title=True),
        personal("name", "姓名", Policy.FILL),
        later(personal("bound_phone", "手机（绑定）", by_hand=("PhoneNumber", "LandlinePhone"))),
        personal("phone", "手机", Policy.FILL, by_hand=("PhoneNumber", "LandlinePhone")),
        personal("company", "公司", Policy.FILL),
        personal("job_title", "职位", Policy.FILL),
        select("segment", "客群", SEGMENTS, Policy.FILL, derived_from="job_title"),
        personal("email", "邮箱", Policy.FILL, by_hand=("Email",)),
        text("channel", "来源"),
        personal("wx_union_id", "UnionID"),
        moment("registered_at", "注册时间"),
        money("total_paid", "累计消费"),
        count("purchase_count", "购买次数"),
        hidden("filled", "填充记录"),
        *PROVENANCE,
    ),
)

GOODS = Worksheet(
    "goods",
    "商品",
    "goods_id",
    (*_goods_fields("goods_id", "商品ID", "goods_type"), *PROVENANCE),
    needed=frozenset({"goods_type"}),  # audiences
)

COLUMNS = Worksheet(
    "columns",
    "专栏",
    "column_id",
    (
        *_goods_fields("column_id", "专栏ID", "column_type"),
        relation("goods", "包含商品", "goods", many=True),
        *PROVENANCE,
    ),
    needed=frozenset({"column_type"}),  # audiences
)

ORDERS = Worksheet(
    "orders",
    "订单",
    "order_id",
    (
        text("order_id", "订单号", Policy.ONCE, title=True),
        select(
            "order_state", "订单状态", ("待付款", "待成交", "待发货", "已发货", "已完成", "已关闭")
        ),
        select("refund_state", "售后状态", ("无售后", "售后中", "部分退款", "全额退款")),
        later(
            money("amount_due", "应付金额", "要付的钱，付了没有都一样 the sum to pay, paid or not")
        ),
        money("amount_paid", "实付金额", "付了的钱，没有支付的订单是 0 the sum paid, 0 if unpaid"),
        money("amount_goods", "商品原价"),
        money("amount_discount", "优惠金额"),
        money("amount_refunded", "退款金额"),
        text("pay_method", "支付方式"),
        text("goods_name", "商品名称"),
        count("quantity", "数量"),
        moment("created_at", "下单时间"),
        moment("paid_at", "支付时间"),
        moment("refunded_at", "退款时间"),
        moment("settled_at", "结算时间"),
        moment("valid_from", "有效期起"),
        moment("valid_until", "有效期止"),
        personal("promoter", "推广员"),
        relation("customer", "客户", "customers"),
        relation("goods", "商品", "goods", many=True),
        relation("columns", "专栏", "columns", many=True),
        *PROVENANCE,
    ),
    needed=frozenset(  # reconciliation, audiences, erasing
        {
            "created_at",
            "paid_at",
            "amount_paid",
            "amount_refunded",
            "refund_state",
            "customer",
            "goods",
            "columns",
        }
    ),
    mapping_version=2,  # what nobody paid is no longer paid; quantity and goods of bundles
)

AMOUNTS = ("amount_paid", "amount_refunded")
"""The fields of `orders` that are added up: by day, by customer, by audience."""

COLLECTED_INFO = Worksheet(
    "collected_info",
    "采集信息",
    "record_id",
    (
        text("record_id", "记录ID", Policy.ONCE),
        text("form_name", "表单名称", title=True),
        text("form_id", "表单ID"),
        moment("collected_at", "采集时间"),
        personal("answers", "答案"),
        relation("customer", "客户", "customers"),
        text("goods_name", "商品名称"),
        *PROVENANCE,
    ),
    needed=frozenset({"customer"}),  # erasing
)

MERGED_ACCOUNTS = _whole(
    "merged_accounts",
    "账号合并",
    "source_user_id",
    (
        text("source_user_id", "原用户ID", Policy.ONCE, title=True),
        text("target_user_id", "并入用户ID"),
        moment("merged_at", "合并时间"),
        *PROVENANCE,
    ),
)

SYNC_CONFIG = _whole(
    "sync_config",
    "第三方应用配置",
    "api",
    (
        text("api", "接口", Policy.ONCE),
        text("name", "名称", Policy.ONCE, title=True),
        text("path", "路径", Policy.ONCE),
        select("enabled", "启用状态", (ENABLED, DISABLED), Policy.ONCE),
        count("page_size", "每页条数", Policy.ONCE),
        moment("window_start", "窗口开始"),
        moment("window_end", "窗口结束"),
        moment("last_run_at", "上次运行"),
        select("last_status", "上次结果", (SUCCEEDED, PARTLY_FAILED, FAILED)),
        count("rows_read", "读取行数"),
        count("rows_written", "写入行数"),
        count("calls", "调用次数"),
        text("message", "说明"),
        text("run_url", "运行链接"),
        later(hidden("option_keys", "选项键")),
    ),
)

SYNC_ERRORS = _whole(
    "sync_errors",
    "同步异常",
    "error_id",
    (
        text("error_id", "异常ID", Policy.ONCE),
        text("record_id", "记录ID", Policy.ONCE, title=True),
        text("entity", "对象"),
        text("step", "步骤"),
        text("code", "错误码"),
        text("reason", "原因"),
        text("action", "处理办法"),
        count("attempts", "尝试次数"),
        moment("first_seen", "首次出现", Policy.ONCE),
        moment("last_seen", "最近出现"),
        select("status", "状态", (OPEN, RETRY, RESOLVED, IGNORED)),
        later(text("run_url", "任务日志")),
    ),
)

SYNC_LEDGER = _whole(
    "sync_ledger",
    "对账",
    "day",
    (
        text("day", "店铺与日期", Policy.ONCE, title=True),
        count("source_orders", "小鹅通订单数"),
        money("source_paid", "小鹅通实付"),
        money("source_refunded", "小鹅通退款"),
        count("hap_orders", "明道云订单数"),
        money("hap_paid", "明道云实付"),
        money("hap_refunded", "明道云退款"),
        text("missing", "缺少的订单"),
        text("different", "不同的订单"),
        text("extra", "多出的订单"),
        select("status", "对账结果", ("一致", "已修复", "不一致")),
        moment("checked_at", "核对时间"),
    ),
)

AUDIENCES = _whole(
    "audiences",
    "客群分析",
    "audience",
    (
        text("audience", "客群ID", Policy.ONCE),
        text("name", "客群与商品类型", title=True),
        select("segment", "客群", SEGMENTS),
        text("goods_type", "商品类型"),
        count("customers", "客户数"),
        count("orders", "已支付订单数"),
        money("paid", "实付金额"),
        money("refunded", "退款金额"),
        moment("last_order_at", "最近下单"),
        money("phone_share", "有手机占比(%)"),
        later(count("recent_customers", "近30天客户数")),
        later(money("recent_paid", "近30天实付")),
        later(money("recent_refunded", "近30天退款")),
        later(count("before_customers", "前30天客户数")),
        later(money("before_paid", "前30天实付")),
        later(money("before_refunded", "前30天退款")),
        *PROVENANCE,
    ),
)

WORKSHEETS: tuple[Worksheet, ...] = (
    CUSTOMERS,
    GOODS,
    COLUMNS,
    ORDERS,
    COLLECTED_INFO,
    MERGED_ACCOUNTS,
    SYNC_CONFIG,
    SYNC_ERRORS,
    SYNC_LEDGER,
    AUDIENCES,
)
