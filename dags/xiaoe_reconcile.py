"""### 对账 · Reconciliation

**做什么** 每天 03:30 按下单日期核对最近 31 天：小鹅通与明道云的订单号、数量、实付与退款合计、内容逐项比较；缺少或不同的订单重新同步，重复行清理或标出，退款与售后列表交叉核对，「同步异常」里的记录重试，并核对全部用户（详情 31 天内轮流读完）、有变化的商品和下单之后才填写的表单。结果每天一行写入工作表「对账」；更早的日子若合计已变（新规则、较晚的退款），每晚重算一部分。

**可疑时先问** 数据突然少了九成，或者一张工作表要改超过 5 % 且超过 100 行，就先不写这部分，由 `ask` 请人选择 继续 或 停止（界面的 Required Actions，附一张表，20 小时内），其余部分照常完成；没有可疑之处时 `ask` 直接跳过。新增的行、补上的空白和新版本的规则引起的更正不在此列。用户、商品和表单边读边写，到限度才停：表里写明此前已写入多少行；没有得到 继续，以后每晚一行也不再写入该工作表（订单带来的客户除外），并再次询问。继续 只认可表里写的那一种情况。

**可重复运行** 只写不同之处：没有差异时不写任何业务数据。小鹅通没有显示的订单只列为「多出」，绝不删除。手工运行可填 `since`、`until`（不带时区即北京时间），按整天核对。

**变红时** `settle` 的日志和「对账」里状态为「不一致」的行写明是哪些订单；原因和处理办法见「同步异常」。改正后重新运行即可。有人选择了 停止、20 小时没有人回答或手工跳过了 `ask` 时，`decide` 变红，没有写入的部分写在 `decide` 和 `settle` 的日志里，其余已经完成（订单存疑时不写「对账」）：先在小鹅通后台核对数量和权限，再重新运行。「多出」的行请核实后在明道云手工删除。

---

**What it does** every night at 03:30 it compares the last 31 days of order creation: ids, counts, paid and refunded sums and content, source against HAP. What is missing or different is synced again, duplicates are removed or marked, refunds are cross-checked with the after-sale list, `sync_errors` is retried, and the whole user list (details in turns within 31 days), changed goods and late answers are picked up. The worksheet 对账 gets one row a day; older rows whose sums have changed since (a new rule, a late refund) are counted anew in turns.

**It asks where something is odd** where a stream is suddenly 90 % smaller, or more than 5 % and more than 100 rows of a worksheet would change, that part is not written: `ask` shows a table and waits up to 20 hours for 继续 (go on) or 停止 (stop) under Required Actions, and everything else is done meanwhile. Where nothing is odd it is skipped at once. New rows, filled blanks and what a rule of a new release corrects are not asked. Users, goods and forms are written while they are read, up to that limit: the table says how many rows were. Without 继续 the nights after write none of that worksheet, but for customers that come with an order, and ask again. 继续 confirms only what the table shows.

**Safe to repeat** only differences are written; a run that finds none writes no business data. Orders that the source does not show are listed as extra and never deleted. A manual run takes `since` and `until` (Beijing time where they carry no zone) and compares whole days.

**When it is red** the log of `settle`, and the rows in 对账 with the status 不一致, name the orders; 同步异常 says why and what to do. Correct it and run again. `decide` is red where a person chose 停止, nobody answered or somebody marked `ask` by hand: it and `settle` name what has not been written, and the rest is done (where the orders are in doubt, 对账 is not written); check numbers and permissions in the shop's console, then run again. Delete extra rows by hand once you have checked them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, task
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_extras.approval import Question, insist_on
from airflow_extras.notify import Waiting, notifies
from airflow_extras.run import (
    AssetState,
    asked_window,
    calls_of_run,
    is_preview,
    label_task,
    open_context,
    run_url,
)
from airflow_extras.shop_dag import orders_asset, shop_dag
from airflow_extras.task_defaults import SINCE, UNTIL
from airflow_extras.xcom import crossing
from include.destination.sheets.worksheets import WORKSHEETS
from include.flows.customers.audiences import refresh_audiences
from include.flows.customers.user_list import USERS
from include.flows.orders.sync import Synced
from include.flows.reconcile.catch_up import (
    ANSWERS,
    GOODS,
    PARTS,
    catch_up_answers,
    catch_up_goods,
    catch_up_users,
)
from include.flows.reconcile.days import open_days
from include.flows.reconcile.finish import finish_reconciliation
from include.flows.reconcile.plan import Compared, compare_days, repair_batch
from include.flows.reconcile.review import (
    Held,
    PickedUp,
    Review,
    pick_up,
    pick_up_held,
    review_night,
    undone,
)
from include.flows.run.batches import Batch
from include.flows.run.watermark import WATERMARK
from include.flows.run.window import RunWindow
from include.shops import ShopConfig, read_shops

AT_ONCE = 4
READER = "open_days"  # reads the app's structure and settings for the tasks after it
CALLING = [
    "open_days",
    "compare",
    "repair",
    "new_users",
    "changed_goods",
    "late_answers",
    "held_back",
]
GO_ON, STOP = "继续", "停止"
ANSWER_WITHIN = timedelta(hours=20)  # the next night begins after twenty-four


def parts_of(config: ShopConfig, orders: Asset) -> list[Any]:
    """Declare what is picked up beside the orders; each tells by itself when it is doubtful."""

    @task(inlets=[orders])
    @crossing
    def new_users() -> PickedUp:
        """Compare the whole user list, and read a share of the details."""
        with open_context(config, tasks=AT_ONCE, app_from=READER) as context:
            return pick_up(context, USERS, catch_up_users, AssetState(orders))

    @task(inlets=[orders])
    @crossing
    def changed_goods() -> PickedUp:
        """Sync the goods and columns whose listing changed."""
        with open_context(config, tasks=AT_ONCE, app_from=READER) as context:
            return pick_up(context, GOODS, catch_up_goods, AssetState(orders))

    @task(inlets=[orders])
    @crossing
    def late_answers() -> PickedUp:
        """Sync what people filled into any form since."""
        with open_context(config, tasks=AT_ONCE, app_from=READER) as context:
            return pick_up(context, ANSWERS, catch_up_answers, AssetState(orders))

    return [new_users(), changed_goods(), late_answers()]


def decision(compared: Any, parts: list[Any]) -> tuple[Any, Any]:
    """Declare the question, skipped where nothing is doubtful; return what it is, and what follows."""

    @task(trigger_rule="all_done")
    @crossing
    def review(
        compared: Compared | None,
        users: PickedUp | None,
        goods: PickedUp | None,
        answers: PickedUp | None,
    ) -> Review:
        """Put together what is doubtful tonight; as a rule nothing is."""
        return review_night(compared, dict(zip(PARTS, (users, goods, answers), strict=True)))

    ask = Question(
        task_id="ask",
        subject="对账发现可疑之处，继续还是停止？ / Something looks odd: go on or stop?",
        body='{{ ti.xcom_pull(task_ids="review")["body"] }}',
        go_on=GO_ON,
        stop=STOP,
        within=ANSWER_WITHIN,
        notifiers=[Waiting()],
        doc_md="Ask a person where something is doubtful; skipped at once where nothing is.",
    )

    @task(trigger_rule="none_failed")
    @crossing
    def decide(reviewed: Review, answer: Any) -> list[str]:
        """Go on where nobody had to be asked or a person said so; return the parts held back."""
        if reviewed.body and not is_preview():
            insist_on(GO_ON, answer, undone(reviewed.doubts), refusal_is_red=True)
        return list(reviewed.held)

    reviewed = review(compared, *parts)
    reviewed >> ask
    return reviewed, decide(reviewed, ask.output)


def xiaoe_reconcile(config: ShopConfig) -> None:
    """Declare the comparison, the question, the repairs, and the verdict."""
    orders = orders_asset(config)

    @task(task_id="open_days")
    @crossing
    def fix_days() -> RunWindow:
        """Fix the days of order creation that this run compares, and read the app, once."""
        window = open_days(**asked_window())
        with open_context(config, app_from=READER) as context:
            context.open_sheets(WORKSHEETS)
        return window

    @task(inlets=[orders])
    @crossing
    def compare(window: RunWindow) -> Compared:
        """Read both sides completely, find what differs and what is doubtful; write nothing then."""
        with open_context(config, app_from=READER) as context:
            return compare_days(context, window, watermark=AssetState(orders).get(WATERMARK))

    @task
    @crossing
    def list_repairs(compared: Compared) -> list[Batch]:
        """Hand on the orders to repair, in batches; where they are doubted `held_back` does it."""
        return [] if compared.doubts else list(compared.batches)

    @task(map_index_template="{{ label }}", max_active_tis_per_dagrun=AT_ONCE)
    @crossing
    def repair(batch: Batch) -> Synced:
        """Sync orders again, comparing every cell; what is right already is not written."""
        label_task(batch.label)
        with open_context(config, tasks=AT_ONCE, app_from=READER) as context:
            return repair_batch(context, batch)

    @task(map_index_template="{{ label }}", max_active_tis_per_dagrun=1, inlets=[orders])
    @crossing
    def held_back(api: str, compared: Compared, reviewed: Review) -> Held:
        """Do a part that was held back until a person said to go on."""
        label_task(api)
        with open_context(config, tasks=AT_ONCE, app_from=READER) as context:
            return pick_up_held(context, api, compared, reviewed, AssetState(orders))

    @task(trigger_rule="all_done", **notifies(config))
    @crossing
    def settle(
        window: RunWindow | None,
        compared: Compared | None,
        repaired: list[Synced] | None,
        users: PickedUp | None,
        goods: PickedUp | None,
        answers: PickedUp | None,
        decided: list[str] | None,
        held: list[Held] | None,
    ) -> dict[str, int]:
        """Compare again, write the ledger; red when source and HAP still disagree."""
        with open_context(config, app_from=READER) as context:
            return finish_reconciliation(
                context,
                window,
                compared,
                repaired,
                dict(zip(PARTS, (users, goods, answers), strict=True)),
                held,
                goes_on=decided is not None,
                calls=calls_of_run(CALLING),
                run_url=run_url(),
            )

    @task(trigger_rule="all_done")
    def audiences() -> dict[str, int]:
        """Bring every customer's segment and the worksheet of audiences up to date."""
        with open_context(config, app_from=READER) as context:
            return refresh_audiences(context)

    window = fix_days()
    compared = compare(window)
    parts = parts_of(config, orders)
    window >> parts
    reviewed, decided = decision(compared, parts)
    repairs = list_repairs(compared)
    repaired = repair.expand(batch=repairs)
    held = held_back.partial(compared=compared, reviewed=reviewed).expand(api=decided)
    settle(window, compared, repaired, *parts, decided, held)
    [repaired, held] >> audiences()


for shop_config in read_shops():
    with shop_dag(
        shop_config,
        "xiaoe_reconcile",
        doc=__doc__,
        tag="reconcile",
        schedule=CronDataIntervalTimetable("30 3 * * *", timezone="Asia/Shanghai"),
        params={"since": SINCE, "until": UNTIL},
    ):
        xiaoe_reconcile(shop_config)
