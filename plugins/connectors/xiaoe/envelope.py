"""Opens the vendor's envelope ``{"code": 0, "msg": …, "data": …}`` and reads records out of it.

A stranger would test ``msg``: it has seven spellings of success, and on some pages another name, so
the code alone counts (contracts: xiaoe §1). What matters most here is that a broken answer is never
taken for "no rows": a list that is missing is an error unless the vendor says that there are none.

A row that cannot be read costs itself alone: it is set apart with what identifies it, and the page
holds the others. Validation errors are restated without the values in them, which are people's
data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, TypeVar

from connectors.codes import REPORT, SKIP, error_for
from connectors.errors import Bilingual, ContractError, NotFound
from connectors.http.answers import Answer
from connectors.xiaoe.endpoints import ENDPOINTS
from connectors.xiaoe.models.record import Page, Record, UnreadableRow
from connectors.xiaoe.rows import NO_RECORD, UnreadableFieldError, read_row, set_apart
from connectors.xiaoe.values import is_nothing, to_int, to_list

R = TypeVar("R", bound=Record)

_PERHAPS_IP = re.compile(r"[0-9a-fA-F.:]{3,}")

_IDS = ("aftersale_id", "order_id", "user_id", "resource_id", "form_id")
_ID = re.compile(r"\w{1,64}", re.ASCII)


def unwrap(answer: Answer) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``data`` of a successful answer.

    Raises:
        ContractError: There is no envelope, or its code is no number.
        ConnectorError: Whatever the code means, see `connectors.codes`.
    """
    body = answer.json
    code = _code(body.get("code")) if isinstance(body, Mapping) else None
    if code is None:
        raise broken(answer.api, "没有返回码", "there is no code in the answer")
    if code == 0:
        return body.get("data")
    message = str(body.get("msg") or body.get("message") or "")
    raise error_for(
        "xiaoe",
        answer.api,
        code,
        permission=ENDPOINTS[answer.api].permission,
        seen_ip=_address_in(message) if code == 2051 else None,
    )


def read_page(
    api: str,
    data: Any,  # noqa: ANN401 - any JSON value
    model: type[R],
    *,
    rows_before: int | None = 0,
    place: str = "",
    part: str = "",
    of_one: bool = False,
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> Page[R]:
    """Read the rows of a list answer.

    Args:
        api: Our name of the call.
        data: The answer's ``data``.
        model: What each row is read as.
        rows_before: Rows on the pages before this one; None if unknown, as with a cursor. Behind
            the last page a list may be null although the total is not 0.
        place: Which part of the list was asked for, to name a row that has no id.
        part: What has to be asked for to see these rows again, see `UnreadableRow`.
        of_one: Whether the list tells of few records that were asked for, one user or column: where
            nothing in it is a record at all, that is a broken answer and no odd row. Of all orders
            in a window the one may be odd that is there.
        prepare: May rename a row's keys first.

    Raises:
        ContractError: The list is missing, or holds no record where `of_one`.
    """
    rows, total = _rows(api, data, rows_before)
    page = Page[R]([], total)
    for number, row in enumerate(rows, 1):
        try:
            page.rows.append(read_row(row, model, prepare))
        except UnreadableFieldError as error:
            where = f"{place} 第 {(rows_before or 0) + number} 行".strip()
            page.unreadable.append(set_apart(api, row, model, where, error.field, part))
    if of_one and not page.rows and _are_no_records(page.unreadable):
        raise broken(api, "列表里没有一条是记录", "nothing in the list is a record")
    return page


def read_one(api: str, data: Any, model: type[R]) -> R:  # noqa: ANN401 - any JSON value
    """Read a single record.

    Raises:
        NotFound: The vendor sent an empty object or list in its place.
        ContractError: It is not what it should be.
    """
    if data in ({}, []):
        raise NotFound(api, Bilingual("没有这条记录", "there is no such record"), SKIP)
    if data is not None and not isinstance(data, Mapping):
        # An optional field may be left out, but a list or a text is no record without fields.
        raise broken(api, "回答不是一条记录", "the answer is no record")
    return read(api, data, model)


def read(api: str, value: Any, model: type[R]) -> R:  # noqa: ANN401 - any JSON value
    """Read one record out of JSON, or raise a ContractError that names the field and the record."""
    try:
        return read_row(value, model)
    except UnreadableFieldError as error:
        field = error.field
    named = _named(value)
    raise broken(api, f"字段 {field} 不符合约定{named}", f"field {field} is not as agreed{named}")


def _are_no_records(rows: Sequence[UnreadableRow]) -> bool:
    return bool(rows) and all(row.field == NO_RECORD for row in rows)


def _named(value: object) -> str:
    """Return the id of a record that cannot be read, for a person to look it up; never a name."""
    blocks = [value, *value.values()] if isinstance(value, Mapping) else []
    for block in blocks:
        for key in _IDS if isinstance(block, Mapping) else ():
            if isinstance(block.get(key), str) and _ID.fullmatch(block[key]):
                return f" ({key} {block[key]})"
    return ""


def broken(api: str, zh: str, en: str) -> ContractError:
    """Build the error for an answer that does not keep the contract."""
    return ContractError(api, Bilingual(zh, en), REPORT)


def _address_in(message: str) -> str | None:
    """Find an IP address; nothing else of the vendor's message is ever shown."""
    for word in _PERHAPS_IP.findall(message):
        try:
            return str(ip_address(word.rstrip(".:")))
        except ValueError:
            continue
    return None


def _code(value: object) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return to_int(value)
    except ValueError:
        return None


def _rows(
    api: str,
    data: Any,  # noqa: ANN401 - any JSON value
    rows_before: int | None,
) -> tuple[list[Any], int | None]:
    """Find the list and the total; an empty object is written as ``[]`` by the vendor's backend."""
    if isinstance(data, list):
        return data, None
    if not isinstance(data, Mapping):
        raise broken(api, "没有数据", "there is no data in the answer")
    total = _total(api, data)
    key = _list_key(data, ENDPOINTS[api].list_keys)
    if key is None and total != 0:
        raise broken(api, "缺少列表", "the list is missing")
    rows = data.get(key) if key else None
    if is_nothing(rows) and rows_before is not None and (total or 0) > rows_before:
        raise broken(api, "还有数据但列表为空值", "the list is null although there are more rows")
    try:
        return to_list(rows), total
    except ValueError:
        raise broken(api, "列表不是列表", "the list is no list") from None


def _list_key(data: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in data:
            return name
        for key, value in data.items():
            if name.endswith("*") and key.startswith(name[:-1]) and isinstance(value, list | dict):
                return key
    return None


def _total(api: str, data: Mapping[str, Any]) -> int | None:
    for name in ENDPOINTS[api].total_keys:
        if name in data:
            try:
                return to_int(data[name])
            except ValueError:
                return None
    return None
