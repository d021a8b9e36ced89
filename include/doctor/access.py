"""May we call the shop at all: credentials, whitelist, permission sets, clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from connectors.errors import Bilingual, ConnectorError
from connectors.xiaoe.check import Checked, check_interfaces
from connectors.xiaoe.endpoints import ENDPOINTS
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, State, failed, right, wrong

CREDENTIALS = Bilingual("小鹅通凭据", "Xiaoe-tong credentials")
WHITELIST = Bilingual("IP 白名单", "IP whitelist")
CLOCK = Bilingual("本机时钟（对小鹅通）", "this machine's clock, by the shop")
_REFUSED_ADDRESS = "2051"
_NO_PERMISSION = "(2017)"
CLOCK_MAY_DIFFER = timedelta(seconds=60)
CLOCK_MUST_NOT_DIFFER = timedelta(minutes=5)
SET_CLOCK = Bilingual(
    "用 NTP 校准运行 Airflow 的机器", "synchronise the clock of this machine (NTP)"
)


def credentials(context: DoctorContext) -> Iterator[Finding]:
    """Ask for a token: the whitelist is looked at there, before anything else works."""
    try:
        context.xiaoe.verify()
    except ConnectorError as error:
        is_address = error.code == _REFUSED_ADDRESS
        yield failed(WHITELIST if is_address else CREDENTIALS, error, blocking=True)
        return
    yield right(CREDENTIALS, "已取得令牌", "a token was given")
    yield right(WHITELIST, "本机出口 IP 已放行", "this machine's address is admitted")


def permissions(context: DoctorContext) -> Iterator[Finding]:
    """Ask each interface once; one line for each permission set, and for whatever else fails."""
    sets: dict[str, list[Checked]] = {}
    for one in check_interfaces(context.xiaoe):
        sets.setdefault(ENDPOINTS[one.api].permission, []).append(one)
    for permission, apis in sets.items():
        yield from _permission(context, permission, apis)


def _permission(
    context: DoctorContext, permission: str, apis: Iterable[Checked]
) -> Iterator[Finding]:
    check = Bilingual(f"权限集 {permission}", "permission set")
    refused = [one for one in apis if not one.ok]
    used = [one.api for one in refused if context.sync.settings.enabled(one.api)]
    lacking = [one.api for one in refused if _NO_PERMISSION in one.message]
    if not refused:
        names = ", ".join(one.api for one in apis)
        yield right(check, f"可用：{names}", "all interfaces of it work")
    if lacking:
        yield wrong(
            check,
            f"没有权限：{', '.join(lacking)}",
            "these interfaces are not permitted",
            Bilingual(
                f"小鹅通云服务控制台 → 应用 → 权限集，开通「{permission}」；"
                "暂不需要的接口可在「第三方应用配置」停用",
                "switch this permission set on in the shop's console, or the interface off in the "
                "worksheet 第三方应用配置",
            ),
            blocking=bool(set(lacking) & set(used)),
        )
    for one in refused:
        if one.api not in lacking:
            reported, _, action = one.message.removeprefix(f"{one.api}: ").partition(" — ")
            zh, _, en = reported.partition(" / ")
            do_zh, _, do_en = action.partition(" / ")
            yield wrong(
                Bilingual(f"接口 {one.api}", "interface"),
                zh,
                en,
                Bilingual(do_zh, do_en),
                blocking=one.api in used,
            )


def clock(context: DoctorContext) -> Iterator[Finding]:
    """Compare this machine's clock with the time that the shop's answers tell."""
    yield clock_finding(CLOCK, context.xiaoe.transport.server_ahead)


def clock_finding(check: Bilingual, ahead: timedelta | None) -> Finding:
    """Judge how far a server is ahead of this machine."""
    if ahead is None:
        return Finding(
            check, State.UNKNOWN, Bilingual("回答里没有时间", "the answers tell no time")
        )
    seconds = round(ahead.total_seconds())
    if abs(ahead) <= CLOCK_MAY_DIFFER:
        return right(check, f"相差 {seconds} 秒", "they agree")
    return wrong(
        check,
        f"本机比对方{'慢' if seconds > 0 else '快'} {abs(seconds)} 秒",
        "this machine's clock is wrong",
        SET_CLOCK,
        blocking=abs(ahead) > CLOCK_MUST_NOT_DIFFER,
    )
