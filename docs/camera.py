"""The demo that is photographed, and the camera: a browser that is logged in to it.

Needs a Chromium: the system's (`apt install chromium fonts-noto-cjk`), or playwright's own.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs" / "images"
PYTHON = PROJECT / ".venv" / "bin" / "python"
SIZE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
COLOURS = 192  # a palette keeps text sharp at a quarter of the bytes
LARGEST = 200_000
DONE = "Ctrl-C"  # what the demo prints when everything has run
PATIENCE = 120_000  # milliseconds; a busy machine is slow
LOADED = 3000  # milliseconds that the UI needs after its last request
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
WITHOUT_PATHS = """path => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode.textContent;
        if (text.includes(path)) texts.currentNode.textContent = text.replaceAll(path, "…");
    }
}"""


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
