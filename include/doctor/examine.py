"""Runs all checks, each on its own: one that fails hides no other.

Where the credentials of a system are refused, its other checks are left out, because each of them
would say the same once more. Where HAP hides rows or drops filters, nothing is tried by writing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple

from connectors.errors import Bilingual, ConfigurationError, ConnectorError
from include.doctor import (
    access,
    app,
    indexes,
    order_feed,
    order_times,
    promoters,
    push,
    reads,
    scheduling,
    shapes,
    writes,
)
from include.doctor.context import DoctorContext
from include.doctor.findings import (
    Finding,
    Report,
    State,
    failed,
    unknown,
    wrong,
)

log = logging.getLogger(__name__)


class Check(NamedTuple):
    """One group of findings; `vital` says that the pipeline needs what is checked."""

    name: Bilingual
    find: Callable[[DoctorContext], Iterator[Finding]]
    vital: bool = False


_XIAOE = (
    Check(Bilingual("权限集", "permission sets"), access.permissions, vital=True),
    Check(access.CLOCK, access.clock),
    Check(order_feed.FILTER, order_feed.update_filter, vital=True),
    Check(order_times.MOVES, order_times.update_time_moves),
    Check(order_times.LEGACY_PRICE, order_times.legacy_units),
    Check(promoters.PROMOTER, promoters.promoters),
    Check(shapes.PAY_SUM, shapes.users),
    Check(shapes.RESOURCES, shapes.resource_list),
    Check(shapes.FORM_ANSWERS, shapes.information),
    Check(shapes.PURCHASES, shapes.purchases),
)
_HAP = (
    Check(app.CLOCK, app.clock),
    Check(app.STRUCTURE, app.structure, vital=True),
)
_READS = (
    Check(reads.ECHO, reads.filter_echo, vital=True),
    Check(reads.ROW_ID, reads.forms),
)
_WRITES = (
    Check(writes.RELATION, writes.write_and_read, vital=True),
    Check(indexes.INDEX, indexes.unique_indexes),
)
_SKIPPED = Bilingual("未检查", "not checked")


class UnfitError(ConfigurationError):
    """Something that the pipeline needs is missing or wrong; the words are the table's."""


def examine(context: DoctorContext) -> Report:
    """Run every check and return what was found."""
    report = Report()
    report.findings += _run(context, Check(access.CREDENTIALS, access.credentials, vital=True))
    _go_on(report, context, _XIAOE, Bilingual("小鹅通其余各项", "the shop's other checks"))
    entered = Report(_run(context, Check(app.SIGN, app.sign, vital=True)))
    _go_on(entered, context, _HAP, Bilingual("明道云其余各项", "HAP's other checks"))
    _go_on(entered, context, _READS, Bilingual("明道云查询各项", "HAP's look-ups"))
    _go_on(entered, context, _WRITES, Bilingual("明道云写入各项", "HAP's writes"))
    report.findings += entered.findings
    report.findings += _run(context, Check(scheduling.SCHEDULE, scheduling.scheduling))
    report.findings += _run(context, Check(push.PUSH, push.receiver))
    return report


def raise_if_blocking(report: Report) -> None:
    """Raise UnfitError when a finding is blocking; the log should hold the table by then."""
    if report.blocking:
        raise UnfitError("doctor", report.conclusion(), report.blocking[0].action)


def _go_on(
    report: Report, context: DoctorContext, checks: tuple[Check, ...], rest: Bilingual
) -> None:
    """Run further checks unless something vital to them is missing already."""
    if report.blocking and _is_shut(report):
        report.findings.append(unknown(rest, *_SKIPPED, Bilingual("先处理上面的 ✗", "see ✗ above")))
        return
    for check in checks:
        report.findings += _run(context, check)


def _is_shut(report: Report) -> bool:
    shut = {access.CREDENTIALS, access.WHITELIST, app.SIGN, app.STRUCTURE, reads.VIEW, reads.ECHO}
    return any(one.check in shut for one in report.blocking)


def _run(context: DoctorContext, check: Check) -> list[Finding]:
    findings: list[Finding] = []
    try:
        findings.extend(check.find(context))
    except ConnectorError as error:
        blocking = check.vital and isinstance(error, ConfigurationError)
        findings.append(failed(check.name, error, blocking=blocking))
    except Exception as error:
        log.error("%s: %s", check.name, type(error).__name__)  # its text may hold a person's data
        findings.append(
            wrong(
                check.name,
                f"检查本身出错 {type(error).__name__}",
                "the check itself failed",
                shapes.REPORT,
            )
        )
    return findings or [Finding(check.name, State.UNKNOWN, _SKIPPED)]
