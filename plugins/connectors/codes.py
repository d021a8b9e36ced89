"""Every documented code of both vendors: which error it becomes, what it means, what to do.

The one place to look a code up and to add one. Sources: contracts xiaoe §3.1 (with the codes of
single endpoints) and hap §10.2. A stranger would match on the vendor's message: those texts are
undocumented and differ between endpoints, so only the code counts.

Codes that are in no table: Xiaoe-tong says that a negative code is a fault of its platform, hence
worth another try; any other unknown code is a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from connectors.errors import (
    AlreadyExists,
    AuthenticationError,
    Bilingual,
    ConfigurationError,
    ConnectorError,
    NotFound,
    RateLimited,
    RejectedError,
    RetryableError,
)

System = Literal["xiaoe", "hap"]


@dataclass(frozen=True)
class Meaning:
    """One row of the table; ``wait`` is in seconds and only for errors worth another try."""

    error: type[ConnectorError]
    explanation: Bilingual
    action: Bilingual
    wait: float | None = None


LATER = Bilingual(
    "稍后会自动重试；持续一小时以上再联系对方客服",
    "it is tried again by itself; ask their support if it lasts for more than an hour",
)
CHECK_XIAOE = Bilingual(
    "在小鹅通店铺管理台「营销中心 → API 自主开发 → 云服务控制台」核对，"
    "再在 Airflow 的小鹅通连接里改正店铺 app_id、密钥和额外字段里的 client_id",
    "compare with marketing > API development > cloud console in the shop's console, and correct "
    "app_id, secret and the extra client_id in Airflow's connection",
)
CHECK_HAP = Bilingual(
    "在明道云应用名旁「… → API 开发文档 → 授权」复制 AppKey 与 Sign，填进 Airflow 的明道云连接",
    "copy AppKey and Sign from the app's ... > API documents > authorisation "
    "into Airflow's HAP connection",
)
REPORT = Bilingual("请把任务日志发给维护者", "send the task's log to the maintainers")
RETRY = Bilingual(
    "再在「同步异常」把这一行改为 重试，或等下一次运行",
    "then set its row in the sync errors sheet to retry, or wait for the next run",
)
CHECK_FIELDS = Bilingual(
    "运行 DAG mingdao_setup 核对这张工作表的字段；没有不符就把任务日志发给维护者",
    "run the DAG mingdao_setup to check the worksheet's fields; if nothing is wrong there, send "
    "the task's log to the maintainers",
)
CHECK_RULES = Bilingual(
    f"在明道云打开这张工作表的「表单设置 → 业务规则」，停用或放宽拒绝这条记录的规则，{RETRY.zh}",
    "open the worksheet's form settings > business rules in HAP and switch off or relax the rule "
    f"that refuses this record, {RETRY.en}",
)
CHECK_REQUIRED = Bilingual(
    f"在明道云打开这张工作表的「编辑表单」，取消不由同步填写的字段的「必填」，{RETRY.zh}",
    "open the worksheet's form editor in HAP and make the fields optional that the sync does not "
    f"fill, {RETRY.en}",
)
FEWER = Bilingual(
    f"在明道云该字段的设置里删除不用的项，{RETRY.zh}",
    f"remove what is not used in that field's settings in HAP, {RETRY.en}",
)
LOOK_IN_SHOP = Bilingual(
    "用记录 ID 在小鹅通店铺管理台搜索；是订单就运行 DAG xiaoe_explain_order；"
    "仍不清楚就把错误码和任务日志发给维护者",
    "search the record id in the shop's console; for an order run the DAG xiaoe_explain_order; if "
    "it is still unclear, send the code and the task's log to the maintainers",
)
LOOK_IN_HAP = Bilingual(
    "用记录 ID 在明道云这张工作表里搜索；打不开或看不出原因，就把错误码和任务日志发给维护者",
    "search the record id in the worksheet in HAP; if that does not tell, send the code and the "
    "task's log to the maintainers",
)
UPDATE_INSTEAD = Bilingual(
    "下次运行会找到已有的行并更新；反复出现时，用记录 ID 在明道云（含回收站）搜索，删除多余的一行",
    "the next run finds the row and updates it; if it keeps happening, search the record id in HAP "
    "and its recycle bin, and delete the row that is one too many",
)
LIST_CUT = Bilingual(
    "下一次运行会重新读取；连续几次都这样，请小鹅通客服核对这个列表返回的总数（total），"
    "并把任务日志发给维护者",
    "the next run reads it again; if it keeps happening, ask Xiaoe-tong's support about the total "
    "of this list, and send the task's log to the maintainers",
)
FILTER_IGNORED = Bilingual(
    "请小鹅通客服核对这个列表的查询条件为何不起作用，并把任务日志发给维护者",
    "ask Xiaoe-tong's support why the filter of this list has no effect, and send the task's log "
    "to the maintainers",
)
SKIP = Bilingual("已跳过，不用处理", "it is skipped, nothing needs to be done")
SLOWER = Bilingual(
    "已自动放慢，不用处理；若经常出现，调小 AIRFLOW__CORE__PARALLELISM（同时运行的任务数）",
    "slowed down by itself; if it keeps happening, run fewer tasks at once "
    "(AIRFLOW__CORE__PARALLELISM)",
)
CHECK_HAP_PERMISSION = Bilingual(
    "在明道云应用名旁「… → API 开发文档 → 授权」给这个 AppKey 开放该工作表与字段的读写",
    "grant this AppKey read and write on the worksheet and its fields, under ... > "
    "API documents > authorisation of the app",
)
CHECK_WORKSHEET = Bilingual(
    "运行 DAG mingdao_setup 补建；若工作表还在，核对它的别名，以及 AppKey 属于哪个应用",
    "run the DAG mingdao_setup to create it; if it is there, check its alias, and to which app the "
    "AppKey belongs",
)

XIAOE: dict[int, Meaning] = {
    1001: Meaning(RetryableError, Bilingual("小鹅通系统繁忙", "Xiaoe-tong is busy"), LATER),
    1002: Meaning(
        RetryableError,
        Bilingual("小鹅通内部服务返回异常", "a service behind Xiaoe-tong answered badly"),
        LATER,
    ),
    2001: Meaning(
        AuthenticationError,
        Bilingual("app_id 缺失或密钥无效", "app_id is missing or the secret is invalid"),
        CHECK_XIAOE,
    ),
    2002: Meaning(AuthenticationError, Bilingual("app_id 无效", "app_id is invalid"), CHECK_XIAOE),
    2003: Meaning(
        AuthenticationError, Bilingual("secret_key 缺失", "secret_key is missing"), CHECK_XIAOE
    ),
    2004: Meaning(
        AuthenticationError,
        Bilingual("secret_key 错误或 app_id 无效", "secret_key is wrong or app_id is invalid"),
        CHECK_XIAOE,
    ),
    2005: Meaning(RejectedError, Bilingual("缺少 grant_type", "grant_type is missing"), REPORT),
    2007: Meaning(RejectedError, Bilingual("请求没有带令牌", "the call had no token"), REPORT),
    2008: Meaning(
        AuthenticationError,
        Bilingual("令牌失效，换新后仍被拒绝", "the token is refused, and so is a new one"),
        Bilingual(
            "检查是否有别的程序用同一应用取令牌，并在 Airflow 的小鹅通连接里核对密钥",
            "look for another program that fetches tokens of the same app, and check the secret in "
            "Airflow's connection",
        ),
    ),
    2009: Meaning(RejectedError, Bilingual("缺少 user_id", "user_id is missing"), REPORT),
    2010: Meaning(NotFound, Bilingual("用户不存在", "there is no such user"), SKIP),
    2017: Meaning(
        ConfigurationError,
        Bilingual("应用没有这个接口的权限", "the app has no permission for this interface"),
        Bilingual(
            "在小鹅通「云服务控制台」为应用开通权限集「{permission}」（几分钟后生效）",
            "switch on the permission set 「{permission}」 for the app in Xiaoe-tong's "
            "cloud console; it takes some minutes",
        ),
    ),
    2051: Meaning(
        ConfigurationError,
        Bilingual("本机 IP 不在白名单{seen_ip}", "this machine's IP is not whitelisted{seen_ip}"),
        Bilingual(
            "在小鹅通「云服务控制台」（admin.cloud.xiaoe-tech.com）把这个出口 IP 加入白名单",
            "add this outgoing IP to the whitelist in Xiaoe-tong's cloud console",
        ),
    ),
    2052: Meaning(
        ConfigurationError,
        Bilingual("小鹅通没有开放这个接口地址", "Xiaoe-tong does not offer this interface"),
        Bilingual(
            "在明道云工作表「第三方应用配置」里，把这个接口的「路径」改回文档中的版本",
            "correct the path of this interface in HAP's configuration sheet",
        ),
    ),
    2053: Meaning(RateLimited, Bilingual("调用次数达到上限", "the call limit is reached"), SLOWER),
    2054: Meaning(
        RateLimited, Bilingual("调用突增被限制", "a burst of calls was detected"), SLOWER, wait=5
    ),
    2055: Meaning(RejectedError, Bilingual("HTTP 方法不对", "wrong HTTP method"), REPORT),
}

XIAOE_OF_API: dict[tuple[str, int], Meaning] = {
    ("goods.detail", 7): Meaning(NotFound, Bilingual("商品不存在", "there is no such good"), SKIP),
    ("goods.detail", 21): Meaning(NotFound, Bilingual("商品已删除", "the good was deleted"), SKIP),
    ("goods.detail", 3057): Meaning(
        RejectedError,
        Bilingual("这个接口不支持该商品类型", "this interface does not know that type of good"),
        SKIP,
    ),
}

HAP: dict[int, Meaning] = {
    51: Meaning(RateLimited, Bilingual("请求过于频繁", "too many calls"), SLOWER),
    10000: Meaning(
        ConfigurationError,
        Bilingual("本机 IP 被应用的白名单拒绝", "the app's IP allow-list refuses this machine"),
        Bilingual(
            "在明道云应用名旁「… → API 开发文档 → 授权」的 IP 白名单里加入出口 IP",
            "add the outgoing IP under ... > API documents > authorisation of the app",
        ),
    ),
    10001: Meaning(RejectedError, Bilingual("参数错误", "a parameter is wrong"), CHECK_FIELDS),
    10002: Meaning(
        RejectedError, Bilingual("参数值错误", "a wrong value of a parameter"), CHECK_FIELDS
    ),
    10005: Meaning(
        ConfigurationError,
        Bilingual("没有数据操作权限", "no permission for this data"),
        CHECK_HAP_PERMISSION,
    ),
    10006: Meaning(
        AlreadyExists, Bilingual("数据已存在", "the data exists already"), UPDATE_INSTEAD
    ),
    10007: Meaning(NotFound, Bilingual("数据不存在或已删除", "the data is gone"), SKIP),
    10101: Meaning(AuthenticationError, Bilingual("AppKey 不存在", "no such AppKey"), CHECK_HAP),
    10102: Meaning(AuthenticationError, Bilingual("Sign 不合法", "the Sign is wrong"), CHECK_HAP),
    10105: Meaning(
        AuthenticationError, Bilingual("令牌已过期", "the token has expired"), CHECK_HAP
    ),
    10106: Meaning(
        AuthenticationError,
        Bilingual("令牌不能用于这个组织", "the token is not valid for this organisation"),
        CHECK_HAP,
    ),
    100005: Meaning(
        AlreadyExists,
        Bilingual("字段值重复", "a value that must be unique is taken"),
        UPDATE_INSTEAD,
    ),
    100006: Meaning(RejectedError, Bilingual("选项数量超限", "too many options"), FEWER),
    100007: Meaning(RejectedError, Bilingual("附件数量超限", "too many attachments"), FEWER),
    430002: Meaning(
        NotFound, Bilingual("记录不存在或无权限", "the row is missing or not permitted"), SKIP
    ),
    430013: Meaning(
        ConfigurationError,
        Bilingual("应用里没有这个工作表", "the worksheet is not in this app"),
        CHECK_WORKSHEET,
    ),
    430014: Meaning(
        ConfigurationError,
        Bilingual("字段权限不足", "no permission for a field"),
        CHECK_HAP_PERMISSION,
    ),
    430017: Meaning(
        RejectedError, Bilingual("附件流量用完", "the attachment quota is used up"), SKIP
    ),
    430018: Meaning(RejectedError, Bilingual("草稿数量超限", "too many drafts"), SKIP),
    430019: Meaning(
        RejectedError, Bilingual("必填字段为空", "required field is empty"), CHECK_REQUIRED
    ),
    430020: Meaning(RejectedError, Bilingual("子表数据错误", "wrong sub-table data"), CHECK_FIELDS),
    430021: Meaning(
        RejectedError, Bilingual("不满足业务规则", "a business rule refuses the row"), CHECK_RULES
    ),
    430022: Meaning(
        ConfigurationError, Bilingual("工作表不存在", "there is no such worksheet"), CHECK_WORKSHEET
    ),
    600100: Meaning(AuthenticationError, Bilingual("令牌无效", "the token is invalid"), CHECK_HAP),
    600101: Meaning(
        AuthenticationError, Bilingual("令牌已过期", "the token has expired"), CHECK_HAP
    ),
    90000: Meaning(
        RateLimited,
        Bilingual("接口调用额度用完", "the call quota is used up"),
        Bilingual("额度恢复后会自动继续", "it goes on by itself once the quota is back"),
        wait=3600,
    ),
    90001: Meaning(RateLimited, Bilingual("请求过于频繁", "too many calls"), SLOWER),
    99999: Meaning(RetryableError, Bilingual("数据操作异常", "the data operation failed"), LATER),
    1001: Meaning(ConfigurationError, Bilingual("应用不存在", "there is no such app"), CHECK_HAP),
    2: Meaning(
        ConfigurationError,
        Bilingual("凭证与应用或工作表不匹配", "the key does not fit the app or the worksheet"),
        CHECK_WORKSHEET,
    ),
}

UNKNOWN_PLATFORM = Meaning(
    RetryableError, Bilingual("小鹅通平台异常", "a fault of the Xiaoe-tong platform"), LATER
)
_UNDOCUMENTED = Bilingual(
    "请求被拒绝，原因未列入文档", "refused for a reason that is not documented"
)
UNKNOWN_REFUSAL = {
    "xiaoe": Meaning(RejectedError, _UNDOCUMENTED, LOOK_IN_SHOP),
    "hap": Meaning(RejectedError, _UNDOCUMENTED, LOOK_IN_HAP),
}


def meaning_of(system: System, api: str, code: int) -> Meaning:
    """Look one vendor code up; unknown codes get the rule of the module's docstring."""
    if system == "hap":
        return HAP.get(code, UNKNOWN_REFUSAL["hap"])
    default = UNKNOWN_PLATFORM if code < 0 else UNKNOWN_REFUSAL["xiaoe"]
    return XIAOE_OF_API.get((api, code)) or XIAOE.get(code, default)


def error_for(
    system: System,
    api: str,
    code: int,
    *,
    permission: str = "",
    seen_ip: str | None = None,
) -> ConnectorError:
    """Build the error of one vendor code, ready to raise.

    Args:
        system: Whose code it is.
        api: Our name of the call.
        code: The vendor's code.
        permission: Chinese name of the permission set (权限集) that the call needs, for 2017.
        seen_ip: The address that the vendor says it saw, for 2051.
    """
    meaning = meaning_of(system, api, code)
    values = {"permission": permission or api, "seen_ip": f": {seen_ip}" if seen_ip else ""}
    explanation = _filled(meaning.explanation, values)
    action = _filled(meaning.action, values)
    if issubclass(meaning.error, RetryableError):
        return meaning.error(api, explanation, action, str(code), meaning.wait)
    return meaning.error(api, explanation, action, str(code))


def _filled(words: Bilingual, values: dict[str, str]) -> Bilingual:
    return Bilingual(words.zh.format_map(values), words.en.format_map(values))
