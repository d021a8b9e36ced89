"""Writes docs/reference from the code: DAGs, worksheets, interfaces and error codes.

`make docs` runs it; a test fails when what is checked in differs, so these pages are always true.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from connectors.codes import HAP, XIAOE, XIAOE_OF_API, Meaning
from connectors.xiaoe.endpoints import ENDPOINTS
from include.destination.sheets.fields import Field, FieldType, Worksheet
from include.destination.sheets.worksheets import WORKSHEETS
from include.flows.run.parts import PARTS
from include.mapping.segment_rules import SEGMENT_RULES

DOCS = Path(__file__).parent
REFERENCE = DOCS / "reference"
_UNDETERMINED = re.compile(r"\s*#\s*undetermined", re.IGNORECASE)
_QUESTION = re.compile(
    r"# undetermined: (?P<point>(?:xiaoe|hap)\.md §[\d.]+(?: F\d+)?): (?P<question>.+)"
)
NOTE = "<!-- 由代码生成，请勿手改：make docs · generated from the code by `make docs` -->"


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "worksheets.md": _page("工作表 · Worksheets", _worksheets()),
        "interfaces.md": _page("小鹅通接口 · Interfaces of Xiaoe-tong", _interfaces()),
        "errors.md": _page("错误码 · Error codes", _errors()),
        "undetermined.md": _page("未定之处 · What no document settles", _undetermined()),
        "segments.md": _page("职位 → 客群 · Job titles to segments", _segments()),
        **{f"{dag.dag_id}.md": _page(dag.dag_id, _dag(dag)) for dag in _dags()},
    }


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", NOTE, "", *lines]).rstrip() + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""


def _worksheets() -> Iterator[str]:
    yield "策略 policy:`own` 来源变化时写 · `fill` 空白或仍是本程序所写时才写 · `once` 新建时写。"
    yield "○ 可不要：在 [自有工作表](../existing-worksheets.md) 里可写 false · may be left out."
    yield ""
    for sheet in WORKSHEETS:
        yield f"## {sheet.label} · `{sheet.alias}`"
        yield ""
        yield f"键 key: `{sheet.key}`"
        yield ""
        head = ("别名 alias", "名称 label", "类型 type", "策略 policy", "可不要 optional")
        yield from _table(head, (_field(sheet, field) for field in sheet.fields))


def _field(sheet: Worksheet, field: Field) -> tuple[str, ...]:
    notes = [field.type.value]
    if field.type is FieldType.NUMBER:
        notes.append(str(field.precision))
    if field.options:
        notes.append(" · ".join(field.options))
    if field.target:
        notes.append(f"→ {field.target}{'(多条 many)' if field.many else ''}")
    notes += ["标题 title"] * field.title + ["隐藏 hidden"] * field.hidden
    key = "(键 key)" if field.alias == sheet.key else ""
    optional = "○" if sheet.may_leave_out(field.alias) else ""
    name = f"{field.label}：{field.meaning}" if field.meaning else field.label
    return f"`{field.alias}`{key}", name, ", ".join(notes), field.policy.value, optional


def _interfaces() -> Iterator[str]:
    yield "路径、每页条数和开关可在工作表「第三方应用配置」里修改。"
    yield "Path, page size and switch can be changed in the worksheet 第三方应用配置."
    yield ""
    head = ("接口 api", "名称 name", "默认路径 path", "限速 rate", "权限集 permission set")
    rows = []
    for api, endpoint in ENDPOINTS.items():
        calls, seconds = endpoint.rate
        rate = f"{seconds:g} 秒 {calls} 次"
        rows.append(
            (f"`{api}`", endpoint.name, f"`{endpoint.path}`", rate, endpoint.permission or "—")
        )
    yield from _table(head, rows)
    yield "## 主要与次要 · Primary and secondary"
    yield ""
    yield "主要接口给出行本身，读它的流程没有它就停止。次要接口只补充内容：行照常写入，缺少的内容"
    yield "保持原样并记入「同步异常」（整个接口失败时只记一行），由下一次运行和每晚的对账自动补齐,"
    yield "运行是绿色的，`last_status` 为 部分失败。"
    yield ""
    yield "A primary interface brings the rows themselves; the flow that reads it stops without"
    yield "it. A secondary one adds to them: the row is written, what is missing stays as it is and"
    yield "is recorded in 同步异常 (in one row where a whole interface fails), later runs make it"
    yield "good, and the run is green with `last_status` 部分失败."
    yield ""
    roles = (
        (
            f"`{api}`",
            "主要 primary" if endpoint.primary else "次要 secondary",
            str(endpoint.brings),
            str(endpoint.without),
        )
        for api, endpoint in ENDPOINTS.items()
    )
    yield from _table(("接口 api", "", "提供什么 brings", "没有它时 without it"), roles)
    yield "## 记录可以缺少的部分 · What a record may lack for a while"
    yield ""
    parts = ((f"`{one.entity}`", str(one.name), f"`{one.step}`") for one in PARTS.values())
    yield from _table(("对象 entity", "缺少什么 what is missing", "来自 from"), parts)


def _errors() -> Iterator[str]:
    endpoint_codes = {f"{api} {code}": meaning for (api, code), meaning in XIAOE_OF_API.items()}
    yield "## 小鹅通 · Xiaoe-tong"
    yield ""
    yield from _codes({**{str(code): meaning for code, meaning in XIAOE.items()}, **endpoint_codes})
    yield "## 明道云 · Mingdao HAP"
    yield ""
    yield from _codes({str(code): meaning for code, meaning in HAP.items()})


def _codes(meanings: Mapping[str, Meaning]) -> Iterator[str]:
    head = ("码 code", "含义 meaning", "怎么办 action", "类别 kind")
    yield from _table(
        head,
        (
            (code, str(meaning.explanation), str(meaning.action), meaning.error.__name__)
            for code, meaning in meanings.items()
        ),
    )


def _segments() -> Iterator[str]:
    yield "从上到下，第一条含有职位中某个词的规则决定客群；先从职位里划去该规则的「不算」短语。"
    yield "同时写几个职位（`创始人/讲师`）时取最高的一个；没有规则认识的、以及空白的职位是 其他。"
    yield "规则在 `include/mapping/segment_rules.py`，改动在下次基础数据或每晚对账后生效;"
    yield "人工改过的客群不变。"
    yield ""
    yield "From the top, the first rule with a word of the title decides; phrases that do not count"
    yield "are struck out of the title before. Of several titles the most senior counts. A segment"
    yield "that a person has set stays."
    yield ""
    head = ("", "客群 segment", "词 words", "不算 exceptions")
    yield from _table(
        head,
        (
            (str(number), rule.segment, "、".join(rule.words), "、".join(rule.exceptions))
            for number, rule in enumerate(SEGMENT_RULES, 1)
        ),
    )


def _undetermined() -> Iterator[str]:
    yield "两个系统的文档没有写明的地方：代码对每一种回答都能正确处理，或者报错说明。"
    yield "有了确切答案，就可以删去对应的分支。每处在代码里有一行固定格式的注释:"
    yield "`# undetermined: 文档 §节: 问题`。"
    yield ""
    yield "Where the two systems' documents leave something open, the code survives every answer,"
    yield "or says what is wrong. Once an answer is known its branch can go. Each has one comment"
    yield "of a fixed form in the code."
    yield ""
    rows = sorted(open_questions(), key=lambda row: (row[0], row[2]))
    yield from _table(("出处 point", "问题 question", "在哪里 where"), rows)


def open_questions() -> Iterator[tuple[str, str, str]]:
    """Yield the point of the contract, the question and the place of each such comment."""
    for folder in ("include", "plugins"):
        for file in sorted((DOCS.parent / folder).rglob("*.py")):
            name = file.relative_to(DOCS.parent).as_posix()
            source = file.read_text(encoding="utf-8")
            for number, line in enumerate(source.splitlines(), 1):
                if not _UNDETERMINED.match(line):
                    continue
                told = _QUESTION.fullmatch(line.strip())
                if told is None:
                    raise SystemExit(
                        f"{name}:{number}: not `# undetermined: <file> §…: <question>`"
                    )
                where = _function_at(ast.parse(source), number)
                yield told["point"], told["question"], f"`{name}`{f' `{where}`' if where else ''}"


def _function_at(tree: ast.Module, line: int) -> str:
    """Return the name of the innermost function around a line; "" outside of any."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno).name if around else ""


def _dags() -> list[Any]:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DOCS.parent / "dags"))
    if bag.import_errors:
        raise SystemExit(f"DAG 文件有错 / broken DAG files: {bag.import_errors}")
    of_first_shop = (dag for dag in bag.dags.values() if "__" not in dag.dag_id)
    return sorted(of_first_shop, key=lambda dag: str(dag.dag_id))


def _dag(dag: Any) -> Iterator[str]:  # noqa: ANN401 - Airflow's DAG
    yield dag.doc_md.strip()
    yield ""
    yield f"调度 schedule: {_schedule(dag.timetable)}"
    yield ""
    yield "## 任务 · Tasks"
    yield ""
    rows = ((f"`{task.task_id}`", _what_it_does(task)) for task in dag.tasks)
    yield from _table(("任务 task", "做什么 what it does"), rows)
    yield "## 参数 · Params"
    yield ""
    params = (
        (f"`{name}`", param.schema.get("title", ""), param.description or "")
        for name, param in ((name, dag.params.get_param(name)) for name in dag.params)
    )
    yield from _table(("参数 param", "名称 title", "说明 description"), params)


def _what_it_does(task: Any) -> str:  # noqa: ANN401 - Airflow's operator
    return str(task.doc_md or task.python_callable.__doc__ or "").strip()


def _schedule(timetable: Any) -> str:  # noqa: ANN401 - Airflow's timetable
    assets = getattr(timetable, "asset_condition", None)
    if assets:
        names = ", ".join(f"`{asset.name}`" for asset in assets.objects)
        return f"资产有事件时 on events of the asset {names}"
    return getattr(timetable, "description", "") or "手工 by hand"


def main() -> None:
    """Write the pages, and remove those that nothing generates any more."""
    written = pages()
    REFERENCE.mkdir(exist_ok=True)
    for name, text in written.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    for stale in set(REFERENCE.glob("*.md")) - {REFERENCE / name for name in written}:
        stale.unlink()
    sys.stdout.write(f"{len(written)} pages in docs/reference\n")


if __name__ == "__main__":
    main()
