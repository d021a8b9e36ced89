"""`make screenshots`: takes the pictures in docs/images from a real run of the demo.

Starts `make demo` in a folder of its own, lets one order fail, and drives a browser through what an
operator sees. With `--attach` it uses a demo that is running on the given ports instead.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError

from playwright.sync_api import Browser, sync_playwright

from docs.camera import (
    ARGUMENTS,
    IMAGES,
    PHONE,
    SIZE,
    Camera,
    Demo,
    attached,
    started,
)
from docs.situations import (
    NIGHT,
    ORDERS,
    Task,
    answer,
    ask,
    clear,
    let_an_order_fail,
    lose_a_row,
    not_answering,
    run_and_wait,
)

KEPT = 22  # seconds after which the page reads HAP anew
SHOP = {"app_id": "appDEMOshop0001", "secret_key": "demo-secret-key", "client_id": "xopDEMO0001"}


def take(browser: Browser, demo: Demo, names: list[str]) -> None:
    """Take the pictures of these names."""
    demo.log_in()
    failed = let_an_order_fail(demo) if WITH_A_FAILURE & set(names) else {}
    cameras = {theme: Camera(browser, demo, theme) for theme in THEMES}
    for name in names:
        camera = cameras["dark" if name.endswith("dark") else "light"]
        camera.page.set_viewport_size(SIZE)
        PICTURES[name](camera, failed)
        camera.settle()
        camera.shoot(name, full=name in WHOLE)


def connection(camera: Camera, _: Task) -> None:
    """A connection, and what the Test button found; an earlier one of that name is replaced."""
    form_only, camera.stops_at_the_form = camera.stops_at_the_form, False
    page, name = camera.page, "xiaoe_shop"
    with suppress(HTTPError):
        camera.demo.rest("DELETE", f"connections/{name}")
    if form_only:
        page.set_viewport_size({"width": 1280, "height": 1700})
    camera.show("connections")
    page.get_by_role("button", name="添加连接").click()
    form = page.get_by_role("dialog")
    form.locator("input[name=connection_id]").fill(name)
    kind = form.locator("input[role=combobox]").first
    kind.click(force=True)
    kind.type("xiaoe")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    form.locator("input[name=host]").fill(camera.demo.xiaoe)
    form.locator("input[name=login]").fill(SHOP["app_id"])
    form.locator("input[name=password]").fill(SHOP["secret_key"])
    form.locator("input[name=port]").fill("443")
    form.get_by_role("button", name="额外字段", exact=True).click()
    form.locator("input[name=element_client_id]").fill(SHOP["client_id"])
    form.locator("label:has([name=element_allow_http])").click()
    if form_only:
        return
    form.get_by_role("button", name="保存").click()
    form.wait_for(state="detached")
    page.get_by_role("button", name="测试连接").first.click()
    page.get_by_text("测试连接成功").first.wait_for()


def run_of_orders(camera: Camera, failed: Task) -> None:
    """A run of the orders DAG: each order is a task with its own label."""
    task = f"tasks/sync_orders/mapped/{failed['map_index']}/task_instances"
    camera.show(f"dags/{ORDERS}/runs/{failed['dag_run_id']}/{task}")
    camera.page.get_by_role("link").filter(has_text=failed["rendered_map_index"]).first.wait_for()
    camera.settle()


def failed_order(camera: Camera, failed: Task) -> None:
    """The log of an order that failed, as it opens: at its last line, which says why."""
    run, number = failed["dag_run_id"], failed["map_index"]
    camera.show(f"dags/{ORDERS}/runs/{run}/tasks/sync_orders/mapped/{number}")
    camera.page.get_by_text("清除本任务").first.wait_for()


def backfill_dialog(camera: Camera, _: Task) -> None:
    """Trigger → Backfill, with two dates filled in."""
    page = camera.page
    camera.show(f"dags/{ORDERS}")
    page.get_by_role("button", name="触发").first.click()
    form = page.get_by_role("dialog").first
    form.get_by_text("回填").first.click()
    until = datetime.now(UTC).date()
    for number, day in enumerate((until - timedelta(days=90), until)):
        form.get_by_test_id("datetime-input").nth(number).click()
        date = page.get_by_placeholder("YYYY/MM/DD").last
        date.fill(f"{day:%Y/%m/%d}")
        page.get_by_placeholder("HH:mm").last.fill("00:00")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
    form.locator("input[name=max_active_runs]").fill("4")
    form.locator(".chakra-skeleton").first.wait_for(state="detached")  # it counts the runs
    camera.settle()


def backfill_grid(camera: Camera, _: Task) -> None:
    """The grid after a backfill, as wide as the page."""
    camera.show(f"dags/{ORDERS}")
    camera.page.get_by_label("收起详细信息").first.click()
    camera.settle()


def connection_form(camera: Camera, _: Task) -> None:
    """The form of a shop's connection, filled in, before it is saved."""
    camera.stops_at_the_form = True
    connection(camera, {})


def our_page(camera: Camera) -> None:
    """The page outside Airflow's frame, so that all of it can be seen."""
    camera.page.evaluate("localStorage.setItem('xiaoe.language', 'zh')")
    camera.page.goto(f"{camera.demo.airflow}/xiaoe/")
    camera.page.locator(".tile").first.wait_for()
    camera.settle()


def sync_page(camera: Camera, _: Task) -> None:
    """The project's own page in Airflow."""
    camera.show("plugin/xiaoe")
    camera.page.frame_locator("iframe").locator(".tile").first.wait_for()
    camera.settle()  # the watermark and the logs come from Airflow afterwards


def phone_page(camera: Camera, _: Task) -> None:
    """The same on a phone, as a whole."""
    camera.page.set_viewport_size(PHONE)
    our_page(camera)


def english_page(camera: Camera, _: Task) -> None:
    """The same in English."""
    our_page(camera)
    camera.page.locator("#language").click()


def page_without_hap(camera: Camera, _: Task) -> None:
    """The page while HAP does not answer: which it is, what was known last, and the form."""
    our_page(camera)
    with not_answering(camera.demo, camera.demo.hap):
        time.sleep(KEPT)
        look_again(camera)


def page_without_shop(camera: Camera, _: Task) -> None:
    """The page after a run to which the shop gave no answer, which takes its three tries."""
    answer(camera.demo, "停止")
    with not_answering(camera.demo, camera.demo.xiaoe):
        since = datetime.now(UTC) - timedelta(hours=1)
        run_and_wait(camera.demo, ORDERS, {"since": since.isoformat()})
    our_page(camera)
    look_again(camera)


def look_again(camera: Camera) -> None:
    """Refresh the page, which then says what is wrong."""
    camera.page.locator("#refresh").click()
    camera.page.locator("#problem:not([hidden])").wait_for()
    camera.settle()


def question(camera: Camera, _: Task) -> None:
    """A night that finds no user any more asks a person, and goes on waiting."""
    run = ask(camera.demo)
    camera.show(f"dags/{NIGHT}/runs/{run}/tasks/ask/required_actions")
    camera.page.get_by_text("用户列表").first.wait_for()


def page_that_waits(camera: Camera, _: Task) -> None:
    """The page while the night waits, see `question`."""
    our_page(camera)
    camera.page.get_by_text("等待回答").first.wait_for()


def repaired(camera: Camera, failed: Task) -> None:
    """The order that failed, cleared once HAP takes it: its log ends with what was written."""
    clear(camera.demo, failed)
    run, number = failed["dag_run_id"], failed["map_index"]
    camera.show(f"dags/{ORDERS}/runs/{run}/tasks/sync_orders/mapped/{number}")
    camera.page.get_by_text("新建 1").first.wait_for()


def reconciled(camera: Camera, _: Task) -> None:
    """A night in which a row of HAP was missing: what it found, and what it did."""
    lose_a_row(camera.demo)
    run = run_and_wait(camera.demo, NIGHT, {})
    camera.show(f"dags/{NIGHT}/runs/{run}/tasks/settle")
    camera.page.get_by_text("对账：").first.wait_for()


def preview(camera: Camera, _: Task) -> None:
    """What a preview of three weeks would write, in one table."""
    since = (datetime.now(UTC) - timedelta(days=21)).isoformat()
    run_and_wait(camera.demo, ORDERS, {"since": since, "preview": True})
    our_page(camera)
    camera.page.locator(".preview").scroll_into_view_if_needed()


def audiences(camera: Camera, _: Task) -> None:
    """Each 客群: customers, and the last thirty days beside the thirty before."""
    our_page(camera)
    camera.page.locator("#audiences").scroll_into_view_if_needed()


def first_screen(camera: Camera, _: Task) -> None:
    """Airflow's first screen."""
    camera.show("")


def list_of_dags(camera: Camera, _: Task) -> None:
    """The list of DAGs, which reads as steps."""
    camera.page.set_viewport_size({"width": 1280, "height": 1240})
    camera.show("dags")


def doctor(camera: Camera, _: Task) -> None:
    """What the doctor found: what blocks, then advice, then what is fine."""
    run = run_and_wait(camera.demo, "xiaoe_doctor", {})
    camera.show(f"dags/xiaoe_doctor/runs/{run}/tasks/check_everything")


def explained(camera: Camera, failed: Task) -> None:
    """The story of an order, opened from the page."""
    conf = {"order_id": failed["rendered_map_index"]}
    run = run_and_wait(camera.demo, "xiaoe_explain_order", conf)
    camera.show(f"dags/xiaoe_explain_order/runs/{run}/tasks/explain")


def edited_worksheet(camera: Camera, _: Task) -> None:
    """The simulated HAP: a person corrects a cell, deletes a row, or lets HAP refuse one."""
    page = camera.page
    worksheet(camera, {})
    page.locator("tbody tr").first.click()
    page.locator("dd.editable").nth(3).click()


def worksheet(camera: Camera, _: Task) -> None:
    """The simulated HAP app's worksheet of orders."""
    open_worksheet(camera, "orders")


def campaign_audiences(camera: Camera, _: Task) -> None:
    """The worksheet 客群分析: managers, by the type of goods that they bought."""
    open_worksheet(camera, "audiences", "管理者")


def campaign_customers(camera: Camera, _: Task) -> None:
    """The worksheet 客户: some managers by their job title, with 客群 and phone."""
    camera.page.set_viewport_size({"width": 1480, "height": 800})
    open_worksheet(camera, "customers", "区域经理")


def open_worksheet(camera: Camera, alias: str, search: str = "") -> None:
    """Open a worksheet of the simulated app, and look for something in it."""
    camera.page.goto(f"{camera.demo.hap}/#{alias}")
    camera.settle()
    if search:
        camera.page.locator("#search").fill(search)
        camera.settle()


PICTURES: dict[str, Callable[[Camera, Task], None]] = {
    "first-screen": first_screen,
    "dags": list_of_dags,
    "connection-form": connection_form,
    "connection": connection,
    "doctor": doctor,
    "backfill-dialog": backfill_dialog,
    "backfill-grid": backfill_grid,
    "orders": run_of_orders,
    "failed-order": failed_order,
    "explained": explained,
    "page-light": sync_page,
    "page-dark": sync_page,
    "page-phone": phone_page,
    "page-phone-dark": phone_page,
    "page-english": english_page,
    "preview": preview,
    "audiences": audiences,
    "page-without-hap": page_without_hap,
    "worksheet": worksheet,
    "worksheet-edited": edited_worksheet,
    "campaign-audiences": campaign_audiences,
    "campaign-customers": campaign_customers,
    "repaired": repaired,
    "reconciled": reconciled,
    "question": question,
    "page-waiting": page_that_waits,
    "page-without-shop": page_without_shop,
}
WHOLE = {"page-phone", "page-phone-dark", "page-english"}  # as long as they are
WITH_A_FAILURE = {
    "orders",
    "failed-order",
    "explained",
    "repaired",
    *(name for name in PICTURES if "page" in name and "wait" not in name and "shop" not in name),
}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    """Take the pictures."""
    options = _arguments()
    IMAGES.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    ports = {name: getattr(options, name) for name in ("airflow", "hap", "xiaoe")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        demo = nullcontext(attached(options.attach, ports)) if options.attach else None
        with demo or started(options.days) as running:
            take(browser, running, options.pictures or list(PICTURES))
        browser.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="*", choices=[*PICTURES, []], help="default: all")
    parser.add_argument("--days", type=int, default=14, help="days to backfill")
    parser.add_argument("--attach", type=Path, help="the folder of a demo that is running")
    for name, port in (("airflow", 8080), ("hap", 8090), ("xiaoe", 8091)):
        parser.add_argument(f"--{name}-port", dest=name, type=int, default=port)
    return parser.parse_args()


if __name__ == "__main__":
    main()
