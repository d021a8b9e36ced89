"""The HAP app as a whole: may we enter, and does it hold what we need."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.errors import Bilingual, ConnectorError
from include.destination.sheets.survey import State as Standing
from include.destination.sheets.survey import compare, find_all
from include.destination.sheets.user_mapping import read_own
from include.destination.sheets.worksheets import WORKSHEETS
from include.doctor.access import clock_finding
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, failed, right, wrong

SIGN = Bilingual("明道云授权 AppKey 和 Sign", "HAP's AppKey and Sign")
CLOCK = Bilingual("本机时钟（对明道云）", "this machine's clock, by HAP")
STRUCTURE = Bilingual("工作表与字段", "worksheets and fields")
SET_UP = Bilingual("运行 DAG mingdao_setup", "run the DAG mingdao_setup")
CORRECT = Bilingual(
    "在明道云改正这些字段（或释放其别名），再运行 mingdao_setup",
    "correct these fields in HAP, or free their aliases, then run mingdao_setup",
)


def sign(context: DoctorContext) -> Iterator[Finding]:
    """Open the app."""
    try:
        app = context.hap.app()
    except ConnectorError as error:
        yield failed(SIGN, error, blocking=True)
        return
    yield right(SIGN, f"已进入应用「{app.name}」", "the app is open to us")


def clock(context: DoctorContext) -> Iterator[Finding]:
    """Compare this machine's clock with the time that HAP's answers tell."""
    yield clock_finding(CLOCK, context.hap.transport.server_ahead)


def structure(context: DoctorContext) -> Iterator[Finding]:
    """Compare every declared worksheet and field with what the app holds."""
    own = read_own(context.hap.conn_id)
    findings = compare(
        WORKSHEETS, find_all(context.hap, WORKSHEETS, own), own, context.sync.settings.option_keys
    )
    misfits = [one for one in findings if one.state is Standing.MISFIT]
    missing = [one for one in findings if one.state is Standing.MISSING]
    for finding in misfits:
        name = f"{finding.worksheet.alias}.{finding.field.alias if finding.field else ''}"
        check = Bilingual(f"字段 {name}", "field")
        zh, _, en = finding.detail.partition(" / ")
        yield wrong(check, zh, en or "does not fit", CORRECT, blocking=True)
    if missing:
        names = "、".join(
            f"{one.worksheet.alias}.{one.field.alias}" if one.field else one.worksheet.alias
            for one in missing
        )
        yield wrong(STRUCTURE, f"缺少 {names}", "these are missing", SET_UP, blocking=True)
    if not misfits and not missing:
        fields = sum(len(sheet.fields) for sheet in WORKSHEETS)
        yield right(STRUCTURE, f"{len(WORKSHEETS)} 张表、{fields} 个字段都相符", "all of them fit")
