"""Users: the two lists, the look-up by ids, the single user (xiaoe §4).

None of them knows an update time. List 1.0.0 stops at row 10,000, list 2.0.0 goes on by a cursor;
both run from the newest registration to the oldest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import ApiError, Call
from include.simulators.xiaoe.dialect import Json
from include.simulators.xiaoe.money import in_unit
from include.simulators.xiaoe.pages import Fetch, Page, Paging, beyond, listing, of_sequence
from include.simulators.xiaoe.shop.records import User
from include.simulators.xiaoe.windows import DAY

_PAGING = Paging(default_size=50, max_size=50)
_CHANNELS = {0: "微信", 6: "通用H5", 8: "B端导入", 9: "手机号", 10: "QQ"}
_FIELDS = (
    "wx_union_id",
    "wx_open_id",
    "wx_app_open_id",
    "wx_email",
    "nickname",
    "name",
    "avatar",
    "gender",
    "city",
    "province",
    "country",
    "phone",
    "birth",
    "address",
    "company",
    "is_seal",
    "job",
    "wx_account",
    "phone_collect",
    "sdk_user_id",
    "created_at",
)


def list_users(call: Call) -> Json:
    """Answer one page of list 1.0.0; rows beyond the cap are out of reach."""
    settings = call.settings
    page = _PAGING.read(call)
    total, fetch = _select(call)
    shown = beyond(call, page, settings.user_rows_cap, settings.user_cap_answer)
    return listing(call, shown or Page(page.number, 0, 0), total, fetch, _row_1_0)


def list_users_after(call: Call) -> Json:
    """Answer one page of list 2.0.0: what follows the cursor `es_skip`."""
    page = _PAGING.read(call)
    total, fetch = _select(call)
    start = _position(call, fetch, total)
    return listing(call, Page(page.number, page.size, start), total, fetch, _row_2_0)


def users_by_id(call: Call) -> Json:
    """Answer the users of a list of at most 50 ids; unknown ids are just not there."""
    ids = [str(user_id) for user_id in call.list_of("user_id_list")]
    if not ids or len(ids) > 50:
        raise call.bad_parameter("user_id_list")
    users = [call.shop.users[user_id] for user_id in ids if user_id in call.shop.users]
    return listing(call, _PAGING.read(call), len(users), of_sequence(users), _row_by_id)


def user_info(call: Call) -> Json:
    """Answer one user: `user_id` on top, everything else in `data`."""
    user = _find(call)
    wanted = {str(name) for name in _names(call.params.get("field_list"))}
    if not wanted:
        raise call.bad_parameter("field_list")
    facts = _facts(user)
    chosen = {name: facts[name] for name in _FIELDS if name in wanted}
    extras = {
        "app_id": call.shop.app_id,
        "user_id": user.user_id,
        "wx_open_id": user.wx_open_id,
        "wx_union_id": user.wx_union_id,
        "nickname": user.nickname,
    }
    return {**extras, **chosen} if call.settings.user_info_extras else chosen


def _select(call: Call) -> tuple[int, Fetch[User]]:
    shop = call.shop
    index = shop.users_by_time
    start, end = call.time("user_created_start"), call.time("user_created_end")
    if end is not None and call.settings.user_day_end == "inclusive":
        end += DAY
    low, high = index.span(start, end, with_end=False)

    def fetch(first: int, last: int) -> Iterable[User]:
        ids = index.ids(max(low, high - last), high - first, descending=True)
        return (shop.users[user_id] for user_id in ids)

    if not _has_filters(call):
        return high - low, fetch
    chosen = [user for user in fetch(0, high - low) if _matches(call, user)]
    return len(chosen), of_sequence(chosen)


def _has_filters(call: Call) -> bool:
    names = ("phone", "nickname", "name", "min_pay_sum", "max_pay_sum", "min_punch_count")
    channel = call.number("from", -1)
    return channel != -1 or any(call.text(name) for name in (*names, "max_punch_count"))


def _matches(call: Call, user: User) -> bool:
    channel = call.number("from", -1)
    if channel is not None and channel != -1 and _CHANNELS.get(channel) != user.channel:
        return False
    return _matches_name(call, user) and _matches_range(call, user)


def _matches_name(call: Call, user: User) -> bool:
    # the first of the three that is given decides
    if phone := call.text("phone"):
        return phone in {user.bind_phone, user.collect_phone}
    if nickname := call.text("nickname"):
        return nickname in user.nickname
    return call.text("name") in user.name


def _matches_range(call: Call, user: User) -> bool:
    for name, value in (("pay_sum", user.pay_sum / 100), ("punch_count", user.punch_count)):
        low, high = call.decimal(f"min_{name}"), call.decimal(f"max_{name}")
        if (low is not None and value < low) or (high is not None and value > high):
            return False
    return True


def _position(call: Call, fetch: Fetch[User], total: int) -> int:
    cursor = call.params.get("es_skip")
    if not isinstance(cursor, dict) or not cursor.get("user_created_at"):
        return 0
    try:
        after = (-int(cursor["user_created_at"]), -int(cursor.get("id") or 0))
    except (TypeError, ValueError):
        raise call.bad_parameter("es_skip") from None
    low, high = 0, total
    while low < high:
        middle = (low + high) // 2
        user = next(iter(fetch(middle, middle + 1)))
        if (-_milliseconds(user.registered_at), -user.number) > after:
            high = middle
        else:
            low = middle + 1
    return low


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _row(user: User, unit: str) -> dict[str, Json]:
    return {
        "user_id": user.user_id,
        "user_nickname": user.nickname,
        "bind_phone": user.bind_phone,
        "collect_phone": user.collect_phone,
        "avatar": user.avatar,
        "from": user.channel,
        "pay_sum": in_unit(user.pay_sum, unit),
        "punch_count": user.punch_count,
        "wx_union_id": user.wx_union_id,
        "wx_open_id": user.wx_open_id,
        "wx_app_open_id": user.wx_app_open_id,
        "user_created_at": format_time(user.registered_at),
    }


def _row_1_0(call: Call, user: User) -> dict[str, Json]:
    return call.dialect.row(user.user_id, _row(user, call.settings.user_v1_pay_sum))


def _row_by_id(call: Call, user: User) -> dict[str, Json]:
    return call.dialect.row(user.user_id, _row(user, "yuan"))


def _row_2_0(call: Call, user: User) -> dict[str, Json]:
    row = call.dialect.row(user.user_id, _row(user, call.settings.user_v2_pay_sum))
    if "latest_visited_at" in call.list_of("need_column"):
        row["latest_visited_at"] = _milliseconds(user.visited_at) if user.visited_at else 0
    if call.settings.es_skip:
        row["es_skip"] = {
            "id": user.number,
            "user_created_at": _milliseconds(user.registered_at),
        }
    return row


def _find(call: Call) -> User:
    shop, user_id = call.shop, str(call.top.get("user_id") or "")
    if user_id in shop.aliases and call.settings.merged_user_info == "remaining":
        user_id = shop.aliases[user_id]
    if user_id:
        found = shop.users.get(user_id)
    else:
        keys = {name: call.text(name) for name in ("wx_union_id", "wx_open_id", "phone")}
        if not any(keys.values()):
            raise ApiError(2009)
        found = next((u for u in shop.users.values() if _has_key(u, keys)), None)
    if found is None:
        raise ApiError(call.settings.user_not_found_code)
    return found


def _has_key(user: User, keys: dict[str, str]) -> bool:
    phone = keys["phone"].removeprefix("+86-")
    return (
        (keys["wx_union_id"] != "" and keys["wx_union_id"] == user.wx_union_id)
        or (keys["wx_open_id"] != "" and keys["wx_open_id"] == user.wx_open_id)
        or (phone != "" and phone in {user.bind_phone, user.collect_phone})
    )


def _names(field_list: Json) -> Iterable[Json]:
    # documented as an object, sent as an array by every known client
    if isinstance(field_list, dict):
        return [*field_list.keys(), *field_list.values()]
    return field_list if isinstance(field_list, list) else []


def _facts(user: User) -> dict[str, Json]:
    return {
        **dict.fromkeys(_FIELDS, ""),
        "wx_union_id": user.wx_union_id,
        "wx_open_id": user.wx_open_id,
        "wx_app_open_id": user.wx_app_open_id,
        "wx_email": user.email,
        "nickname": user.nickname,
        "name": user.name,
        "avatar": user.avatar,
        "gender": user.gender,
        "city": user.city,
        "province": user.province,
        "phone": user.bind_phone,
        "company": user.company,
        "is_seal": 0,
        "job": user.job,
        "phone_collect": user.collect_phone,
        "created_at": format_time(user.registered_at),
    }
