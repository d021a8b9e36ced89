"""The writer's own reasons why a record could not be written, for `sync_errors` and the log."""

from __future__ import annotations

from connectors.errors import (
    AlreadyExists,
    Bilingual,
    ConfigurationError,
    ContractError,
    RejectedError,
    RetryableError,
)
from include.destination.sheets.fields import Field, Worksheet
from include.destination.sheets.sheet import Sheet


def not_visible(sheet: Sheet) -> RetryableError:
    """HAP acknowledged a new row that no look-up finds."""
    return RetryableError(
        "rows.create",
        Bilingual(
            f"工作表「{sheet.definition.label}」确认了写入，但一直查不到该记录",
            f"worksheet {sheet.definition.alias} acknowledged the row, but it cannot be found",
        ),
        Bilingual(
            "会自动重试；反复出现时，在明道云应用名旁「… → API 开发文档 → "
            "授权」关闭「视图参数为空时不返回数据」",
            "it is tried again by itself; if it keeps happening, switch off the authorisation's "
            "'no data when the view is empty'",
        ),
    )


def unreadable_row(sheet: Sheet) -> ContractError:
    """A row of HAP says neither its id nor its key: it may be that of the wanted record.

    Taking the record for absent would make a second row, so it is not written until this is clear.
    """
    return ContractError(
        "rows.list",
        Bilingual(
            f"工作表「{sheet.definition.label}」有一行没有行 ID 或键无法读取，可能就是这条记录；"
            "为避免重复没有写入",
            f"a row of worksheet {sheet.definition.alias} has no id or no readable key and may be "
            "this record's; nothing was written, which could make a second row",
        ),
        Bilingual(
            f"在明道云查看该工作表里「{sheet.definition.field(sheet.definition.key).label}」"
            "异常的行并改正或删除；会自动重试",
            "correct or delete that row in HAP; it is tried again by itself",
        ),
    )


def occupied(sheet: Sheet, error: AlreadyExists) -> AlreadyExists:
    """A unique index refuses a key that no look-up finds.

    Its row lies in the recycle bin, or is another shop's, and the index covers the key alone.
    """
    return AlreadyExists(
        "rows.create",
        Bilingual(
            f"工作表「{sheet.definition.label}」的唯一索引已被占用，但查不到该记录，"
            "多半在回收站里，或属于写入同一应用的另一个店铺",
            f"the unique index of worksheet {sheet.definition.alias} is taken by a row that cannot "
            "be found, probably in the recycle bin, or another shop's",
        ),
        Bilingual(
            "在明道云的回收站里恢复或彻底删除该记录；下次运行会自动重试",
            "restore the row from HAP's recycle bin, or delete it for good; it is tried again",
        ),
        error.code,
    )


def without_key(sheet: Sheet) -> RejectedError:
    """The source names no key, and a row without one could never be found again."""
    return RejectedError(
        "rows.create",
        Bilingual(
            f"记录没有「{sheet.definition.field(sheet.definition.key).label}」，无法写入",
            f"the record has no {sheet.definition.key} and cannot be written",
        ),
        Bilingual(
            "小鹅通给出的这条记录没有 ID，请把任务日志发给维护者",
            "the shop tells no id of this record: send the task's log to the maintainers",
        ),
    )


def ignored_filter(definition: Worksheet, alias: str) -> ContractError:
    """HAP answered a filter with rows that do not fit it."""
    return ContractError(
        "rows.list",
        Bilingual(
            f"工作表「{definition.label}」按 {alias} 的查询条件被忽略",
            f"worksheet {definition.alias}: the filter by {alias} is ignored",
        ),
        Bilingual("运行 DAG xiaoe_doctor 查看原因", "run the DAG xiaoe_doctor to see why"),
    )


def relation_dropped(sheet: Sheet, field: Field) -> ConfigurationError:
    """HAP answered success, and the relation is empty in every new row."""
    return ConfigurationError(
        "rows.create",
        Bilingual(
            f"工作表「{sheet.definition.label}」的关联字段「{field.label}」写入后为空",
            f"relation {field.alias} of worksheet {sheet.definition.alias} is empty after writing",
        ),
        Bilingual(
            "在明道云「编辑表单」里检查该字段是否只读，再在「… → API 开发文档 → "
            "授权」检查是否允许写入它，然后重新运行",
            "check in the form editor that the field is not read-only, and in the "
            "authorisation that it may be written, then run again",
        ),
    )


def time_shifted(sheet: Sheet, field: Field, hours: float) -> ConfigurationError:
    """HAP reads back other moments than were written, all of them off by the same time."""
    return ConfigurationError(
        "rows.create",
        Bilingual(
            f"工作表「{sheet.definition.label}」的「{field.label}」写入后相差 {hours:g} 小时",
            f"{field.alias} of worksheet {sheet.definition.alias} reads back {hours:g} hours off",
        ),
        Bilingual(
            "在 Airflow 的 Admin → Connections 把明道云连接的额外字段 timezone "
            "改为应用的时区，再重新运行",
            "under Admin > Connections make the extra timezone of the HAP connection the "
            "app's own, then run again",
        ),
    )
