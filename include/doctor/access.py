"""May we call the shop at all: credentials, whitelist, permission sets, clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from connectors.errors import ConnectorError, Words
from connectors.xiaoe.check import Checked, check_interfaces
from connectors.xiaoe.endpoints import ENDPOINTS
from include.doctor.findings import Finding, State, failed, right, wrong
from include.doctor.patient import Patient

CREDENTIALS = Words("小鹅通凭据", "Xiaoe-tong credentials")
WHITELIST = Words("IP 白名单", "IP whitelist")
CLOCK = Words("本机时钟(对小鹅通)", "this machine's clock, by the shop")
_REFUSED_ADDRESS = "2051"
_NO_PERMISSION = "(2017)"
CLOCK_MAY_DIFFER = timedelta(seconds=60)
CLOCK_MUST_NOT_DIFFER = timedelta(minutes=5)
SET_CLOCK = Words("用 NTP 校准运行 Airflow 的机器", "synchronise the clock of this machine (NTP)")


def credentials(patient: Patient) -> Iterator[Finding]:
    """Ask for a token: the whitelist is looked at there, before anything else works."""
    try:
        patient.xiaoe.verify()
    except ConnectorError as error:
        is_address = error.code == _REFUSED_ADDRESS
        yield failed(WHITELIST if is_address else CREDENTIALS, error, blocking=True)
        return
    yield right(CREDENTIALS, "已取得令牌", "a token was given")
    yield right(WHITELIST, "本机出口 IP 已放行", "this machine's address is admitted")


def permissions(patient: Patient) -> Iterator[Finding]:
    """Ask each interface once; one line for each permission set, and for whatever else fails."""
    sets: dict[str, list[Checked]] = {}
    for one in check_interfaces(patient.xiaoe):
        sets.setdefault(ENDPOINTS[one.api].permission, []).append(one)
    for permission, apis in sets.items():
        yield from _permission(patient, permission, apis)


def _permission(patient: Patient, permission: str, apis: Iterable[Checked]) -> Iterator[Finding]:
    check = Words(f"权限集 {permission}", "permission set")
    refused = [one for one in apis if not one.ok]
    used = [one.api for one in refused if patient.settings.enabled(one.api)]
    lacking = [one.api for one in refused if _NO_PERMISSION in one.message]
    if not refused:
        names = ", ".join(one.api for one in apis)
        yield right(check, f"可用:{names}", "all interfaces of it work")
    if lacking:
        yield wrong(
            check,
            f"没有权限:{', '.join(lacking)}",
            "these interfaces are not permitted",
            Words(
                f"小鹅通云服务控制台 → 应用 → 权限集,开通「{permission}」;"
                "暂不需要的接口可在「第三方应用配置」停用",
                "switch this permission set on in the shop's console, or the interface off in the "
                "worksheet 第三方应用配置",
            ),
            blocking=bool(set(lacking) & set(used)),
        )
    for one in refused:
        if one.api not in lacking:
            told, _, action = one.message.removeprefix(f"{one.api}: ").partition(" — ")
            zh, _, en = told.partition(" / ")
            do_zh, _, do_en = action.partition(" / ")
            yield wrong(
                Words(f"接口 {one.api}", "interface"),
                zh,
                en,
                Words(do_zh, do_en),
                blocking=one.api in used,
            )


def clock(patient: Patient) -> Iterator[Finding]:
    """Compare this machine's clock with the time that the shop's answers tell."""
    yield clock_finding(CLOCK, patient.xiaoe.transport.server_ahead)


def clock_finding(check: Words, ahead: timedelta | None) -> Finding:
    """Judge how far a server is ahead of this machine."""
    if ahead is None:
        return Finding(check, State.UNKNOWN, Words("回答里没有时间", "the answers tell no time"))
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
