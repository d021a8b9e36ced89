"""The HAP app as a whole: may we enter, and does it hold what we need."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.errors import ConnectorError, Words
from include.destination.sheets.survey import State as Standing
from include.destination.sheets.survey import compare, find_all
from include.destination.sheets.user_mapping import read_own
from include.destination.sheets.worksheets import WORKSHEETS
from include.doctor.access import clock_finding
from include.doctor.findings import Finding, failed, right, wrong
from include.doctor.patient import Patient

SIGN = Words("明道云授权 AppKey 和 Sign", "HAP's AppKey and Sign")
CLOCK = Words("本机时钟(对明道云)", "this machine's clock, by HAP")
STRUCTURE = Words("工作表与字段", "worksheets and fields")
SET_UP = Words("运行 DAG mingdao_setup", "run the DAG mingdao_setup")
CORRECT = Words(
    "在明道云改正这些字段(或释放其别名),再运行 mingdao_setup",
    "correct these fields in HAP, or free their aliases, then run mingdao_setup",
)


def sign(patient: Patient) -> Iterator[Finding]:
    """Open the app."""
    try:
        app = patient.hap.app()
    except ConnectorError as error:
        yield failed(SIGN, error, blocking=True)
        return
    yield right(SIGN, f"已进入应用「{app.name}」", "the app is open to us")


def clock(patient: Patient) -> Iterator[Finding]:
    """Compare this machine's clock with the time that HAP's answers tell."""
    yield clock_finding(CLOCK, patient.hap.transport.server_ahead)


def structure(patient: Patient) -> Iterator[Finding]:
    """Compare every declared worksheet and field with what the app holds."""
    own = read_own(patient.hap.conn_id)
    findings = compare(
        WORKSHEETS, find_all(patient.hap, WORKSHEETS, own), own, patient.settings.option_keys
    )
    misfits = [one for one in findings if one.state is Standing.MISFIT]
    missing = [one for one in findings if one.state is Standing.MISSING]
    for finding in misfits:
        name = f"{finding.worksheet.alias}.{finding.field.alias if finding.field else ''}"
        check = Words(f"字段 {name}", "field")
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
