"""Shapes and units of the shop's answers that no document settles (contracts: xiaoe §13).

Only names of keys and kinds of values are told, never what a person has in them.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from connectors.errors import Bilingual, ConfigurationError, RejectedError
from connectors.xiaoe.models.purchases import NAMES
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, right, unknown, wrong
from include.mapping.answers import answers_text, read_answers
from include.source.pay_sums import PaySums

PAY_SUM = Bilingual("用户列表 2.0 的 pay_sum 单位", "unit of pay_sum in user list 2.0")
CURSOR = Bilingual("用户列表 2.0 的游标", "cursor of user list 2.0")
RESOURCES = Bilingual("接口 xe.resource.list.get", "interface resource.list")
FORM_ANSWERS = Bilingual("采集信息（按表单）的格式", "answers by form: shape")
USER_ANSWERS = Bilingual("采集信息（按用户）的格式", "answers by user: shape")
PURCHASES = Bilingual("商品有效期的字段", "fields of purchases")
REPORT = Bilingual("把这一行发给本项目的维护者", "send this line to this project's maintainers")
_PAGES, _BUYERS = 4, 5
_NOT_OFFERED = "2052"
_USE_LIST = Bilingual(
    "在「第三方应用配置」停用 user.list.cursor",
    "switch user.list.cursor off in HAP's 第三方应用配置",
)


def users(context: DoctorContext) -> Iterator[Finding]:
    """Find out the unit of what users have paid, and whether the list tells where to go on."""
    sums, cursor, without = PaySums(context.xiaoe), None, 0
    for _ in range(_PAGES):
        page = context.xiaoe.list_users_after(cursor, 50)
        sums.in_yuan(page.rows)
        without += sum(row.es_skip is None for row in page.rows)
        cursor = page.rows[-1].es_skip if page.rows else None
        if sums.per_yuan or cursor is None:
            break
    if sums.per_yuan is None:
        yield unknown(PAY_SUM, "前 200 位用户里没有人付过款", "no payer among the newest users")
    else:
        fen = sums.per_yuan == 100
        yield right(PAY_SUM, "分；已自动换算" if fen else "元", "fen, converted" if fen else "yuan")
    if without:
        yield wrong(
            CURSOR, "没有 es_skip，无法翻页", "rows carry no cursor", _USE_LIST, blocking=True
        )
    else:
        yield right(CURSOR, "每行都有 es_skip", "each row carries es_skip")


def resource_list(context: DoctorContext) -> Iterator[Finding]:
    """Find out whether the undocumented resource list is there at all."""
    try:
        context.xiaoe.list_resources(1, 1)
    except (RejectedError, ConfigurationError) as error:
        if error.code == _NOT_OFFERED:
            used = context.sync.settings.enabled("resource.list")
            absent = Bilingual("不存在", "not offered")
            if not used:
                yield right(
                    RESOURCES, f"{absent.zh}；默认停用，用商品列表 2.0", "not offered, not used"
                )
                return
            action = Bilingual("在「第三方应用配置」停用 resource.list", "switch it off in HAP")
            yield wrong(RESOURCES, absent.zh, absent.en, action, blocking=True)
            return
        yield unknown(RESOURCES, f"没有回答 ({error.code})", "it does not answer", error.action)
        return
    yield right(RESOURCES, "存在；可在「第三方应用配置」启用", "it exists and may be switched on")


def information(context: DoctorContext) -> Iterator[Finding]:
    """Find out under which key answered forms are listed, and how answers are written."""
    forms = context.xiaoe.list_forms(1, 50).rows
    form = next((one for one in forms if one.collect_count), forms[0] if forms else None)
    answered: list[Mapping[str, Any]] = []
    if form is None:
        yield unknown(FORM_ANSWERS, "店铺里没有表单", "the shop has no forms")
    else:
        asked = {"form_id": form.form_id, "page": 1, "page_size": 10}
        answered = yield from _answers(context, "information.form.result", FORM_ANSWERS, asked)
    people = [str(row["user_id"]) for row in answered if row.get("user_id")] or context.buyers
    if not people:
        yield unknown(USER_ANSWERS, "没有用户可供验证", "there is no user to ask about")
        return
    asked = {"user_id": people[0], "page": 1, "page_size": 10}
    yield from _answers(context, "information.user", USER_ANSWERS, asked)


def _answers(
    context: DoctorContext, api: str, check: Bilingual, asked: dict[str, Any]
) -> Generator[Finding, None, list[Mapping[str, Any]]]:
    key, rows = list_of(context.xiaoe.raw(api, asked))
    if key is None:
        yield wrong(check, "找不到列表", "there is no list in the answer", REPORT, blocking=True)
        return []
    if not rows:
        yield unknown(check, f"列表在 {key}；没有记录可看", f"listed under {key}; no record to see")
        return rows
    kinds = sorted({kind_of(row.get("extra")) for row in rows})
    reported = [row for row in rows if answers_text(row.get("extra"))]
    unread = [row for row in reported if not read_answers(row.get("extra"))]
    zh, en = f"列表在 {key},extra 是 {'、'.join(kinds)}", f"listed under {key}, extra as told"
    if unread:
        yield wrong(check, f"{zh};{len(unread)} 条读不出问题和答案", f"{en}; some unread", REPORT)
    else:
        yield right(check, f"{zh}；都能读出", f"{en}; all are read")
    return rows


def purchases(context: DoctorContext) -> Iterator[Finding]:
    """Find out which of the possible keys the purchase records carry."""
    for user_id in context.buyers[:_BUYERS]:
        asked = {"user_id": user_id, "page_index": 1, "page_size": 50}
        key, rows = list_of(context.xiaoe.raw("purchase", {"data": asked}))
        if rows:
            yield _purchase_fields(key or "", rows)
            return
    yield unknown(
        PURCHASES,
        "最近的买家都没有记录；有效期取自订单",
        "no recent buyer has a record; the order's own validity is used",
    )


def _purchase_fields(key: str, rows: list[Mapping[str, Any]]) -> Finding:
    keys = {name for row in rows for name in row}
    found = {
        field: next((name for name in names if name in keys), None)
        for field, names in NAMES.items()
    }
    ends = found["expire_at"] or (found["period"] if found["period_type"] else None)
    goods = found["resource_id"]
    reported = f"列表在 {key}；商品={goods or '无'}，有效期止={ends or '无'}"
    if goods and ends:
        return right(PURCHASES, reported, "good and end of validity are found")
    return wrong(
        PURCHASES, reported, "a field is missing; the order's own validity is used", REPORT
    )


def kind_of(extra: object) -> str:
    """Return in which form the answers of a record came."""
    if extra in (None, ""):
        return "空 empty"
    if not isinstance(extra, str):
        return "已解码 decoded"
    try:
        parsed = json.loads(extra)
    except ValueError:
        return "文本 text"
    names: dict[type, str] = {
        list: "JSON 数组 array",
        dict: "JSON 对象 object",
        str: "双重编码 double-encoded",
    }
    return names.get(type(parsed), "文本 text")


def list_of(data: object) -> tuple[str | None, list[Mapping[str, Any]]]:
    """Return the key under which an answer lists its rows, and the rows."""
    if isinstance(data, list):
        return "data", [row for row in data if isinstance(row, Mapping)]
    if not isinstance(data, Mapping):
        return None, []
    lists = {key: value for key, value in data.items() if isinstance(value, list)}
    key = next(iter(lists), None)
    return key, [row for row in lists.get(key or "", []) if isinstance(row, Mapping)]
