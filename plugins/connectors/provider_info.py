"""The two connection types as plain data; imports nothing, because Airflow reads it very early.

Labels are Chinese with English beside, because operators read Chinese. The help text under a field
is its ``description``.
"""

from __future__ import annotations

# Airflow 3.3.2's Test button sends port 0 for a stored connection without a port, which its own API
# then refuses as another destination. With the port filled in, it works.
_PORT = "端口（填 443，测试按钮才可用） / Port (fill in 443, or the Test button will not work)"

_SWITCHES = {
    "allow_http": {
        "label": "允许明文 http / Allow plain http",
        "description": (
            "只在本机模拟器或没有证书的内网服务器时打开，平时只走 https。 / "
            "Only for a simulator or a private server without TLS; otherwise https alone."
        ),
        "schema": {"type": ["boolean", "null"], "default": False},
    },
    "allow_private": {
        "label": "允许内网地址 / Allow private network addresses",
        "description": (
            "服务器在公司内网时打开，https 也需要。 / "
            "For a server in the private network, with TLS as well."
        ),
        "schema": {"type": ["boolean", "null"], "default": False},
    },
}

_XIAOE = {
    "connection-type": "xiaoe",
    "hook-class-name": "connectors.xiaoe.hook.XiaoeHook",
    "hook-name": "小鹅通 / Xiaoe-tong",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "host": "接口地址 / API address",
            "port": _PORT,
            "login": "店铺 app_id / Shop app_id",
            "password": "密钥 secret_key / App secret_key",
        },
        "placeholders": {
            "host": "https://api.xiaoe-tech.com",
            "port": "443",
            "login": "appXXXXXXXXXXXX",
            "password": "小鹅通后台 - 应用详情 / from the app's page in the console",
        },
    },
    "conn-fields": {
        "client_id": {
            "label": "应用 client_id / App client_id",
            "description": (
                "授权应用的 ID（xop 开头）；2019-12-09 之前开通的店铺可留空。 / "
                "Id of the authorised app (xop…); may be empty for shops opened before 2019-12-09."
            ),
            "schema": {"type": ["string", "null"]},
        },
        "order_feed": {
            "label": "订单读取方式 / How orders are read",
            "description": (
                "update 按更新时间（推荐）；create 按创建时间，并重读近期订单。 / "
                "update: by update time (recommended); create: by creation time, re-reading "
                "recent orders."
            ),
            "schema": {
                "type": "string",
                "enum": ["update", "create"],
                "default": "update",
            },
        },
        "push_token": {
            "label": "消息推送 Token / Push token",
            "description": (
                "可选；与 EncodingAESKey 都填写才接收推送，见 docs/push.md。 / "
                "Optional; with both of them filled in, pushes are received: see docs/push.md."
            ),
            "schema": {"type": ["string", "null"], "format": "password"},
        },
        "push_aes_key": {
            "label": "消息推送 EncodingAESKey / Push key",
            "description": "可选，43 位。 / Optional, 43 characters.",
            "schema": {"type": ["string", "null"], "format": "password"},
        },
        "push_check_on": {
            "label": "推送地址检查日 / Day of the push address's check",
            "description": (
                "收到第一条推送后，小鹅通不能再检查地址；要重新保存地址时填当天日期，"
                "如 2026-11-28。 / After the first push the console can check the address no "
                "more; to save it again, enter that day's date."
            ),
            "schema": {"type": ["string", "null"]},
        },
        **_SWITCHES,
    },
}

_MINGDAO = {
    "connection-type": "mingdao",
    "hook-class-name": "connectors.mingdao.hook.MingdaoHook",
    "hook-name": "明道云 HAP / Mingdao HAP",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "host": "接口地址 / API address",
            "port": _PORT,
            "login": "应用 AppKey / App AppKey",
            "password": "签名 Sign / App Sign",
        },
        "placeholders": {
            "host": "https://api.mingdao.com（私有部署：https://域名/api）",
            "port": "443",
            "login": "应用 - API 开发文档 - 授权 / from the app's API authorisation page",
            "password": "与 AppKey 同页 / on the same page as the AppKey",
        },
    },
    "conn-fields": {
        "timezone": {
            "label": "应用时区 / Time zone of the app",
            "description": (
                "明道云应用里日期时间所用的时区。 / The zone of the date-times in the HAP app."
            ),
            "schema": {"type": ["string", "null"], "default": "Asia/Shanghai"},
        },
        "trigger_workflow": {
            "label": "写入时触发工作流 / Trigger workflows on writes",
            "description": (
                "默认关闭：每次写入触发工作流会慢 1 到 5 秒，并可能触发大量通知。 / "
                "Off by default: it costs 1 to 5 seconds a write and can send many notices."
            ),
            "schema": {"type": ["boolean", "null"], "default": False},
        },
        **_SWITCHES,
    },
}


def get_provider_info() -> dict[str, object]:
    """Return the provider's description for Airflow's provider discovery."""
    return {
        "package-name": "xiaoe-mingdao-airflow",
        "name": "Xiaoe-tong and Mingdao HAP",
        "description": "小鹅通与明道云连接器 / connectors for Xiaoe-tong and Mingdao HAP",
        "versions": ["0.1.0"],
        "connection-types": [_XIAOE, _MINGDAO],
    }
