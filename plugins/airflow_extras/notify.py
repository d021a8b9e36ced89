"""Tells people when a sync turned bad and when it recovered, through the connection `xiaoe_notify`.

What a stranger would get wrong: the state before is kept beside the watermark, in Airflow's own
asset state, because HAP may be what is down. It moves only once a message has gone out, so an
unreachable chat server delays a message and loses none. A message never fails a run.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset
from airflow.sdk.bases.notifier import BaseNotifier
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowNotFoundException

from airflow_extras import last_line
from airflow_extras.hap import open_app_briefly
from connectors.errors import ConnectorError
from include.destination.sheets.worksheets import FAILED, SUCCEEDED
from include.flows.run.api_settings import kept_option_keys
from include.shops import ShopConfig, apps_of, read_shops
from include.status.app import App
from include.status.digest import digest_of
from include.status.messages import (
    RunStory,
    Turn,
    bad_news,
    good_news,
    question_asked,
    said_by,
    turn,
)
from include.status.sheets import (
    OpenErrors,
    causes_of,
    read_last_runs,
    read_open_errors,
    worst,
)
from include.status.snapshot import read_snapshot

if TYPE_CHECKING:
    from airflow_extras.channel import Channel

log = logging.getLogger(__name__)

CONNECTION = "xiaoe_notify"

DIGEST_DAG = "xiaoe_reconcile"
SYNC = Asset(name="xiaoe_sync", uri="x-xiaoe://sync")


def notifies(config: ShopConfig) -> dict[str, Any]:
    """Return what a shop's `settle` task is declared with, so that people hear of its runs."""

    def tell(context: Any) -> None:  # noqa: ANN401  (Airflow's context)
        tell_people(context, config)

    return {
        "inlets": [SYNC],
        "on_success_callback": [tell, last_line.succeeded],
        "on_failure_callback": [tell, last_line.failed],
    }


class Waiting(BaseNotifier):
    """Tells people that a run of a shop waits for their answer, and where to give it."""

    def notify(self, context: Any) -> None:  # noqa: ANN401
        """Send the message; the operator calls it just before it begins to wait."""
        channel = _channel()
        if channel:
            run, task = context["dag_run"], context["task"]
            path = f"dags/{run.dag_id}/runs/{run.run_id}/tasks/{task.task_id}/required_actions"
            airflow = conf.get("api", "base_url", fallback="")
            channel.send(question_asked(run.dag_id, task.subject, path, airflow), "warning")


def tell_people(context: Any, config: ShopConfig) -> None:  # noqa: ANN401
    """Send what there is to say about a settled run; the callback of every `settle`."""
    channel = _channel() if _speaks_for_the_sync(context) else None
    if channel is None:
        return
    _tell_a_turn(context, channel, config)
    if channel.wants_digest and context["dag_run"].dag_id == config.suffixed(DIGEST_DAG):
        _tell_the_day(channel, config)


def _channel() -> Channel | None:
    """Return where messages go; None where people have named no place, or one that is not read."""
    # Importing apprise takes 40 ms, which only who speaks should pay.
    from airflow_extras.channel import Channel

    try:
        return Channel(CONNECTION)
    except AirflowNotFoundException:
        log.info("没有连接 %s，不发消息 / no such connection, no messages", CONNECTION)
    except Exception as error:
        log.warning("连接 %s 读不懂 / cannot be read: %s", CONNECTION, type(error).__name__)
    return None


def _speaks_for_the_sync(context: Any) -> bool:  # noqa: ANN401
    """Tell whether a run is the sync itself: not a preview, a backfill or somebody's trial."""
    if context["params"].get("preview"):
        return False
    by_hand_alone = context["dag"].schedule is None
    return by_hand_alone or context["dag_run"].run_type == "scheduled"


def _tell_a_turn(context: Any, channel: Channel, config: ShopConfig) -> None:  # noqa: ANN401
    kept = context["asset_state_store"][SYNC]
    key = f"status:{context['dag_run'].dag_id}"
    story = _story(context, config)
    if story is None:
        return
    change = turn(str(kept.get(key, default="") or ""), story.status)
    sent = True
    if change is Turn.WORSE:
        sent = channel.send(bad_news(story), "failure")
    elif change is Turn.RECOVERED:
        sent = channel.send(good_news(story), "success")
    if sent:
        kept.set(key, story.status)


def _story(context: Any, config: ShopConfig) -> RunStory | None:  # noqa: ANN401
    """Return what the run told in HAP; where HAP does not answer, what Airflow knows."""
    run, error = context["dag_run"], context.get("exception")
    path = f"dags/{run.dag_id}/runs/{run.run_id}"
    last, errors = None, OpenErrors(0, [])
    try:
        app = open_app_briefly(config.mingdao)
        read = App(app, kept_option_keys(app, [config]))
        last = worst([one for one in read_last_runs(read, [config]) if one.run_path == path])
        errors = read_open_errors(read, [config])
    except (ConnectorError, AirflowNotFoundException) as failure:
        log.warning("无法从明道云读取结果 / cannot read the result: %s", type(failure).__name__)
        if error is None:
            return None
    status = FAILED if error else last.status if last else SUCCEEDED
    span = (run.data_interval_start, run.data_interval_end) if run.data_interval_start else None
    return RunStory(
        dag_id=run.dag_id,
        status=status,
        said=said_by(error) if error else last.message if last else "",
        run_path=path,
        airflow=conf.get("api", "base_url", fallback=""),
        span=span,
        causes=causes_of(errors.newest),
        open_errors=errors.total,
        orders_dag=config.suffixed("xiaoe_orders"),
    )


def _tell_the_day(channel: Channel, config: ShopConfig) -> None:
    """Send the digest of an app, once, whatever the number of shops that write to it."""
    from airflow_extras.channel import DIGEST

    shops = apps_of(read_shops()).get(config.mingdao, (config,))
    if config != shops[0]:
        return
    try:
        picture = read_snapshot(open_app_briefly(config.mingdao), shops)
    except (ConnectorError, AirflowNotFoundException) as failure:
        log.warning("无法汇总日报 / cannot compose the digest: %s", type(failure).__name__)
        return
    digest = digest_of(picture, conf.get("api", "base_url", fallback=""))
    channel.send(digest, "info", tag=DIGEST)
