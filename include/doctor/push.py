"""Whether the shop's pushes can arrive: the keys, the DAG, the address; all of it is optional."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.errors import ConfigurationError, ConnectorError, Words
from connectors.http.retries import RetryRules
from connectors.http.transport import Call, Deadlines, Transport
from include.doctor.findings import Finding, Setting, failed, right, unknown, wrong
from include.doctor.patient import Patient

PUSH = Words("消息推送", "message push")
KEYS = Words("推送的 Token 和 EncodingAESKey", "Token and EncodingAESKey of the push")
DAG = Words("处理推送的 DAG", "DAG that takes the pushes")
RECEIVER = Words("接收推送的地址(从 Airflow 内部)", "push address, from inside Airflow")
PUBLIC = Words("接收推送的地址(从公网)", "push address, from the internet")
TOKEN_LENGTH = 16  # contracts: xiaoe §9.1
_CONSOLE = Words(
    "小鹅通云服务控制台 → 消息推送 → 推送地址", "the shop's console, message push, its address"
)
_WITHOUT_NAME = "https://<Airflow 的公网域名 public name>"
_REFUSED = "403"  # what whoever cannot sign is answered


def receiver(patient: Patient) -> Iterator[Finding]:
    """Look at everything that a push passes; one line where nobody wants pushes."""
    try:
        keys = patient.push.keys()
    except ConfigurationError as error:
        yield failed(KEYS, error)
        return
    if keys is None:
        yield right(
            PUSH,
            "未启用(可选):订单每 15 分钟读取一次;要几秒内到达见 docs/push.md",
            "off, which is fine: orders are read every 15 minutes; docs/push.md switches it on",
        )
        return
    yield _keys(patient, len(keys.token))
    yield _dag(patient)
    yield _inside(patient)
    yield _public(patient)


def _keys(patient: Patient, length: int) -> Finding:
    if length != TOKEN_LENGTH:
        return unknown(
            KEYS,
            f"Token 有 {length} 位,小鹅通的是 {TOKEN_LENGTH} 位",
            f"the token has {length} characters, the shop's have {TOKEN_LENGTH}",
            Words(
                f"与小鹅通「消息推送」页核对连接 {patient.config.xiaoe} 的 push_token",
                f"compare push_token of connection {patient.config.xiaoe} with the console's",
            ),
        )
    where = Setting(_address(patient), _CONSOLE)
    return right(KEYS, "都已填写,格式正确", "both are there and well-formed", settings=[where])


def _dag(patient: Patient) -> Finding:
    name = patient.config.suffixed("xiaoe_push")
    paused = patient.push.dag_paused
    if paused is None:
        return unknown(
            DAG,
            f"这里看不到 {name} 是否打开",
            f"whether {name} is on cannot be seen from here",
            Words("在 Airflow 里运行 DAG xiaoe_doctor", "run the DAG xiaoe_doctor in Airflow"),
        )
    if paused:
        return wrong(
            DAG,
            f"{name} 是暂停的:推送只被记下,不处理",
            f"{name} is paused: pushes are kept and not dealt with",
            Words(f"在 Airflow 打开 {name} 的开关", f"unpause {name} in Airflow"),
        )
    return right(DAG, f"{name} 已打开", f"{name} is on")


def _inside(patient: Patient) -> Finding:
    """Knock without a signature: a receiver that works answers 403."""
    if not patient.push.inside:
        return unknown(RECEIVER, "这里不知道 Airflow 的地址", "Airflow's address is not known here")
    answer = _knock(patient.push.inside, _path(patient))
    if answer == _REFUSED:
        return right(RECEIVER, "在工作,并拒绝没有签名的请求", "it works, and refuses the unsigned")
    told = {
        "404": Words(
            "404:api-server 里没有这个店铺的密钥",
            "404: the api-server knows no keys of this shop",
        ),
        "503": Words("503:api-server 里的密钥不完整", "503: the api-server has half of the keys"),
    }.get(answer, Words(f"没有应有的回答 ({answer})", "not the answer that was expected"))
    action = Words(
        "连接若来自环境变量,api-server 也要有同样的变量,并重启;再看 api-server 的日志",
        "where connections are variables, the api-server needs the same ones and a restart; "
        "then see its log",
    )
    return wrong(RECEIVER, told.zh, told.en, action)


def _public(patient: Patient) -> Finding:
    address = _address(patient)
    if address.startswith(_WITHOUT_NAME):
        return unknown(
            PUBLIC,
            "Airflow 的 [api] base_url 不是公网 https 地址,看不出小鹅通能否到达",
            "Airflow's [api] base_url is no public https address, so this cannot be told",
            Words(
                f"让反向代理以 https 只放行 {_path(patient)},再从外网 curl -i:403 就是通的",
                f"let a proxy pass {_path(patient)} alone, over https; then curl -i from outside: "
                "403 means that it is reached",
            ),
        )
    return unknown(
        PUBLIC,
        "从公网能否到达,只能在公网上试",
        "whether the internet reaches it can only be tried out there",
        Words(f"从外网 curl -i {address}:403 就是通的", "curl -i it from outside: 403 is right"),
    )


def _path(patient: Patient) -> str:
    return f"/xiaoe-push/{patient.config.name}"


def _address(patient: Patient) -> str:
    """Return what to enter in the shop's console, with a gap where no public name is known."""
    public = patient.push.public.rstrip("/")
    parts = urlsplit(public)
    known = parts.scheme == "https" and "." in (parts.hostname or "")
    return f"{public if known else _WITHOUT_NAME}{_path(patient)}"


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
