"""The one sentence with which a task's log ends, and which the page shows as the run's result.

An operator opens a log at its end: what happened, to which record, and what to do stands there, in
Chinese; the English beside it is for the page. Sentences are made of ids, counts and the tables of
errors alone. An exception that is not ours is named by its type and place: its text may quote a
person or a token.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from connectors.codes import RETRY
from connectors.errors import (
    Bilingual,
    ConnectorError,
    RateLimited,
    RejectedError,
    RetryableError,
)
from connectors.xiaoe.endpoints import ENDPOINTS
from include.destination.sheets.worksheets import FAILED, PARTLY_FAILED, SUCCEEDED, WORKSHEETS
from include.destination.write.preview import Planned
from include.flows.orders.finish import IncompleteRunError
from include.flows.orders.sync import BatchResult
from include.flows.reconcile.plan import Compared
from include.flows.reconcile.review import Held, PickedUp, Review
from include.flows.run.api_settings import ApiReport, RunReport
from include.flows.run.batches import Batch
from include.flows.run.counts import Counts
from include.flows.run.error_rows import Failure
from include.flows.run.failed_batch import BatchFailedError
from include.flows.run.volume_checks import Doubt
from include.flows.run.window import RunWindow
from include.source.windows import SHOP_ZONE

APPROVAL = "approval"  # the api of an error that tells a person's answer
SHOWN = 5  # ids in a sentence
_ENGLISH = {SUCCEEDED: "succeeded", PARTLY_FAILED: "partly failed", FAILED: "failed"}
_SHEETS = {sheet.alias for sheet in WORKSHEETS}
_OURS = ("/dags/", "/include/", "/plugins/")
_NEXT = re.compile(r"; (?=\d|[\u4e00-\u9fff])")  # the next one begins in Chinese or with a number
_CLEAR = Bilingual("再清除本任务（Clear）", "then clear the task")
_CLEAR_OR_WAIT = Bilingual(
    "再清除本任务（Clear），或等下一次运行自动重试", "then clear the task, or wait for the next run"
)
_BUYERS = list[str] | None  # what `bulk_sync_customers` returns
_PARTS = list[str]  # what `decide` returns
_PREVIEW = Bilingual("预览，什么也没有写：", "Preview, nothing was written: ")


@dataclass(frozen=True)
class Conclusion:
    """How a task ended; `counts` are rows: read, written, unchanged, failed.

    `planned` is what a preview would have written, by worksheet; `down` is the system that did not
    answer as it should, where that was the reason.
    """

    zh: str
    en: str
    status: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    planned: Mapping[str, Planned] = field(default_factory=dict)
    down: str = ""


def of_success(
    result: object,
    reports: Sequence[RunReport] = (),
    *,
    kind: object = None,
    seconds: float = 0,
    preview: bool = False,
) -> Conclusion:
    """Return the sentence of a task that succeeded.

    `result` is what it returned, `kind` the type of that where the task says so, `reports` what it
    wrote into `sync_config`.
    """
    before = _PREVIEW if preview else Bilingual("", "")
    if isinstance(result, PickedUp):
        result = result.doubt or result.counts
    counted = _counts_of(result)
    counts = _reported(reports) if reports else _numbers(counted) if counted else {}
    if reports:
        said = _of_reports(reports, _in_words(counts, preview=preview))
    elif kind == _BUYERS:
        said = _of_buyers(result)
    elif kind == _PARTS:
        said = _of_parts_held(result)
    else:
        said = _of_result(result, preview=preview)
    return Conclusion(
        f"{before.zh}{said.zh}；用时 {seconds:.0f} 秒",
        f"{before.en}{said.en}; {seconds:.0f} s",
        _worst(reports),
        counts,
    )


def of_failure(
    error: BaseException | str | None,
    *,
    reports: Sequence[RunReport] = (),
    again: bool = False,
    causes: Iterable[tuple[str, Bilingual]] = (),
) -> Conclusion:
    """Return the sentence of a task that failed: what, why, and what to do next.

    With `again` Airflow tries it once more by itself. `causes` are the sentences of the tasks
    before it that failed, by their names.
    """
    said = _of_error(error)
    zh, en = said.zh, said.en
    for task, cause in causes:
        zh += f" 起因是 {task}：{cause.zh}"
        en += f" It began with {task}: {cause.en}"
    if again:
        zh += " 这次尝试失败，稍后自动再试。"
        en += " It is tried again by itself."
    counts = _reported(reports) if reports else {}
    return Conclusion(zh, en, FAILED, counts, down=_down(error))


def system_of(api: str) -> Bilingual:
    """Return which of the two systems a call went to, for a sentence; empty for neither."""
    if api in ENDPOINTS or api == "resource.list":
        return Bilingual("小鹅通", "Xiaoe-tong")
    if api.startswith(("hap.", "rows.", "row.", "worksheet")) or api in _SHEETS:
        return Bilingual("明道云", "HAP")
    return Bilingual("", "")


def _down(error: BaseException | str | None) -> str:
    """Return which system did not answer; "" where it did, or only asked for fewer calls."""
    if isinstance(error, BatchFailedError) and error.failures:
        return _down(error.failures[0].error)
    if isinstance(error, RetryableError) and not isinstance(error, RateLimited):
        return system_of(error.api).zh
    return ""


def why(error: ConnectorError, *, then: Bilingual | None) -> Bilingual:
    """Return who refused what, with the code, and the next steps; full stops included.

    `then` is what follows once the reason is gone, if anything; a temporary one goes by itself.
    """
    system, (zh, en) = system_of(error.api), error.explanation
    if isinstance(error, RejectedError) and error.code and system.zh:
        what = Bilingual(f"拒绝（{error.code} {zh}）", f" refused ({error.code} {en})")
    else:
        code = f"（{error.code}）" if error.code else ""
        colon = Bilingual("：", ": ") if system.zh else Bilingual("", "")
        what = Bilingual(
            f"{colon.zh}{zh}{code}", f"{colon.en}{en}{f' ({error.code})' * bool(code)}"
        )
    # what the worksheet is to be told is not what an open log asks for
    zh_action = error.action.zh.removesuffix(f"，{RETRY.zh}")
    en_action = error.action.en.removesuffix(f", {RETRY.en}")
    if then and not isinstance(error, RetryableError):
        zh_action, en_action = f"{zh_action.rstrip('。')}，{then.zh}", f"{en_action}, {then.en}"
    return Bilingual(
        f"{system.zh}{what.zh}。{zh_action.rstrip('。')}。",
        f"{system.en}{what.en}. {_capital(en_action)}.",
    )


def _of_error(error: BaseException | str | None) -> Bilingual:
    if isinstance(error, BatchFailedError) and error.failures:
        return _of_batch(error.failures)
    if isinstance(error, ConnectorError):
        # an answer stays given: clearing the task that heard it changes nothing
        return why(error, then=None if error.api == APPROVAL else _CLEAR)
    if isinstance(error, IncompleteRunError | BatchFailedError):
        return _both(str(error))
    if isinstance(error, BaseException):
        return _unknown(error)
    return Bilingual(
        "任务被终止，没有写下原因。多半是内存不足或有人停止了它：查看机器的内存后清除本任务（Clear）。",
        "The task was ended without a reason, most likely for want of memory or by somebody. "
        "Look at the machine's memory, then clear the task.",
    )


def _of_batch(failures: Sequence[Failure]) -> Bilingual:
    first, number = failures[0], len(failures)
    names = "、".join(one.record_id for one in failures[:SHOWN])
    more = number > SHOWN
    reason = why(first.error, then=_CLEAR_OR_WAIT)
    if number == 1:
        who = Bilingual(f"订单 {names}", f"Order {names}")
    else:
        who = Bilingual(
            f"{number} 个订单没有写入（{names}{' 等' * more}），第一个",
            f"{number} orders were not written ({names}{', …' * more}); the first one",
        )
    return Bilingual(f"{who.zh}：{reason.zh}", f"{who.en}: {reason.en}")


def _both(text: str) -> Bilingual:
    """Take apart what carries both languages, sentence by sentence: `中文 / English; 中文 / …`."""
    pairs = [part.partition(" / ") for part in _NEXT.split(text)]
    return Bilingual(
        "；".join(zh for zh, _, _ in pairs).rstrip("。") + "。",
        "; ".join(en or zh for zh, _, en in pairs).rstrip(".") + ".",
    )


def _unknown(error: BaseException) -> Bilingual:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(part in frame.filename for part in _OURS)]
    place = ""
    if ours:
        name = ours[-1].filename
        start = max(name.rfind(part) for part in _OURS)
        place = f"{name[start + 1 :]}:{ours[-1].lineno}"
    kind = type(error).__name__
    return Bilingual(
        f"程序出错（{kind}{f'，{place}' * bool(place)}）。请把本任务的日志发给维护者；"
        "同一任务可以清除后重试（Clear）。",
        f"The program failed ({kind}{f', {place}' * bool(place)}). Send this task's log to the "
        "maintainers; the task may be cleared and tried again.",
    )


def _of_reports(reports: Sequence[RunReport], words: Bilingual) -> Bilingual:
    messages = "；".join(dict.fromkeys(report.message for report in reports))
    status = _worst(reports)
    return Bilingual(f"{status}，{words.zh}（{messages}）", f"{_ENGLISH[status]}: {words.en}")


def _of_result(result: object, *, preview: bool) -> Bilingual:
    """Return what a task returned, in words; the types are those that cross XCom."""
    if isinstance(result, Bilingual):  # what a task says of itself
        return result
    counts = _counts_of(result)
    if counts is not None:
        words = _in_words(_numbers(counts), preview=preview)
        label = result.batch if isinstance(result, BatchResult) else ""
        return _about(label, words) if label else words
    if isinstance(result, RunWindow):
        span = f"{_minute(result.since)} – {_minute(result.until)}"
        return Bilingual(f"读取 {span} 之间的变化", f"changes between {span} are read")
    if isinstance(result, Compared):
        return _of_compared(result)
    if isinstance(result, Doubt):
        return _of_doubt(result)
    if isinstance(result, Review):
        return _of_review(result)
    if isinstance(result, Mapping) and "chosen_options" in result:
        return _of_answer(result)
    if isinstance(result, list):
        return _of_batches(result)
    if isinstance(result, int):  # of `sync_goods`: created now, or there already
        return Bilingual(
            f"订单所指的商品和专栏，明道云里有 {result} 个",
            f"{result} of the goods and columns that the orders refer to are in HAP",
        )
    return Bilingual("完成", "done")


def _about(label: str, words: Bilingual) -> Bilingual:
    return Bilingual(f"订单 {label}：{words.zh}", f"Order {label}: {words.en}")


def _of_compared(compared: Compared) -> Bilingual:
    days, orders = len(compared.days), len(compared.named)
    outdated, doubts = len(compared.outdated), len(compared.doubts)
    return Bilingual(
        f"比较了 {days} 天，{orders} 个订单不同"
        + (f"，另有 {outdated} 个按本版本的新规则更正" if outdated else "")
        + (f"，{doubts} 处可疑，先请人回答" if doubts else ""),
        f"{days} days compared, {orders} orders differ"
        + (f", {outdated} more are corrected by a rule of this release" if outdated else "")
        + (f", {doubts} findings are doubtful and a person is asked" if doubts else ""),
    )


def _of_doubt(doubt: Doubt) -> Bilingual:
    what, known, found = doubt.what, doubt.known, doubt.found
    return Bilingual(
        f"可疑，先请人回答：{what.zh}之前 {known.zh}，现在 {found.zh}",
        f"doubtful, a person is asked: {what.en}, {known.en} before, now {found.en}",
    )


def _of_review(review: Review) -> Bilingual:
    if not review.body:
        return Bilingual("没有可疑之处，不用询问", "nothing is doubtful, nobody is asked")
    return Bilingual("有可疑之处，请人回答", "something is doubtful, a person is asked")


def _of_answer(answer: Mapping[str, object]) -> Bilingual:
    chosen = answer["chosen_options"]
    option = "、".join(map(str, chosen)) if isinstance(chosen, list) else str(chosen)
    if not answer.get("responded_by_user"):
        return Bilingual(f"没有人按时回答，按「{option}」处理", f"nobody answered, so 「{option}」")
    return Bilingual(f"有人选择了「{option}」", f"a person chose 「{option}」")


def _of_parts_held(held: object) -> Bilingual:
    number = len(held) if isinstance(held, list) else 0
    if not number:
        return Bilingual("照常继续", "the night goes on as ever")
    return Bilingual(f"继续，补做 {number} 个部分", f"goes on, with {number} parts held back")


def _of_buyers(unsynced: object) -> Bilingual:
    """Return who is left after the buyers were synced as a whole; None where all are."""
    if not isinstance(unsynced, list):
        return Bilingual("买家由各批订单同步", "each batch of orders syncs its buyers")
    if not unsynced:
        return Bilingual("买家已整体同步", "all buyers were synced as a whole")
    return Bilingual(
        f"买家已整体同步，其余 {len(unsynced)} 个由各批订单同步",
        f"buyers were synced as a whole, {len(unsynced)} are left to the batches of orders",
    )


def _of_batches(batches: Sequence[object]) -> Bilingual:
    orders = sum(len(one.orders) for one in batches if isinstance(one, Batch))
    if not orders:
        return Bilingual("没有要处理的", "nothing to do")
    tasks = len(batches)
    return Bilingual(
        f"{orders} 个订单要同步，分 {tasks} 个任务", f"{orders} orders to sync, in {tasks} tasks"
    )


def _counts_of(result: object) -> Counts | None:
    """Return the rows that a task counted, where it did."""
    if isinstance(result, BatchResult):
        return result.counts
    if isinstance(result, Held):
        return result.counts
    if isinstance(result, Counts):
        return result
    if isinstance(result, Mapping) and {"create", "patch"} <= result.keys():
        known = {one.name for one in fields(Counts)}
        return Counts(**{name: number for name, number in result.items() if name in known})
    return None


def _numbers(counts: Counts) -> dict[str, int]:
    return {
        "read": counts.read,
        "written": counts.written,
        "unchanged": counts.unchanged,
        "failed": counts.failed,
    }


def _reported(reports: Sequence[RunReport]) -> dict[str, int]:
    return _added([api for report in reports for api in report.apis.values()])


def _added(apis: Sequence[ApiReport]) -> dict[str, int]:
    return {
        "read": sum(api.rows_read for api in apis),
        "written": sum(api.rows_written for api in apis),
        "unchanged": sum(api.rows_unchanged for api in apis),
        "failed": sum(api.rows_failed for api in apis),
    }


def _in_words(counts: Mapping[str, int], *, preview: bool = False) -> Bilingual:
    verb = Bilingual("将写入", "to be written") if preview else Bilingual("写入", "written")
    return Bilingual(
        f"{verb.zh} {counts['written']}，未变 {counts['unchanged']}，失败 {counts['failed']}",
        f"{counts['written']} {verb.en}, {counts['unchanged']} unchanged, "
        f"{counts['failed']} failed",
    )


def _worst(reports: Sequence[RunReport]) -> str:
    states = {report.status for report in reports}
    return next((one for one in (FAILED, PARTLY_FAILED) if one in states), SUCCEEDED)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _minute(moment: datetime) -> str:
    return moment.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M")
