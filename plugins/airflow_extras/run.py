"""What the current Airflow run tells a step: its params, its interval, its shop, its address.

The DAG files call this and `include`; nothing else here knows Airflow's context.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from airflow.sdk import Asset, get_current_context
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowRuntimeError

from airflow_extras.last_line import PLANNED, keep_reports
from airflow_extras.xcom import decoded, encoded
from connectors.errors import Bilingual, ConfigurationError
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.hook import MingdaoHook
from connectors.state.chosen import is_named, shared_state
from connectors.xiaoe.hook import XiaoeHook
from include.destination.write.preview import Planned
from include.doctor.context import AirflowSide, DoctorContext, PushSide
from include.doctor.scheduling import LEAST
from include.doctor.settings import settings_or_defaults
from include.flows.run.context import SyncContext
from include.flows.run.interfaces import Interfaces
from include.flows.run.known_app import KnownApp, known_or_read, still_known
from include.flows.run.outages import SharedOutages
from include.shops import ShopConfig
from include.status import links

T = TypeVar("T")

LIVE = ("scheduled", "asset_triggered")
BACKFILL = "backfill"
_APP = "app"
_CALLS = "calls"
_HANDED_ON = "handed_on"


def is_preview() -> bool:
    """Tell whether the run was asked to write nothing."""
    return bool(get_current_context()["params"].get("preview"))


def wants_shapes() -> bool:
    """Tell whether the run was asked for a report of what the two systems answer."""
    return bool(get_current_context()["params"].get("shapes"))


def open_app(config: ShopConfig, *, tasks: int = 1) -> MingdaoClient:
    """Return the client of the HAP app that a shop writes to."""
    return MingdaoHook(config.mingdao).get_conn(**_rates(tasks))


def open_doctor_context(config: ShopConfig) -> DoctorContext:
    """Return both systems for an examination, whether or not the app has been set up."""
    hap, hook = open_app(config), XiaoeHook(config.xiaoe)
    settings = settings_or_defaults(hap, config)
    xiaoe = hook.get_conn(paths=settings.paths, **_rates(1))
    config.expect(xiaoe.app_id)
    sync = SyncContext(xiaoe, hap, settings, config, hook.order_feed, preview=is_preview())
    return DoctorContext(sync, _push_side(config, hook), _airflow_side(config))


def _airflow_side(config: ShopConfig) -> AirflowSide:
    scheduled = [config.suffixed(name) for name in ("xiaoe_orders", "xiaoe_reconcile")]
    limits = {name: conf.getint(*name.split("."), fallback=None) for name in LEAST}
    return AirflowSide(
        {dag_id: _is_paused(dag_id) for dag_id in scheduled},
        {name: limit for name, limit in limits.items() if limit is not None},
    )


def _push_side(config: ShopConfig, hook: XiaoeHook) -> PushSide:
    """Return what Airflow knows of the receiver: `inside` is where tasks reach the API server."""
    public = conf.get("api", "base_url", fallback="") or ""
    inside = conf.get("core", "execution_api_server_url", fallback="") or public
    return PushSide(
        hook.get_push_keys,
        _is_paused(config.suffixed("xiaoe_push")),
        public,
        inside.rstrip("/").removesuffix("/execution"),
    )


def _is_paused(dag_id: str) -> bool | None:
    """Tell whether a DAG is paused; None when Airflow does not say."""
    try:
        return bool(get_current_context()["ti"].get_dag(dag_id).is_paused)
    except (AirflowRuntimeError, AttributeError):
        return None


@contextmanager
def open_context(
    config: ShopConfig, *, tasks: int = 1, app_from: str = ""
) -> Iterator[SyncContext]:
    """Open the shop's two clients, with what people set in `sync_config`.

    `tasks` is how many tasks of this kind run at once: where workers share no directory, each takes
    its part of the vendors' rates. `app_from` is the task of this run that reads the app's
    structure and settings for those after it; one that is tried again or cleared reads them itself.
    Only live runs may start the app's own workflows, and only if the connection says so. What the
    task called is left for `calls_of_run`, whether or not the task succeeds.
    """
    run = get_current_context()
    ti = run["ti"]
    hap = open_app(config, tasks=tasks)
    handed_on = _app_handed_on(app_from)
    known = known_or_read(hap, config, handed_on)
    hook = XiaoeHook(config.xiaoe)
    xiaoe = hook.get_conn(paths=known.settings.paths, **_rates(tasks))
    config.expect(xiaoe.app_id)
    live = run["dag_run"].run_type in LIVE
    outages = SharedOutages(shared_state(), f"{xiaoe.transport.origin} {xiaoe.app_id}")
    context = SyncContext(
        xiaoe=xiaoe,
        hap=hap,
        settings=known.settings,
        config=config,
        order_feed=hook.order_feed,
        trigger_workflow=live and hap.trigger_workflow,
        preview=is_preview(),
        run_url=_task_url(),
        interfaces=Interfaces(outages),
        worksheets=known.worksheets,
        handed_on=handed_on,
    )
    try:
        yield context
    finally:
        keep_reports(run, context.reports)
        if context.planned:
            ti.xcom_push(key=PLANNED, value=encoded(dict[str, Planned], context.planned))
        ti.xcom_push(key=_CALLS, value=context.calls())
        if app_from == ti.task_id:
            ti.xcom_push(key=_APP, value=encoded(KnownApp, context.known_app()))


def _app_handed_on(task_id: str) -> KnownApp | None:
    """Return what a task of the run has read of the app, while it can be trusted."""
    ti = get_current_context()["ti"]
    if task_id in ("", ti.task_id) or ti.try_number > 1:
        return None
    return still_known(ti.xcom_pull(task_ids=task_id, key=_APP))


def _rates(tasks: int) -> dict[str, Any]:
    """Return how the vendors' rates are shared among processes, as the hooks want to know it.

    All tasks of the local executor see one directory; those of other executors, which may run on
    several machines, only what somebody has named.
    """
    common = is_named() or conf.get("core", "executor") == "LocalExecutor"
    return {"rate_state": shared_state()} if common else {"shares": tasks}


def calls_of_run(tasks: Sequence[str]) -> dict[str, int]:
    """Return how many requests these tasks of the run sent in all, by api."""
    pulled = get_current_context()["ti"].xcom_pull(task_ids=tasks, key=_CALLS)
    total: Counter[str] = Counter()
    for calls in pulled or ():
        total.update(calls or {})
    return dict(total)


def hand_on(value: object) -> None:
    """Leave something for `handed_on`, whether or not the task succeeds in the end."""
    get_current_context()["ti"].xcom_push(key=_HANDED_ON, value=encoded(type(value), value))


def handed_on(task_id: str, kind: type[T]) -> T | None:
    """Return what a task of the run left by `hand_on`; None when it did not get so far."""
    left = get_current_context()["ti"].xcom_pull(task_ids=task_id, key=_HANDED_ON)
    found: T | None = decoded(kind, left)
    return found


def asked_window() -> dict[str, Any]:
    """Return how the run came about and which span it was asked for, for `open_window`."""
    context = get_current_context()
    run, params = context["dag_run"], context["params"]
    interval: tuple[datetime, datetime] | None = None
    if run.run_type == BACKFILL and is_preview():
        raise _no_preview_of_a_backfill()
    if run.data_interval_start and run.data_interval_end:
        interval = (run.data_interval_start, run.data_interval_end)
    return {
        # The word itself: `str()` of what a task is given is "DagRunType.SCHEDULED".
        "run_type": run.run_type.value,
        "interval": interval,
        "since": params.get("since") or "",
        "until": params.get("until") or "",
    }


def _no_preview_of_a_backfill() -> ConfigurationError:
    """Refuse what would stay: a run that is repeated keeps the configuration of its backfill."""
    return ConfigurationError(
        "window",
        Bilingual(
            "回填不能只预览：预览会留在这些运行的配置里，以后清除（Clear）也不会写入",
            "a backfill cannot be a preview: it would stay in the configuration of these runs",
        ),
        Bilingual(
            "用「同步」页的「只预览」，或手工触发并填写 since、until 和 preview；"
            "要补写这些天，不带 preview 再回填一次，选「所有执行」",
            "preview on the page, or in a manual run with since and until; to write these days, "
            "backfill again without it, for all runs",
        ),
    )


def asked_user_id() -> str:
    """Return the user that the run was asked for."""
    return str(get_current_context()["params"]["user_id"])


def asked_order_id() -> str:
    """Return the order that the run was asked for."""
    return str(get_current_context()["params"]["order_id"])


class AssetState:
    """The state of an asset that this task has among its inlets or outlets.

    It never expires, because a shop may be paused for long, and writing it starts no other DAG:
    only an outlet's success does.
    """

    def __init__(self, asset: Asset) -> None:
        self._kept = get_current_context()["asset_state_store"][asset]

    def get(self, name: str) -> str:
        """Return a text; empty when there is none."""
        return str(self._kept.get(name, default="") or "")

    def set(self, name: str, text: str) -> None:
        """Store a text."""
        self._kept.set(name, text)

    def delete(self, name: str) -> None:
        """Forget a text."""
        self._kept.delete(name)


def label_task(label: str) -> None:
    """Show a mapped task in the grid under this label instead of its index."""
    get_current_context()["label"] = label  # type: ignore[typeddict-unknown-key]


def run_url() -> str:
    """Return the address of the current run in the Airflow UI, for `sync_config`."""
    run = get_current_context()["dag_run"]
    return links.run_url(conf.get("api", "base_url", fallback=""), run.dag_id, run.run_id)


def _task_url() -> str:
    """Return the address of the log of this try of the task, for `sync_errors`."""
    ti = get_current_context()["ti"]
    index = -1 if ti.map_index is None else ti.map_index
    return links.task_url(run_url(), ti.task_id, index, ti.try_number)
