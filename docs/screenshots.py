"""`make screenshots`: takes the pictures in docs/images from a real run of the demo.

Starts `make demo` in a folder of its own, lets one order fail, and drives a browser through what an
operator sees. With `--attach` it uses a demo that is running on the given ports instead. Needs a
Chromium: the system's (`apt install chromium fonts-noto-cjk`), or playwright's own.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs" / "images"
PYTHON = PROJECT / ".venv" / "bin" / "python"
SIZE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
KEPT = 62  # seconds after which the page reads HAP anew
COLOURS = 192  # a palette keeps text sharp at a quarter of the bytes
LARGEST = 200_000
DONE = "Ctrl-C"  # what the demo prints when everything has run
ORDERS = "xiaoe_orders"
LABEL = "o_"  # order ids begin so
PATIENCE = 120_000  # milliseconds; a busy machine is slow
LOADED = 3000  # milliseconds that the UI needs after its last request
WITHOUT_PATHS = """path => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode.textContent;
        if (text.includes(path)) texts.currentNode.textContent = text.replaceAll(path, "…");
    }
}"""
Task = dict[str, Any]  # a task instance as Airflow's REST API tells it
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SHOP = {"app_id": "appDEMOshop0001", "secret_key": "demo-secret-key", "client_id": "xopDEMO0001"}


@dataclass
class Demo:
    """Where a running demo answers, and the password of its login."""

    airflow: str
    hap: str
    xiaoe: str
    password: str
    token: str = ""

    def log_in(self) -> None:
        """Fetch a token for Airflow's REST API."""
        body = {"username": "admin", "password": self.password}
        self.token = self.call("POST", f"{self.airflow}/auth/token", body)["access_token"]

    def rest(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        """Call Airflow's REST API."""
        return self.call(method, f"{self.airflow}/api/v2/{path}", body)

    def call(self, method: str, url: str, body: object = None) -> Any:  # noqa: ANN401
        """Send JSON, and return the JSON of the answer."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def started(days: int) -> Iterator[Demo]:
    """Run the demo until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="screenshots-"))
    ports = {"airflow": 18080, "hap": 18090, "xiaoe": 18091}
    options = [part for name, port in ports.items() for part in (f"--{name}-port", str(port))]
    command = [str(PYTHON), "-m", "include.demo", "--folder", str(folder), "--days", str(days)]
    process = subprocess.Popen(  # noqa: S603
        [*command, *options], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout or ():
            sys.stdout.write(line)
            if DONE in line:
                break
        else:
            raise SystemExit("the demo ended before it was done")
        yield attached(folder, ports)
    finally:
        process.terminate()
        process.communicate()
        subprocess.run(  # noqa: S603
            [*command[:5], "--clean"], cwd=PROJECT, check=False, stdout=subprocess.DEVNULL
        )
        shutil.rmtree(folder, ignore_errors=True)


def attached(folder: Path, ports: dict[str, int]) -> Demo:
    """Return a running demo by its folder and ports."""
    password = json.loads((folder / "keys.json").read_text())["password"]
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    return Demo(urls["airflow"], urls["hap"], urls["xiaoe"], password)


def let_an_order_fail(demo: Demo) -> dict[str, Any]:
    """Let a few orders change, of which HAP refuses one; return the task that failed."""
    since = datetime.now(UTC)
    for _ in range(8):
        demo.call("POST", f"{demo.xiaoe}/_sim/act/tick", {})
    time.sleep(35)  # a run leaves out what is younger than half a minute
    orders = demo.call("GET", f"{demo.xiaoe}/_sim/truth/orders")
    newest = max(orders, key=lambda order: order["updated_at"])["order_id"]
    refused = {"type": "condition", "field": "order_id", "operator": "eq", "value": [newest]}
    rule = {"type": "group", "logic": "AND", "children": [refused]}
    demo.call("PUT", f"{demo.hap}/_sim/rules/orders", [rule])
    run_and_wait(demo, ORDERS, {"since": (since - timedelta(seconds=5)).isoformat()})
    demo.call("PUT", f"{demo.hap}/_sim/rules/orders", [])
    path = f"dags/{ORDERS}/dagRuns/~/taskInstances?state=failed&order_by=-start_date&limit=1"
    failed: dict[str, Any] = demo.rest("GET", path)["task_instances"][0]
    return failed


class Camera:
    """A browser that is logged in to Airflow, and the folder of the pictures."""

    def __init__(self, browser: Browser, demo: Demo, theme: Literal["light", "dark"]) -> None:
        self.demo, self.theme = demo, theme
        self.stops_at_the_form = False
        context = browser.new_context(
            viewport=SIZE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme=theme,
        )
        context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(f"{demo.airflow}/auth/login")
        self.page.locator("input[name=username]").fill("admin")
        self.page.locator("input[name=password]").fill(demo.password)
        self.page.locator("button[type=submit]").click()
        self.page.wait_for_url(lambda url: "/auth/" not in url)

    def show(self, path: str) -> None:
        """Open a page of Airflow, and wait until its words have been loaded too."""
        self.page.goto(f"{self.demo.airflow}/{path}")
        self.page.get_by_text("首页").first.wait_for()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing loads any more; the UI polls, so not for a silent network."""
        self.page.wait_for_load_state("domcontentloaded")
        self.page.wait_for_timeout(LOADED)

    def shoot(self, name: str, *, full: bool = False) -> None:
        """Take a picture without the paths of this machine, and store it small."""
        self.page.evaluate(WITHOUT_PATHS, str(PROJECT))
        image = Image.open(io.BytesIO(self.page.screenshot(full_page=full)))
        target = IMAGES / f"{name}.png"
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
        size = target.stat().st_size
        sys.stdout.write(f"{target.relative_to(PROJECT)} {image.size} {size // 1000} kB\n")
        if size > LARGEST:
            raise SystemExit(f"{name}.png is larger than {LARGEST // 1000} kB")


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
    camera.page.get_by_role("link").filter(has_text=LABEL).first.wait_for()
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


def run_and_wait(demo: Demo, dag: str, conf: object) -> str:
    """Run a DAG by hand until it is over; return the run's id."""
    body = {"logical_date": None, "conf": conf}
    run = str(demo.rest("POST", f"dags/{dag}/dagRuns", body)["dag_run_id"])
    while demo.rest("GET", f"dags/{dag}/dagRuns/{run}")["state"] in ("queued", "running"):
        time.sleep(1)
    return run


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
    faults = f"{camera.demo.hap}/_sim/faults"
    camera.demo.call("PUT", faults, {"rules": [{"api": "*", "kind": "status", "status": 503}]})
    try:
        time.sleep(KEPT)
        camera.page.locator("#refresh").click()
        camera.page.locator("#problem:not([hidden])").wait_for()
        camera.settle()
    finally:
        camera.demo.call("DELETE", faults)


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
    camera.page.goto(f"{camera.demo.hap}/#orders")
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
}
WHOLE = {"page-phone", "page-phone-dark", "page-english"}  # as long as they are
WITH_A_FAILURE = {"orders", "failed-order", "explained", *(n for n in PICTURES if "page" in n)}
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
