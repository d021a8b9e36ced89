"""The results as Markdown, between two marks in docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench import wanted
from tests.bench.before import compared
from tests.bench.results import AIRFLOW, LOADS, PEERS
from tests.paths import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
NEW_PAGE = f"# 性能 · Performance\n\n{BEGIN}\n{END}\n"

# What each of them says of itself, or leaves to its user; not a reproach.
UNCLAIMED = {
    "this pipeline": "also brings goods, columns, answered forms, validity",
    "no-code workflow": "one-shot by time of creation; never looks at an order again, tells nobody "
    "what failed",
    "dlt": "a custom destination appends: keys, upserts and races are its author's business; no "
    "rate limits; a page-number paginator trusts that pages do not move",
    "Meltano SDK": "at least once; upserts are the target author's business; one call at a time; a "
    "page-number paginator trusts that pages do not move",
}


def write_tables(results: dict[str, Any]) -> None:
    """Put the tables into the page; what stands around the marks stays."""
    text = PAGE.read_text() if PAGE.exists() else NEW_PAGE
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(f"{before}{BEGIN}\n{render(results)}{END}{after}")


def render(results: dict[str, Any]) -> str:
    """Return all tables."""
    parts = [
        "由 `make bench` 生成，请勿手改。 *Written by `make bench`; not to be edited by hand.*",
        *_loads(results.get(LOADS)),
        *_airflow(results.get(AIRFLOW)),
        *_peers(results.get(PEERS)),
        *_wanted(results),
    ]
    return "\n\n".join(["", *parts, ""])


def _loads(section: dict[str, Any] | None) -> list[str]:
    if not section:
        return []
    runs = section["runs"]
    ceiling = ", ".join(
        f"`{api}` {rate['second']:,} ({rate['cpu_second']:,} a second of its CPU)"
        for api, rate in section["ceiling"].items()
    )
    return [
        "### 首次同步和无变化的再次运行 · First loads, and a run without a change",
        _stamped(section),
        "The flow's own functions in the order of `dags/xiaoe_orders.py`, without Airflow around "
        "them: each task is a fresh forked process, 8 batches at a time as LocalExecutor runs "
        "them, so that 100,000 orders do not cost 500 starts of a task. Both vendors are "
        "simulators in processes of their own; each answer takes 60 ms. Limits on: the documented "
        "rates, refused beyond. Limits off: no refusals, and clients that do not pace themselves. "
        "Bound: the longest of calls ÷ rate over all interfaces, as if all ran side by side; the "
        "rate of `purchase` is not documented and taken as 50 a second. CPU: of all cores, "
        "simulators included. Every end state was compared with the shop's truth, by an oracle "
        "that shares no code with the pipeline.",
        "Fewest calls, counted from the data alone (`tests/bench/minimum.py`): 100 orders a page, "
        "a detail for each promoted order and each buyer, 50 buyers a call, answered forms by form "
        "or by buyer, whichever is cheaper, validity from the order line; HAP: a look at 500 keys "
        "a call, a second one for what others point at, 1,000 rows a creation, 100 of those that "
        "point at others, as HAP's vendor advises. Nothing in it for "
        "safety, and nothing for the start of a process.",
        f"Calls a second that the simulators answer at most here: {ceiling}.",
        _table(
            "orders|limits|wall|bound of its calls|wall ÷ bound|bound of the fewest calls|"
            "calls ÷ fewest|CPU|again|writes again|differences",
            (_load_row(run, section["stamp"]["cores"]) for run in runs),
        ),
        *_before(section),
        "每个阶段的秒数 · Seconds of each stage, and peak MiB of the largest process in it:",
        _table(
            "orders|limits|list_orders|sync_goods|sync_buyers|sync_orders|settle|batches|largest|XCom|"
            "xiaoe simulator|hap simulator",
            (_stage_row(run) for run in runs if "first" in run),
        ),
        "每个接口的调用数 ÷ 最少调用数 · Calls measured ÷ fewest possible, first load, limits on:",
        _calls_table([run for run in runs if run["limits"] and "first" in run], "first"),
        "无变化的再次运行 · The same for the run without a change:",
        _calls_table([run for run in runs if run["limits"] and "first" in run], "again"),
    ]


def _before(section: dict[str, Any]) -> list[str]:
    runs = [run for run in section["runs"] if "before" in run and "first" in run]
    if not runs:
        return []
    heads = "orders|limits|run|wall before|now|CPU before|now|calls before|now|of them to HAP|now"
    return [
        f"与提交 `{section['before']}` 在同一次测量里比较 · Side by side with that commit, each "
        "load right before the present one's. CPU: of the pipeline's own processes, each commit's "
        "forked as its own settings fork Airflow's tasks: today with what is loaded frozen.",
        _table(heads, (row for run in runs for row in compared(run))),
    ]


def _load_row(run: dict[str, Any], cores: int) -> Sequence[str]:
    head = [f"{run['orders']:,}", "on" if run["limits"] else "off"]
    if "error" in run:
        return [*head, f"failed: {_plain(run['error'])}", *[""] * 8]
    first, again = run["first"], run["again"]
    measured = sum(one["measured"] for one in first["calls"].values())
    fewest = sum(one["minimum"] for one in first["calls"].values())
    return [
        *head,
        f"{first['wall_s']:,.1f} s",
        f"{first['bound_s']['seconds']:,.1f} s ({first['bound_s']['by']})",
        f"{first['wall_s'] / first['bound_s']['seconds']:.2f}",
        f"{first['minimum_bound_s']['seconds']:,.1f} s ({first['minimum_bound_s']['by']})",
        f"{measured:,} ÷ {fewest:,} = {measured / fewest:.2f}",
        f"{wanted.busy(first, cores):.0%}",
        f"{again['wall_s']:,.1f} s",
        str(sum(again["writes"].values())),
        str(run["differences"]),
    ]


def _stage_row(run: dict[str, Any]) -> Sequence[str]:
    first = run["first"]
    stages = (
        f"{first['stages_s'].get(name, 0):,.1f} s, {first['peak_mib'].get(name, 0):.0f} MiB"
        for name in ("list_orders", "sync_goods", "sync_buyers", "sync_orders", "settle")
    )
    return [
        f"{run['orders']:,}",
        "on" if run["limits"] else "off",
        *stages,
        f"{first['batches']}",
        f"{first['largest_batch']} orders",
        f"{first['xcom_bytes'] / 1024:,.0f} KiB",
        *(f"{run['simulators_peak_mib'][name]:.0f} MiB" for name in ("xiaoe", "hap")),
    ]


def _calls_table(runs: list[dict[str, Any]], which: str) -> str:
    apis = sorted({api for run in runs for api in run[which]["calls"]})
    heads = [f"{run['orders']:,}" for run in runs]
    return _table(
        "|".join(["interface", *heads]),
        ([f"`{api}`", *(_ratio(run[which]["calls"].get(api)) for run in runs)] for api in apis),
    )


def _ratio(calls: dict[str, int] | None) -> str:
    if not calls:
        return "–"
    measured, fewest = calls["measured"], calls["minimum"]
    ratio = f" = {measured / fewest:.2f}" if fewest else ""
    refused = f" ({calls['throttled']} refused)" if calls["throttled"] else ""
    return f"{measured:,} ÷ {fewest:,}{ratio}{refused}"


def _airflow(section: dict[str, Any] | None) -> list[str]:
    if not section:
        return []
    title = "### 在真实的 Airflow 上 · On a real Airflow"
    if "error" in section:
        return [title, _stamped(section), f"failed: {_plain(section['error'])}"]
    peaks = ", ".join(f"{name} {peak:.0f} MiB" for name, peak in section["peak_mib"].items())
    rows = [[f"first load of {section['loaded']:,} orders", f"{section['load_s']:.1f}"]]
    for name, label in (
        ("increment", f"{section['increment']} new orders"),
        ("single", "one new order"),
    ):
        if walls := section.get(f"{name}s_s"):
            several = ", ".join(f"{wall:.1f}" for wall in walls)
            median = f"{section[f'{name}_s']:.1f} ({several})"
            rows.append([f"{label}, median of {len(walls)}", median])
    return [
        title,
        _stamped(section),
        "Scheduler, API server, DAG processor and PostgreSQL as in `make demo`, limits on, 60 ms; "
        "from the trigger over the REST API to the run's success.",
        _table("run|seconds", rows),
        f"Largest process of each kind: {peaks}. Differences at the end: {section['differences']}.",
    ]


def _peers(section: dict[str, Any] | None) -> list[str]:
    if not section:
        return []
    return [
        "### 其他做法 · Other ways of doing it",
        _stamped(section),
        "The same simulators, limits on, 60 ms, orders with their customers into the same "
        "worksheets; written as each one's documentation advises, in `tests/bench/peers/`. None of "
        "the peers brings goods, columns, answered forms or validity, this pipeline does.",
        _table(
            "way|orders|wall|calls|calls an order|refused|ended|lost|twice|stale",
            (_clean_row(run["name"], clean) for run in section["runs"] for clean in run["clean"]),
        ),
        "Trouble: with each page of a list an order of an earlier page changes, up to 12 of them; "
        "the answers of two creations are lost after they were carried out; five orders are "
        "refunded after the load; then a second run, as each one's schedule would.",
        _table(
            "way|orders|first run|second run|lost|twice|stale|customers twice|what it leaves open",
            (_trouble_row(run) for run in section["runs"] if run.get("trouble")),
        ),
    ]


def _clean_row(name: str, run: dict[str, Any]) -> Sequence[str]:
    if "error" in run:
        return [name, "", f"failed: {_plain(run['error'])}", *[""] * 7]
    faults = run["faults"]
    return [
        name,
        f"{run['orders']:,}",
        f"{run['wall_s']:,.1f} s",
        f"{run['total_calls']:,}",
        f"{run['total_calls'] / run['orders']:.2f}",
        str(run["throttled"]),
        run["ended"] or "well",
        *(str(faults[kind]) for kind in ("lost", "duplicated", "stale")),
    ]


def _trouble_row(run: dict[str, Any]) -> Sequence[str]:
    trouble, open_ = run["trouble"], UNCLAIMED.get(run["name"], "")
    if "error" in trouble:
        return [run["name"], "", f"failed: {_plain(trouble['error'])}", *[""] * 5, open_]
    faults = trouble["faults"]
    return [
        run["name"],
        f"{trouble['orders']:,}",
        *(ended or "well" for ended in trouble["ended"]),
        *(str(faults[kind]) for kind in ("lost", "duplicated", "stale", "customers_duplicated")),
        open_,
    ]


def _wanted(results: dict[str, Any]) -> list[str]:
    rows = [
        [verdict.wanted, verdict.measured, "✓" if verdict.reached else "✗", verdict.reason]
        for verdict in wanted.verdicts(results)
    ]
    short = wanted.shortfalls(results)
    parts = [
        "### 目标与结果 · What was wanted, and what falls short",
        _table("wanted|measured|reached|reason", rows),
    ]
    if short:
        parts.append("Calls above the fewest, largest load with limits on, and why:")
        parts.append("\n".join(f"- `{api}` {ratio}: {why}" for api, ratio, why in short))
    return parts


def _stamped(section: dict[str, Any]) -> str:
    one = section["stamp"]
    return (
        f"{one['date']} · commit `{one['commit']}` · {one['cores']} cores, "
        f"{one['memory_gib']} GiB, {one['system']}, Python {one['python']}"
    )


def _table(heads: str, rows: Iterable[Sequence[str]]) -> str:
    names = heads.split("|")
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _plain(text: str) -> str:
    """Return the first line of an error, fit for a cell."""
    return text.splitlines()[0].replace("|", "/")[:160]
