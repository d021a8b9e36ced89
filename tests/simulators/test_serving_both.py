from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from include.simulators.__main__ import _as_left, _fresh, _kept, _parser
from include.simulators.clock import VirtualClock
from include.simulators.hap import snapshot as hap_snapshot
from include.simulators.hap.store import HapStore
from include.simulators.xiaoe import snapshot as shop_snapshot
from include.simulators.xiaoe.shop import Shop
from tests.waiting import wait_until

COMMAND = [sys.executable, "-m", "include.simulators", "--days", "2"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_command_serves_both_until_it_is_told_to_stop(number: int) -> None:
    command = [
        *COMMAND,
        "--prefix",
        "some/prefix",
        "--live",
        "0.05",
        "--now",
        "2026-11-20 12:00:00",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready, xiaoe, hap = process.stdout.readline().split()
        assert ready == "ready"
        urls = [part.partition("=")[2] for part in (xiaoe, hap)]
        assert [requests.get(f"{u}/_sim/health", timeout=60).json()["name"] for u in urls] == [
            "xiaoe",
            "hap",
        ]
        assert all(url.startswith("http://127.0.0.1:") for url in urls)
        before = requests.get(f"{urls[0]}/_sim/truth/orders", timeout=60).json()
        truth = f"{urls[0]}/_sim/truth/orders"
        wait_until(lambda: requests.get(truth, timeout=60).json() != before)
        process.send_signal(number)
        assert process.wait(timeout=60) == 0


def test_a_port_in_use_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = subprocess.run(
            [*COMMAND, "--hap-port", port], capture_output=True, text=True, timeout=120, check=False
        )
    assert result.returncode == 1
    assert result.stderr.startswith("cannot listen")


NOON = "2026-11-20 12:00:00"


def kept_by(arguments: list[str]) -> tuple[Shop, HapStore] | None:
    options = _parser().parse_args([*arguments, "--now", NOON])
    clock = VirtualClock(options.now)
    return _as_left(options, clock, _kept(options, clock))


def keep(arguments: list[str]) -> list[Path]:
    options = _parser().parse_args([*arguments, "--now", NOON])
    clock = VirtualClock(options.now)
    files = _kept(options, clock)
    assert files is not None
    shop, store = _fresh(options, clock)
    hap_snapshot.save(store, files.hap)
    shop_snapshot.save(shop, files.shop)
    return list(files)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    "content", [None, b"", b"[]", b'{"orders": 1}', b"\xff", b'{"apps": [{}]}']
)
def test_what_was_kept_is_taken_up_as_a_whole_or_not_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int, content: bytes | None
) -> None:
    arguments = ["--days", "2", "--state", str(tmp_path)]
    files = keep(arguments)
    assert kept_by(arguments) is not None
    if content is None:
        files[number].unlink()
    else:
        files[number].write_bytes(content)
    assert kept_by(arguments) is None
    assert ("begin anew" in capsys.readouterr().err) == (content is not None)


def test_a_second_start_on_the_same_day_finds_the_worksheets_again(tmp_path: Path) -> None:
    kept = ["--state", str(tmp_path), "--now", "2026-11-20 12:00:00"]
    for first in (True, False):
        with subprocess.Popen([*COMMAND, *kept], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            hap = process.stdout.readline().split()[2].partition("=")[2]
            headers = {"HAP-Appkey": "demo-appkey", "HAP-Sign": "demo-sign"}
            app = requests.get(f"{hap}/v3/app", headers=headers, timeout=60).json()["data"]
            aliases = [item["alias"] for part in app["sections"] for item in part["items"]]
            assert ("customers" in aliases) != first
            if first:
                body = {
                    "name": "客户",
                    "alias": "customers",
                    "fields": [{"name": "用户ID", "type": "Text", "required": True}],
                }
                url = f"{hap}/v3/app/worksheets"
                made = requests.post(url, json=body, headers=headers, timeout=60).json()
                assert made["success"] is True
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
