"""Whether the shop's pushes can arrive: the keys, the DAG, the address; all of it is optional."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.errors import Bilingual, ConfigurationError, ConnectorError
from connectors.http.retries import RetryRules
from connectors.http.transport import Call, Deadlines, Transport
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, Setting, failed, right, unknown, wrong

PUSH = Bilingual("消息推送", "message push")
KEYS = Bilingual("推送的 Token 和 EncodingAESKey", "Token and EncodingAESKey of the push")
DAG = Bilingual("处理推送的 DAG", "DAG that takes the pushes")
RECEIVER = Bilingual("接收推送的地址（从 Airflow 内部）", "push address, from inside Airflow")
PUBLIC = Bilingual("接收推送的地址（从公网）", "push address, from the internet")
TOKEN_LENGTH = 16  # contracts: xiaoe §9.1
_CONSOLE = Bilingual(
    "小鹅通云服务控制台 → 消息推送 → 推送地址", "the shop's console, message push, its address"
)
_WITHOUT_NAME = "https://<Airflow 的公网域名 public name>"
_REFUSED = "403"  # what whoever cannot sign is answered


def receiver(context: DoctorContext) -> Iterator[Finding]:
    """Look at everything that a push passes; one line where nobody wants pushes."""
    try:
        keys = context.push.keys()
    except ConfigurationError as error:
        yield failed(KEYS, error)
        return
    if keys is None:
        yield right(
            PUSH,
            "未启用（可选）：订单每 15 分钟读取一次；要几秒内到达见 docs/push.md",
            "off, which is fine: orders are read every 15 minutes; docs/push.md switches it on",
        )
        return
    yield _keys(context, len(keys.token))
    yield _dag(context)
    yield _inside(context)
    yield _public(context)


def _keys(context: DoctorContext, length: int) -> Finding:
    if length != TOKEN_LENGTH:
        return unknown(
            KEYS,
            f"Token 有 {length} 位，小鹅通的是 {TOKEN_LENGTH} 位",
            f"the token has {length} characters, the shop's have {TOKEN_LENGTH}",
            Bilingual(
                f"与小鹅通「消息推送」页核对连接 {context.sync.config.xiaoe} 的 push_token",
                f"compare push_token of connection {context.sync.config.xiaoe} with the console's",
            ),
        )
    where = Setting(_address(context), _CONSOLE)
    return right(KEYS, "都已填写，格式正确", "both are there and well-formed", settings=[where])


def _dag(context: DoctorContext) -> Finding:
    name = context.sync.config.suffixed("xiaoe_push")
    paused = context.push.dag_paused
    if paused is None:
        return unknown(
            DAG,
            f"这里看不到 {name} 是否打开",
            f"whether {name} is on cannot be seen from here",
            Bilingual("在 Airflow 里运行 DAG xiaoe_doctor", "run the DAG xiaoe_doctor in Airflow"),
        )
    if paused:
        return wrong(
            DAG,
            f"{name} 是暂停的：推送只被记下，不处理",
            f"{name} is paused: pushes are kept and not dealt with",
            Bilingual(f"在 Airflow 打开 {name} 的开关", f"unpause {name} in Airflow"),
        )
    return right(DAG, f"{name} 已打开", f"{name} is on")


def _inside(context: DoctorContext) -> Finding:
    """Knock without a signature: a receiver that works answers 403."""
    if not context.push.inside:
        return unknown(RECEIVER, "这里不知道 Airflow 的地址", "Airflow's address is not known here")
    answer = _knock(context.push.inside, _path(context))
    if answer == _REFUSED:
        return right(RECEIVER, "在工作，并拒绝没有签名的请求", "it works, and refuses the unsigned")
    reported = {
        "404": Bilingual(
            "404:api-server 里没有这个店铺的密钥",
            "404: the api-server knows no keys of this shop",
        ),
        "503": Bilingual(
            "503:api-server 里的密钥不完整", "503: the api-server has half of the keys"
        ),
    }.get(answer, Bilingual(f"没有应有的回答 ({answer})", "not the answer that was expected"))
    action = Bilingual(
        "连接若来自环境变量，api-server 也要有同样的变量，并重启；再看 api-server 的日志",
        "where connections are variables, the api-server needs the same ones and a restart; "
        "then see its log",
    )
    return wrong(RECEIVER, reported.zh, reported.en, action)


def _public(context: DoctorContext) -> Finding:
    address = _address(context)
    if address.startswith(_WITHOUT_NAME):
        return unknown(
            PUBLIC,
            "Airflow 的 [api] base_url 不是公网 https 地址，看不出小鹅通能否到达",
            "Airflow's [api] base_url is no public https address, so this cannot be told",
            Bilingual(
                f"让反向代理以 https 只放行 {_path(context)}，再从外网 curl -i:403 就是通的",
                f"let a proxy pass {_path(context)} alone, over https; then curl -i from outside: "
                "403 means that it is reached",
            ),
        )
    return unknown(
        PUBLIC,
        "从公网能否到达，只能在公网上试",
        "whether the internet reaches it can only be tried out there",
        Bilingual(
            f"从外网 curl -i {address}:403 就是通的", "curl -i it from outside: 403 is right"
        ),
    )


def _path(context: DoctorContext) -> str:
    return f"/xiaoe-push/{context.sync.config.name}"


def _address(context: DoctorContext) -> str:
    """Return what to enter in the shop's console, with a gap where no public name is known."""
    public = context.push.public.rstrip("/")
    parts = urlsplit(public)
    known = parts.scheme == "https" and "." in (parts.hostname or "")
    return f"{public if known else _WITHOUT_NAME}{_path(context)}"


def _knock(base: str, path: str) -> str:
    """Return the status of an unsigned request, or the reason why there is none."""
    rules = RetryRules(tries=1)
    transport = Transport(
        base, allow_http=True, allow_private=True, retries=rules, deadlines=Deadlines(total=6.0)
    )
    call = Call(api="push.address", method="GET", path=path, repeat_safe=True)
    try:
        transport.send(call, lambda answer: answer.json)
    except ConnectorError as error:
        return error.code or error.explanation.zh
    return "200"
