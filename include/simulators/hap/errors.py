"""HAP's error codes, and the two shapes a refusal takes: the API's envelope or a gateway's page.

Business errors travel in a 200. Only the gateway in front (413, 504) answers with an HTML page.
Codes: contracts hap §10.2.
"""

from __future__ import annotations

PARAMETER_ERROR = 10001
VALUE_ERROR = 10002
NO_PERMISSION = 10005
KEY_UNKNOWN = 10101
SIGN_WRONG = 10102
OPTION_LIMIT = 100006
FIELD_PROTECTED = 430014
REQUIRED_EMPTY = 430019
RULE_VIOLATED = 430021
QUOTA_USED = 90000
OVER_LIMIT = 90001
THROTTLED = 51
DATA_ERROR = 99999

MESSAGES: dict[int, str] = {
    0: "失败",
    1: "成功",
    2: "appKey sign错误",
    51: "请求频率超过限制",
    10000: "IP受限",
    10001: "参数错误",
    10002: "参数值错误",
    10005: "数据操作无权限",
    10006: "数据已存在",
    10007: "数据不存在或已经删除",
    10101: "令牌不存在",
    10102: "签名不合法",
    10105: "用户令牌失效",
    100005: "字段值重复",
    100006: "选项数量已达上限",
    430002: "行记录不存在或没权限",
    430013: "工作表在应用中未找到",
    430014: "字段权限不足",
    430019: "必填字段为空",
    430021: "不满足业务规则",
    430022: "工作表不存在",
    90000: "请求次数超出限制",
    90001: "请求频率超过限制",
    99999: "数据操作异常",
}


class HapError(Exception):
    """A refusal in the API's own envelope; `status` is the HTTP status it travels in."""

    def __init__(self, code: int, message: str | None = None, *, status: int = 200) -> None:
        self.code = code
        self.message = message if message is not None else MESSAGES.get(code, "失败")
        self.status = status
        super().__init__(f"{code}: {self.message}")


class GatewayError(Exception):
    """An HTML page from the gateway in front of the API; `status` is 413 or 504."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))
